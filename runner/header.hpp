// header.hpp: everything of a result but its runs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runner/plan.hpp"

namespace faultline {

// At the start of a session: `ended` and env.after are null, complete is false.
nlohmann::ordered_json make_header(const Plan& plan, const std::vector<std::string>& argv,
                                   const std::string& trials_program);
// At its end, or at an interruption.
void end_header(nlohmann::ordered_json& header, bool complete);

// RFC 3339, UTC, milliseconds.
std::string utc_now();

}  // namespace faultline
