// check_story.hpp: an exploration's result for the file, and a counterexample for people.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "runner/check_plan.hpp"

namespace faultline {

// The key `check` of a run. For a failure this looks for a shorter counterexample and for the
// memory order that would prevent it, which takes seconds.
nlohmann::ordered_json check_json(const CheckPlan& plan, const CheckConfig& config,
                                  const checker::Result& result);

}  // namespace faultline
