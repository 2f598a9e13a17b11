// check_worker.hpp: explorations in processes of their own: one that crashes or never ends takes
// nothing with it.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runner/check_plan.hpp"

namespace faultline {

// Explores all of the plan, `jobs` at a time, and calls `ended` for each as it ends, with its
// index, its `check`, and whether it came to a place that was weakened. Stops early when the user
// interrupts.
using Ended = std::function<void(std::size_t, const nlohmann::ordered_json&, bool weakened)>;
void explore_all(const CheckPlan& plan, const Ended& ended);

}  // namespace faultline
