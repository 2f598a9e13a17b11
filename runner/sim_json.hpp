// sim_json.hpp: simulated runs as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "runner/cells.hpp"
#include "runner/sim_plan.hpp"

namespace faultline {

// The profile as it was used: `simulated_machine` in the result.
nlohmann::ordered_json simulated_machine_json(const SimPlan& plan,
                                              const simulator::Sources& sources);
// A run's figures: `trials` as a host run has them, and `sim`; cell: what the threads did.
nlohmann::ordered_json sim_run_json(const SimResult& result, const Cell& cell);
// A trace for Perfetto or chrome://tracing.
nlohmann::ordered_json trace_json(const SimResult& result);

}  // namespace faultline
