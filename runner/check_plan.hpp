// check_plan.hpp: what `faultline check` explores, and how.
#pragma once

#include <string>
#include <vector>

#include "checker/scenarios/scenario.hpp"
#include "runner/check.hpp"

namespace faultline {

// One benchmark of the result.
struct CheckConfig {
  const ScenarioCell* cell = nullptr;
  unsigned threads = 2;

  // check/DESIGN/PLACEMENT/SCENARIO/THREADS
  std::string name() const;
};

struct CheckPlan {
  std::vector<CheckConfig> configs;
  checker::Mode mode = checker::Mode::exhaustive;
  bool automatic = true;  // exhaustive where that ends in time, else by bounds on preemptions
  unsigned preemptions = 3;
  double seconds = 60;  // for each exploration
  std::uint64_t seed = 1;
  unsigned jobs = 1;
  bool quick = false;
  bool prune = true;
  checker::Mutations weaker;
};

// Throws Failure for names and numbers that cannot be, and when nothing is left.
CheckPlan make_check_plan(const CheckOptions& options);

// "FILE:LINE" as a change to that place. Throws Failure.
checker::Mutations weaker_places(const std::vector<std::string>& places);

// Explores one of them in the way of the plan.
// `weakened`: whether it came to one of the places that were to be weaker.
checker::Result explore_config(const CheckPlan& plan, const CheckConfig& config, bool& weakened);

}  // namespace faultline
