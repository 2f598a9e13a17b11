// trials_main.cpp: the program `faultline-trials`: the trials of one process, with Google Benchmark
// as their harness. `faultline run` starts a fresh one for every run; alone it is an ordinary
// Google Benchmark program.
//
// One benchmark iteration is one trial, with manual time. The thread count is an argument, not
// Google Benchmark's own threads: those give every thread the same number of iterations, and their
// reported times have changed meaning between versions of the library.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <new>

#include "runner/cells.hpp"
#include "runner/cpus.hpp"
#include "runner/errors.hpp"
#include "runner/params.hpp"
#include "runner/trial_record.hpp"
#include "runner/watchdog.hpp"

namespace faultline {

namespace {

struct Options {
  std::string threads = "auto";
  std::string pin = "cores";
  std::string cpus;
  double seconds = 0.3;
  double warmup_seconds = 0.1;
  double check_seconds = 0.005;
  int trials = 3;
  int warmup_trials = 1;
  std::uint64_t seed = 1;
  std::vector<std::string> set;
  double deadline = 0;
  int record_fd = -1;
};

void add_options(CLI::App& app, Options& options) {
  app.description(
      "Trials of lock designs under page-fault and mmap workloads.\n"
      "Takes the options of every Google Benchmark program as well, for instance\n"
      "  --benchmark_filter=pf_shared/refcount/embedded/t:2$\n"
      "  --benchmark_list_tests --benchmark_format=json --benchmark_out=FILE");
  app.add_option("--threads", options.threads, "thread counts: 1,2,4 | auto | n, n+1, 2n");
  app.add_option("--pin", options.pin, "compact | scatter | cores | none | CPU list");
  app.add_option("--cpus", options.cpus, "CPU of each thread, in order; overrides --pin");
  app.add_option("--seconds", options.seconds, "length of a trial");
  app.add_option("--warmup-seconds", options.warmup_seconds, "length of a warm-up trial");
  app.add_option("--check-seconds", options.check_seconds, "length of the check behind a trial");
  app.add_option("--trials", options.trials, "trials of a benchmark (repetitions)");
  app.add_option("--warmup-trials", options.warmup_trials, "trials before, not counted");
  app.add_option("--seed", options.seed, "seed of placement and of the check's timing");
  app.add_option("--set", options.set, "parameter of a workload: NAME=VALUE");
  app.add_option("--deadline", options.deadline,
                 "seconds after which a hung program reports "
                 "what its threads wait for and ends");
  app.add_option("--record-fd", options.record_fd, "file descriptor for the trials as JSON");
  app.allow_extras();
}

TrialSpec spec_of(const Options& options, const WorkloadInfo& info, unsigned threads) {
  TrialSpec spec;
  spec.threads = threads;
  if (!options.cpus.empty()) {
    const auto cpus = parse_cpu_list(options.cpus);
    if (!cpus || cpus->empty()) {
      throw Failure(exit_code::usage, "--cpus: not a CPU list: " + options.cpus);
    }
    for (unsigned i = 0; i < threads; ++i) spec.cpus.push_back((*cpus)[i % cpus->size()]);
  } else {
    spec.cpus = plan_cpus(options.pin, static_cast<int>(threads)).cpu_of_thread;
  }
  spec.seconds = options.seconds;
  spec.check_seconds = options.check_seconds;
  spec.seed = options.seed;
  spec.params = workload_params(info, options.set);
  return spec;
}

void set_counters(benchmark::State& state, const TrialResult& result) {
  state.SetIterationTime(result.seconds);
  state.SetItemsProcessed(static_cast<std::int64_t>(result.ops));
  state.counters["ops_per_cpu_second"] = static_cast<double>(result.ops) / result.cpu_seconds;
  if (!result.address_space) return;
  state.counters["vma_lock_success"] = static_cast<double>(result.vma_lock.success);
  state.counters["vma_lock_abort"] = static_cast<double>(result.vma_lock.abort);
  state.counters["vmas"] = static_cast<double>(result.vmas);
}

// What the trials of one benchmark pass on: each is a call of its own.
struct Warmth {
  bool warm = false;
  std::uint64_t latency_interval = Latency::interval_max;
};

std::uint64_t latency_interval_after(const TrialResult& result, const Cell& cell,
                                     const WorkloadInfo& info, unsigned threads) {
  unsigned primary = 0;
  for (unsigned i = 0; i < threads; ++i) primary += cell.role(i, threads) == info.primary;
  return latency_interval(result.ops, primary, result.seconds);
}

void run_cell(benchmark::State& state, const Cell& cell, const Options& options,
              TrialRecord& record, Warmth& warmth) {
  const WorkloadInfo& info = *find_workload(cell.workload);
  TrialSpec spec = spec_of(options, info, static_cast<unsigned>(state.range(0)));
  for (int i = 0; !warmth.warm && i < options.warmup_trials; ++i) {
    TrialSpec warmup = spec;
    warmup.seconds = options.warmup_seconds;
    const TrialResult result = cell.run(warmup);
    record.add(result, /*warmup=*/true);
    warmth.latency_interval = latency_interval_after(result, cell, info, spec.threads);
  }
  warmth.warm = true;
  spec.latency_interval = warmth.latency_interval;
  for (auto _ : state) {
    const TrialResult result = cell.run(spec);
    record.add(result, /*warmup=*/false);
    if (!result.failure.empty()) {
      state.SkipWithError(result.failure.c_str());
      return;
    }
    set_counters(state, result);
  }
}

void register_cells(const Options& options, TrialRecord& record) {
  const int cpus = static_cast<int>(allowed_cpus().size());
  for (const Cell& cell : all_cells()) {
    const std::string name =
        fmt::format("{}/{}/{}", cell.workload, cell.design, placement_name(cell.placement));
    for (const int threads : parse_threads(options.threads, cpus)) {
      auto warmth = std::make_shared<Warmth>();
      benchmark::RegisterBenchmark(name.c_str(),
                                   [&cell, &options, &record, warmth](benchmark::State& state) {
                                     run_cell(state, cell, options, record, *warmth);
                                   })
          ->ArgName("t")
          ->Arg(threads)
          ->UseManualTime()
          ->Iterations(1)
          ->Repetitions(options.trials)
          ->Unit(benchmark::kMillisecond);
    }
  }
}

// For a process that a session has started: it has the record, and standard error is for what goes
// wrong.
class NoReport : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {}
};

std::size_t run_benchmarks(const Options& options) {
  if (options.record_fd < 0) return benchmark::RunSpecifiedBenchmarks();
  NoReport none;
  return benchmark::RunSpecifiedBenchmarks(&none);
}

// Nobody waits for us any more once the session is gone.
void end_with_session(int record_fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd reader{record_fd, 0, 0};  // it may have gone before that
  if (poll(&reader, 1, 0) > 0) std::_Exit(exit_code::environment);
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app;
  add_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return exit_code::ok;
  } catch (const CLI::ParseError& error) {
    throw Failure(exit_code::usage, std::string(error.what()) + "; see --help");
  }
  std::vector<std::string> rest = app.remaining(true);
  std::vector<char*> args{argv[0]};
  for (std::string& arg : rest) args.push_back(arg.data());
  int count = static_cast<int>(args.size());
  args.push_back(nullptr);
  benchmark::Initialize(&count, args.data());
  if (count > 1) {
    throw Failure(exit_code::usage, fmt::format("unknown option {}; see --help", args[1]));
  }

  if (options.record_fd >= 0) end_with_session(options.record_fd);
  const Watchdog watchdog(options.deadline);
  TrialRecord record;
  register_cells(options, record);
  benchmark::AddCustomContext("faultline_pin", options.pin);
  if (run_benchmarks(options) == 0) {
    throw Failure(exit_code::nothing,
                  "no benchmark has that name; --benchmark_list_tests shows them");
  }
  if (options.record_fd >= 0) record.write(options.record_fd);
  return record.exit_code();
}

}  // namespace

}  // namespace faultline

int main(int argc, char** argv) {
  // A thread that cannot have memory must not take the others' figures along silently.
  std::set_new_handler([] {
    std::fputs("faultline-trials: out of memory; use fewer threads or smaller parameters (--set)\n",
               stderr);
    std::_Exit(faultline::exit_code::environment);
  });
  try {
    return faultline::run(argc, argv);
  } catch (const faultline::Failure& failure) {
    std::fprintf(stderr, "faultline-trials: %s\n", failure.what());
    return failure.exit_code();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "faultline-trials: %s\n", error.what());
    return faultline::exit_code::environment;
  }
}
