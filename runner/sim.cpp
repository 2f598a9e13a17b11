// sim.cpp: the loop over simulated runs and what the user sees.
#include "runner/sim.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "checker/names.hpp"
#include "runner/child.hpp"
#include "runner/data_folder.hpp"
#include "runner/errors.hpp"
#include "runner/header.hpp"
#include "runner/measure_machine.hpp"
#include "runner/progress.hpp"
#include "runner/progress_pipe.hpp"
#include "runner/result_file.hpp"
#include "runner/session.hpp"
#include "runner/sim_json.hpp"
#include "runner/workers.hpp"
#include "simulator/machine_file.hpp"

namespace faultline {

using Json = nlohmann::ordered_json;

namespace {

Json design_json(const SimPlan& plan) {
  return {{"kind", "simulation"},
          {"suite", "sim"},
          {"rounds", plan.seeds},
          {"trials", 1},
          {"warmup_trials", 0},
          {"trial_s", plan.configs.front().window_s},
          {"warmup_s", plan.configs.front().window_s * sim_warmup_share},
          {"check_s", 0},
          {"deadline_s", 0},
          {"pin", "machine"},
          {"stage", "screen"},
          {"first_seed", plan.first_seed},
          {"threads_per_cpu", plan.threads_per_cpu},
          {"least_ops", plan.least_ops},
          {"park", plan.park == simulator::ParkFlavour::futex ? "futex" : "kernel"},
          {"memory_model", "sequentially consistent values; orders cost time only"}};
}

Json benchmark_json(const SimPlan& plan, const SimConfig& config) {
  Json json = benchmark_json(config.config, static_cast<int>(config.cpus));
  json["id"] = config.id(plan.machine.name, plan.usual.at(config.config.cell->workload));
  json["params"]["machine"] = plan.machine.name;
  json["params"]["cpus"] = config.cpus;
  json["params"]["window_s"] = config.window_s;
  return json;
}

// A run that takes longer is given up: a simulated program can wait forever, busily.
constexpr unsigned host_seconds_max = 300;

void on_signal(int signal) {
  interrupt_signal = signal;
}

class SimSession {
 public:
  SimSession(const SimOptions& options, SimPlan plan, Json header, const std::string& path)
      : options_(options), plan_(std::move(plan)), header_(std::move(header)), file_(path) {}

  int run() {
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN);
    file_.write(header_);
    rates_.resize(plan_.configs.size());
    const std::size_t total = plan_.configs.size() * plan_.seeds;
    run_jobs(
        total, plan_.jobs, [this](std::size_t job) { return work(job); },
        [this](std::size_t job, const JobEnd& end) { ended(job, end); });
    for (const auto& [job, run] : early_) file_.add_run(run);  // an interruption left gaps
    end_header(header_, file_.runs() == total);
    file_.write(header_);
    if (interrupt_signal != 0) {
      say(fmt::format("interrupted; {} of {} runs are in {}\n", file_.runs(), total, file_.path()));
      return exit_code::interrupted;
    }
    if (!options_.quiet) fmt::print("simulated, not measured; wrote {}\n", file_.path());
    return failures_ == 0 ? exit_code::ok : exit_code::inconclusive;
  }

 private:
  std::size_t config_of(std::size_t job) const { return job / plan_.seeds; }
  unsigned seed_of(std::size_t job) const { return static_cast<unsigned>(job % plan_.seeds); }

  // In a process of its own.
  std::string work(std::size_t job) const {
    signal(SIGALRM, SIG_DFL);
    alarm(host_seconds_max);
    SimSpec spec = plan_.spec(config_of(job), seed_of(job));
    const bool traced = !options_.trace.empty() && job == 0;
    if (traced) spec.trace_ns = spec.window_ns / 10;
    try {
      const SimResult result = plan_.configs[config_of(job)].cell->run(spec);
      Json json = sim_run_json(result, *plan_.configs[config_of(job)].config.cell);
      if (traced) json["trace"] = trace_json(result);
      return json.dump();
    } catch (const std::exception& error) {
      return Json{{"error", error.what()}}.dump();
    }
  }

