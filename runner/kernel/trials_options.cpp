// trials_options.cpp: from a command line to a record. A guest's jobs come this way too.
#include "runner/kernel/trials_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "runner/cpus.hpp"
#include "runner/errors.hpp"
#include "runner/kernel/catalog.hpp"
#include "runner/kernel/record.hpp"
#include "runner/params.hpp"
#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

namespace {

void add_options(CLI::App& app, TrialsOptions& options) {
  app.description(
      "Trials of one kernel workload: real system calls on the running kernel.\n"
      "Prints one JSON record. `faultline kernel run` starts a fresh one for every run.");
  app.add_option("--workload", options.workload, "name; --list shows them");
  app.add_option("--mode", options.mode, "threads: one mm for all | processes: one mm each")
      ->check(CLI::IsMember({"threads", "processes"}));
  app.add_option("--threads", options.threads, "threads, or processes of one thread")
      ->check(CLI::Range(1, threads_max));
  app.add_option("--seconds", options.seconds, "length of a trial")
      ->check(CLI::Range(0.001, 3600.0));
  app.add_option("--ops", options.ops, "operations of each thread, instead of --seconds")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 48));
  app.add_option("--warmup-seconds", options.warmup_seconds, "length of a warm-up trial")
      ->check(CLI::Range(0.001, 3600.0));
  app.add_option("--trials", options.trials, "trials that count")->check(CLI::Range(1, 100000));
  app.add_option("--warmup-trials", options.warmup_trials, "trials before, not counted")
      ->check(CLI::Range(0, 1000));
  app.add_option("--deadline", options.deadline, "seconds after which the run has failed; 0: none")
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--seed", options.seed, "seed of what a workload draws");
  app.add_option("--cpus", options.cpus, "CPU of each thread, in order");
  app.add_option("--pin", options.pin, "none: threads are not pinned unless --cpus says so")
      ->check(CLI::IsMember({"none"}));
  app.add_option("--set", options.set, "parameter of the workload: NAME=VALUE");
  app.add_option("--program", options.program, "what exec_spawn starts (default: this program)");
  app.add_option("--record-fd", options.record_fd, "file descriptor for the record");
  app.add_flag("--trace", options.trace, "one more trial, with tracepoints: how often mmap_lock");
  app.add_flag("--list", options.list, "print the workloads and their parameters as JSON");
}

KernelTrialSpec spec_of(const TrialsOptions& options, const CatalogEntry& entry) {
  KernelTrialSpec spec;
  spec.threads = options.threads;
  spec.mode = options.mode == "processes" ? Mode::processes : Mode::threads;
  if (!options.cpus.empty()) {
    const auto cpus = parse_cpu_list(options.cpus);
    if (!cpus || cpus->empty()) {
      throw Failure(exit_code::usage,
                    "--cpus: '" + options.cpus + "' is not a CPU list; give such as 0,2,4-7");
    }
    for (unsigned i = 0; i < spec.threads; ++i) spec.cpus.push_back((*cpus)[i % cpus->size()]);
  }
  spec.seconds = options.seconds;
  spec.ops = options.ops;
  spec.seed = options.seed;
  spec.program = options.program.c_str();
  check_params({&entry.info}, options.set);
  spec.params = workload_params(entry.info, options.set);
  return spec;
}

unsigned primary_threads(const CatalogEntry& entry, unsigned threads) {
  unsigned count = 0;
  for (unsigned i = 0; i < threads; ++i) {
    count += std::string(entry.role(i, threads)) == entry.info.primary;
  }
  return std::max(count, 1u);
}

// Runs one trial with what is left of the deadline.
KernelTrialResult run_one(const CatalogEntry& entry, KernelTrialSpec spec, std::uint64_t until_ns,
                          double deadline) {
  if (until_ns != 0) {
    const std::uint64_t now = now_ns();
    spec.deadline = now < until_ns ? 1e-9 * static_cast<double>(until_ns - now) : 1e-9;
  }
  KernelTrialResult result = entry.run(spec);
  if (result.failure_kind == "deadline") {
    result.failure += " (--deadline " + std::to_string(deadline) + " for the whole run)";
  }
  return result;
}

}  // namespace

bool parse_trials_options(const std::vector<std::string>& args, TrialsOptions& options) {
  CLI::App app;
  add_options(app, options);
  std::vector<std::string> reversed(args.rbegin(), args.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return false;
  } catch (const CLI::ParseError& error) {
    throw Failure(exit_code::usage, std::string(error.what()) + "; see --help");
  }
  if (!options.list && options.workload.empty()) {
    throw Failure(exit_code::usage, "no --workload is given; --list shows them");
  }
  return true;
}

std::string run_trials(const TrialsOptions& options, int& exit) {
  if (options.list) {
    exit = exit_code::ok;
    return kernel_workloads_json().dump(2);
  }
  const CatalogEntry& entry = find_kernel_workload(options.workload);
  KernelTrialSpec spec = spec_of(options, entry);
  const std::uint64_t until =
      options.deadline > 0 ? now_ns() + static_cast<std::uint64_t>(options.deadline * 1e9) : 0;
  KernelRecord record;
  const unsigned primary = primary_threads(entry, spec.threads);
  if (spec.ops != 0) spec.latency_interval = counted_latency_interval(spec.ops);
  for (int i = 0; i < options.warmup_trials && !record.failed(); ++i) {
    KernelTrialSpec warmup = spec;
    warmup.seconds = options.warmup_seconds;
    const KernelTrialResult result = run_one(entry, warmup, until, options.deadline);
    record.add(result, /*warmup=*/true);
    if (spec.ops == 0) {
      spec.latency_interval = timed_latency_interval(result.ops, primary, result.seconds);
    }
  }
  for (int i = 0; i < options.trials && !record.failed(); ++i) {
    record.add(run_one(entry, spec, until, options.deadline), /*warmup=*/false);
  }
  if (options.trace && !record.failed()) {
    spec.trace = true;
    record.add_traced(run_one(entry, spec, until, options.deadline));
  }
  exit = record.exit_code();
  return record.text();
}

}  // namespace faultline::kernel
