// check_worker.hpp: explorations in processes of their own: one that crashes or never ends takes
// nothing with it.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runner/check_plan.hpp"

namespace faultline {

// Explores all of the plan, `jobs` at a time, and calls `ended` for each as it ends, with its index
// and its `check`. Stops early when the user interrupts.
void explore_all(const CheckPlan& plan,
                 const std::function<void(std::size_t, const nlohmann::ordered_json&)>& ended);

}  // namespace faultline