  void ended(std::size_t job, const JobEnd& end) {
    const std::size_t config = config_of(job);
    Json run = {{"bench", config},
                {"subject", 0},
                {"round", seed_of(job)},
                {"seed", plan_.first_seed + seed_of(job)},
                {"peak_memory_bytes", end.peak_bytes},
                {"exit", exit_code::ok},
                {"failure", nullptr}};
    Json result = Json::parse(end.text, nullptr, /*allow_exceptions=*/false);
    std::string failure;
    if (WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGALRM) {
      failure = fmt::format(
          "the simulation did not end within {} s of this host's time: too long a "
          "window (--seconds), or tasks that wait for each other forever",
          host_seconds_max);
    } else if (WIFSIGNALED(end.status)) {
      failure = fmt::format("the simulation crashed (signal {})", WTERMSIG(end.status));
    } else if (result.is_discarded()) {
      failure = "its process ended without a result; is there memory enough?";
    } else if (result.contains("error")) {
      failure = result["error"];
    } else if (result["trials"][0]["ops"] == 0) {
      failure = "no operation was finished in the window; make it longer (--seconds)";
    }
    if (result.contains("trace")) {
      std::ofstream(options_.trace) << result["trace"].dump() << "\n";
    }
    if (!failure.empty()) {
      ++failures_;
      run["exit"] = exit_code::inconclusive;
      run["failure"] = {{"kind", "simulation"}, {"message", failure}, {"dump", nullptr}};
      run["trials"] = Json::array();
      run["sim"] = nullptr;
      say(fmt::format("{}: {}\n", id(config), failure));
    } else {
      run["trials"] = result["trials"];
      run["sim"] = result["sim"];
      const Json& trial = result["trials"][0];
      rates_[config].push_back(trial["ops"].get<double>() / trial["s"].get<double>());
    }
    ++ended_;
    pipe_.tell(ended_, plan_.configs.size() * plan_.seeds,
               fmt::format("{} seed {}{}", id(config), plan_.first_seed + seed_of(job),
                           failure.empty() ? "" : ": FAILED: " + failure));
    add_in_order(job, std::move(run));
    const bool last = file_.runs() == plan_.configs.size() * plan_.seeds;
    if (last || file_.runs() % 16 == 0) file_.write(header_);
    if (rates_[config].size() == plan_.seeds) tell(config);
  }

  // Jobs end in any order; the file has them in that of the plan.
  void add_in_order(std::size_t job, Json run) {
    early_.emplace(job, std::move(run));
    for (; !early_.empty() && early_.begin()->first == in_file_; ++in_file_) {
      file_.add_run(early_.begin()->second);
      early_.erase(early_.begin());
    }
  }

  std::string id(std::size_t config) const {
    return plan_.configs[config].id(plan_.machine.name,
                                    plan_.usual.at(plan_.configs[config].config.cell->workload));
  }

  void tell(std::size_t config) {
    if (options_.quiet) return;
    std::vector<double>& rates = rates_[config];
    std::sort(rates.begin(), rates.end());
    const std::size_t n = rates.size();
    const double median = n % 2 == 1 ? rates[n / 2] : (rates[n / 2 - 1] + rates[n / 2]) / 2;
    fmt::print("{:<70} {:>6} {}s/s ({} to {}, {} seeds)\n", id(config), short_number(median),
               plan_.configs[config].config.workload->unit, short_number(rates.front()),
               short_number(rates.back()), n);
    std::fflush(stdout);
  }

  const SimOptions& options_;
  const SimPlan plan_;
  Json header_;
  ResultFile file_;
  ProgressPipe pipe_;
  std::vector<std::vector<double>> rates_;
  std::map<std::size_t, Json> early_;  // by job: those before them have not ended
  std::size_t in_file_ = 0;
  std::size_t ended_ = 0;
  unsigned failures_ = 0;
};

// Both are looked at before hours of work end without a file.
void check_outputs(const SimOptions& options, const std::string& path) {
  if (std::filesystem::exists(path)) {
    throw Failure(exit_code::usage,
                  fmt::format("-o: {} exists and is not overwritten; choose another name", path));
  }
  if (!options.trace.empty() && !std::ofstream(options.trace)) {
    throw Failure(exit_code::environment,
                  fmt::format("--trace: cannot write {}: {}; choose another place", options.trace,
                              std::strerror(errno)));
  }
}

}  // namespace

int run_sim(const SimOptions& options, const std::vector<std::string>& argv) {
  if (!options.measure_machine.empty()) {
    measure_machine(options.measure_machine);
    return exit_code::ok;
  }
  SimPlan plan = make_sim_plan(options);
  const std::string path = options.output.empty() ? default_output() : options.output;
  check_outputs(options, path);
  checker::set_source_root(data_folder());
  Json header =
      make_shell("sim", design_json(plan), plan.first_seed, argv, program_folder() + "/faultline");
  header["simulated_machine"] = simulated_machine_json(plan, plan.sources);
  header["metrics"] = metrics_json();
  header["benchmarks"] = Json::array();
  for (const SimConfig& config : plan.configs) {
    header["benchmarks"].push_back(benchmark_json(plan, config));
  }
  return SimSession(options, std::move(plan), std::move(header), path).run();
}

}  // namespace faultline
