// plan.hpp: kernel workloads as configurations of a session, as arguments of the program that runs
// them, and as benchmarks of a result. Sessions on the running kernel and in guests share it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runner/plan.hpp"

namespace faultline::kernel {

// The chosen workloads, modes and thread counts. Throws Failure.
std::vector<Config> choose_configs(const RunOptions& options, const std::vector<int>& threads);
// Of faultline-kernel-trials. `cpus` as plan_cpus() has them; empty: not pinned.
std::vector<std::string> trials_args(const SessionDesign& design, const Config& config,
                                     const std::vector<int>& cpus, std::uint64_t seed);

// `cpus`: how many there are.
nlohmann::ordered_json benchmark_json(const Config& config, int cpus);

}  // namespace faultline::kernel
