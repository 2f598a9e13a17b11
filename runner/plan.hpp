// plan.hpp: what a session measures, and in which order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runner/cells.hpp"

namespace faultline {

namespace kernel {
struct CatalogEntry;
}

// As on the command line; what is not given is as in the suite.
struct RunOptions {
  std::vector<std::string> designs;     // empty: all
  std::vector<std::string> workloads;   // empty: all
  std::vector<std::string> placements;  // kernel, separate, embedded; empty: kernel
  bool kernel = false;                  // real system calls: workloads/kernel/
  std::vector<std::string> modes;       // of these: threads, processes; empty: both
  bool trace = false;                   // of these: one more trial, with tracepoints
  std::string threads = "auto";
  std::string pin = "cores";
  std::string suite = "default";
  std::optional<int> rounds;
  std::optional<int> trials;
  std::optional<double> seconds;
  std::optional<std::uint64_t> ops;  // of each thread, instead of seconds; kernel only
  std::vector<std::string> set;
  std::optional<std::int64_t> seed;  // drawn if not given
  std::optional<double> deadline;
  bool quiet = false;
  std::string output;
  std::string resume;
};

// The experiment's design; `design` in the result.
struct SessionDesign {
  std::string suite;
  int rounds = 0;
  int trials = 0;
  int warmup_trials = 0;
  double trial_s = 0;
  double warmup_s = 0;
  double check_s = 0;
  double deadline_s = 0;
  std::string pin;
  bool trace = false;  // of real system calls: one more trial, with tracepoints

  // What a run takes if nothing is in its way, start-up included.
  double run_s() const;
};

// One benchmark of the result: everything but the round.
struct Config {
  const Cell* cell = nullptr;                    // null: real system calls
  const kernel::CatalogEntry* kernel = nullptr;  // null: a modelled address space, or a yardstick
  const WorkloadInfo* workload = nullptr;
  int threads = 1;
  ParamValues params;
  // Of real system calls:
  std::string mode;              // threads or processes
  std::string accel = "native";  // on the running kernel; in a guest: kvm, tcg, icount
  std::uint64_t ops = 0;         // of each thread in a trial; 0: trials have a length in time

  std::string id() const;
};

struct Plan {
  SessionDesign design;
  std::uint64_t seed = 0;
  std::vector<Config> configs;

  bool kernel = false;  // all of the configurations, or none

  // The order of a round: positions hold indices of configs. The same for the same seed.
  std::vector<std::size_t> order(int round) const;
  std::uint64_t run_seed(int round, std::size_t config) const;
};

std::vector<std::string> suite_names();

// The configurations of the chosen designs, workloads and placements at those thread counts.
// `defaults` are NAME=VALUE as in --set, before those of the options; each workload takes what it
// has. Throws Failure.
std::vector<Config> choose_configs(const RunOptions& options, const std::vector<int>& threads,
                                   const std::vector<std::string>& defaults = {});
// Throws Failure unless it is exact in every JSON reader.
std::uint64_t checked_seed(std::int64_t seed);

// Throws Failure for names, counts and parameters that cannot be.
Plan make_plan(const RunOptions& options);

}  // namespace faultline
