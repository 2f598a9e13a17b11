// session.hpp: `faultline run`: rounds of runs, written down as they end.
#pragma once

#include <string>

#include "runner/plan.hpp"

namespace faultline {

// Runs or resumes a session and returns its exit code: ok; found when a lock failed its check, hung
// or crashed; inconclusive when runs failed that say nothing about a lock; environment when nothing
// could be measured here; interrupted. `argv` is recorded. Throws Failure.
int run_session(RunOptions options, const std::vector<std::string>& argv);

// The name of a result that was given none, of a file that is not there: faultline-TIME.json.
std::string default_output();

// What does the work of a run: beside this program.
std::string trials_program(bool of_kernel);

// The folder of this program, where its companions lie.
std::string program_folder();

}  // namespace faultline
