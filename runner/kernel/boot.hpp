// boot.hpp: `faultline kernel boot`: kernels side by side, each round a fresh boot of every one.
#pragma once

#include <string>
#include <vector>

#include "runner/kernel/boot_plan.hpp"

namespace faultline::kernel {

// Runs a session and returns its exit code: ok; found when a kernel panicked, hung or did not boot;
// environment when a workload could not run; inconclusive for other failed runs; interrupted.
// Throws Failure.
int run_boot(const BootOptions& options, const std::vector<std::string>& argv);

// SIGINT, SIGTERM and SIGHUP are noted in interrupt_signal.
void catch_boot_signals();

}  // namespace faultline::kernel
