// check.hpp: `faultline check`: scenarios explored by the model checker, each in a process of its
// own, written down as they end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace faultline {

// As on the command line.
struct CheckOptions {
  std::vector<std::string> designs;     // empty: all
  std::vector<std::string> scenarios;   // empty: all
  std::vector<std::string> placements;  // kernel, separate, embedded; empty: kernel
  std::vector<int> threads;             // empty: those that each scenario names
  std::string mode = "auto";
  std::optional<int> preemptions;
  std::optional<double> seconds;  // for each exploration
  std::optional<std::int64_t> seed;
  std::optional<int> jobs;          // empty: as many as there are CPUs
  std::vector<std::string> weaken;  // FILE:LINE, explored as if its operations were relaxed
  bool quick = false;
  bool no_prune = false;
  bool quiet = false;
  std::string replay;
  std::string html;
  std::string emit_test;
  std::string output;
};

// Returns the exit code: found when a scenario fails; inconclusive when one could not be explored
// and none fails; ok when none does either (what a limit cut short is "bounded", and is said).
// Throws Failure.
int run_check(const CheckOptions& options, const std::vector<std::string>& argv);

}  // namespace faultline
