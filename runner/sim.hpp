// sim.hpp: `faultline sim`: workloads on a simulated machine, each run in a process of its own,
// written down as they end.
#pragma once

#include <string>
#include <vector>

#include "runner/sim_plan.hpp"

namespace faultline {

// Returns the exit code: ok; inconclusive when a run failed or did nothing in its window;
// interrupted. Throws Failure.
int run_sim(const SimOptions& options, const std::vector<std::string>& argv);

}  // namespace faultline
