// trials_options.hpp: the command line of faultline-kernel-trials, and the run that it describes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace faultline::kernel {

struct TrialsOptions {
  std::string workload;
  std::string mode = "threads";
  unsigned threads = 1;
  double seconds = 0.3;
  std::uint64_t ops = 0;
  double warmup_seconds = 0.1;
  int trials = 3;
  int warmup_trials = 1;
  double deadline = 0;
  std::uint64_t seed = 1;
  std::string cpus;
  std::string pin = "none";
  std::vector<std::string> set;
  std::string program = "/proc/self/exe";
  int record_fd = -1;
  bool trace = false;
  bool list = false;
};

// Reads `args`, the program's name left out. Throws Failure(usage). False: help was printed.
bool parse_trials_options(const std::vector<std::string>& args, TrialsOptions& options);

// One run: the warm-up, the trials, the record as text. Throws Failure for what cannot be run;
// failed trials are in the record. `exit` is the status that the program ends with.
std::string run_trials(const TrialsOptions& options, int& exit);

}  // namespace faultline::kernel
