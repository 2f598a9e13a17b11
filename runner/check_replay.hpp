// check_replay.hpp: a counterexample again, from its replay string.
#pragma once

#include <string>

#include "checker/explore.hpp"

namespace faultline {

// Repeats the execution and prints it, with the memory order that would prevent it. Returns
// exit_code::found when it fails again, ok when it does not any more. Throws Failure(usage) for a
// string that is none, or of another build. `html` and `emit_test` are files to write, or empty;
// `weaker` as in the plan.
int run_replay(const std::string& text, const checker::Mutations& weaker, const std::string& html,
               const std::string& emit_test);

// What the search has found out about a counterexample and its replay string does not say: see
// checker::Counterexample.
struct Background {
  std::string missing_order;
  int preemptions = -1;
};

// The page and the test of a counterexample of this build.
void write_story_files(const std::string& replay, const checker::Mutations& weaker,
                       const Background& background, const std::string& html,
                       const std::string& emit_test);

}  // namespace faultline
