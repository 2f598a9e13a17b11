// header.hpp: everything of a result but its runs.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runner/plan.hpp"

namespace faultline {

// What the results of all benches begin with: everything but metrics, benchmarks and runs.
// `program` is the one that does the work.
nlohmann::ordered_json make_shell(const std::string& bench, const nlohmann::ordered_json& design,
                                  std::uint64_t seed, const std::vector<std::string>& argv,
                                  const std::string& program);
// At the start of a session: `ended` and env.after are null, complete is false.
nlohmann::ordered_json make_header(const Plan& plan, const std::vector<std::string>& argv,
                                   const std::string& trials_program);
// At its end, or at an interruption.
void end_header(nlohmann::ordered_json& header, bool complete);

// A benchmark of a bench with threads: host or sim. `cpus`: how many it has.
nlohmann::ordered_json benchmark_json(const Config& config, int cpus);
nlohmann::ordered_json metrics_json();

// RFC 3339, UTC, milliseconds.
std::string utc_now();

}  // namespace faultline
