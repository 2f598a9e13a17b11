// session.cpp: the loop over rounds, resuming, and the verdict on the session.
#include "runner/session.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "runner/child.hpp"
#include "runner/cpus.hpp"
#include "runner/environment.hpp"
#include "runner/errors.hpp"
#include "runner/header.hpp"
#include "runner/kernel/plan.hpp"
#include "runner/progress.hpp"
#include "runner/result_file.hpp"
#include "runner/resume.hpp"
#include "runner/watchdog.hpp"

namespace faultline {

using Json = nlohmann::ordered_json;

namespace {

void on_signal(int signal) {
  interrupt_signal = signal;
}

void catch_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // nohup ignores it, and means it.
  if (signal(SIGHUP, SIG_IGN) != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a limit on file size is an error of write(), like a full disk
}

// Finds out before the session, not in each of its runs, that pinning is refused.
void check_pinning(const Plan& plan) {
  std::set<int> cpus;
  for (const Config& config : plan.configs) {
    for (const int cpu : plan_cpus(plan.design.pin, config.threads).cpu_of_thread) {
      cpus.insert(cpu);
    }
  }
  std::string refused;
  std::thread prober([&] {  // its affinity goes with it
    for (const int cpu : cpus) {
      if (const auto error = pin_self(cpu)) refused = *error;
    }
  });
  prober.join();
  if (!refused.empty()) {
    throw Failure(exit_code::environment,
                  fmt::format("--pin {}: {}; use --pin none", plan.design.pin, refused));
  }
}

// One of each, in order.
std::vector<int> distinct(const std::vector<int>& cpus) {
  std::vector<int> found;
  for (const int cpu : cpus) {
    if (std::find(found.begin(), found.end(), cpu) == found.end()) found.push_back(cpu);
  }
  return found;
}

std::vector<std::string> child_args(const Plan& plan, const Config& config,
                                    const std::vector<int>& cpus, std::uint64_t seed) {
  const SessionDesign& design = plan.design;
  if (plan.kernel) return kernel::trials_args(design, config, distinct(cpus), seed);
  std::vector<std::string> args = {
      fmt::format("--benchmark_filter=^{}/{}/{}/t:{}/", config.cell->workload, config.cell->design,
                  placement_name(config.cell->placement), config.threads),
      fmt::format("--threads={}", config.threads),
      fmt::format("--seconds={}", design.trial_s),
      fmt::format("--warmup-seconds={}", design.warmup_s),
      fmt::format("--check-seconds={}", design.check_s),
      fmt::format("--trials={}", design.trials),
      fmt::format("--warmup-trials={}", design.warmup_trials),
      fmt::format("--deadline={}", design.deadline_s),
      fmt::format("--seed={}", seed),
  };
  // More threads than CPUs: the child goes round the list.
  args.push_back(cpus.empty() ? "--pin=none"
                              : fmt::format("--cpus={}", fmt::join(distinct(cpus), ",")));
  for (const auto& [name, value] : config.params) {
    args.push_back(fmt::format("--set={}={}", name, value));
  }
  return args;
}

const char* command(bool of_kernel) {
  return of_kernel ? "faultline kernel run" : "faultline run";
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// Why there is no record of a run, or null.
Json failure_of(const ChildResult& child, double deadline_s) {
  auto failure = [&](const char* kind, const std::string& message) {
    return Json{{"kind", kind},
                {"message", message},
                {"dump", child.errors.empty() ? Json(nullptr) : Json(child.errors)}};
  };
  if (child.killed_by_us || child.exit == exit_deadline) {
    return failure("deadline", fmt::format("no end within {:g} s; killed", deadline_s));
  }
  if (child.exit > 128) {
    return failure("crash",
                   fmt::format("ended by signal {}: {}", child.exit - 128,
                               child.errors.empty() ? "no output" : first_line(child.errors)));
  }
  const std::string said = first_line(child.errors);
  return failure("environment", said.empty()
                                    ? fmt::format("ended with status {} and no record", child.exit)
                                    : said);
}

Json difference(const std::optional<std::uint64_t>& before,
                const std::optional<std::uint64_t>& after) {
  if (!before || !after) return nullptr;
  return *after - *before;
}

class Session {
 public:
  Session(Plan plan, Json header, ResultFile file, bool quiet)
      : plan_(std::move(plan)), header_(std::move(header)), file_(std::move(file)), quiet_(quiet) {}

  void already_done(std::set<std::pair<int, std::size_t>> done) { done_ = std::move(done); }

  int run() {
    catch_signals();
    check_pinning(plan_);
    file_.write(header_);
    const std::size_t total = plan_.configs.size() * static_cast<std::size_t>(plan_.design.rounds);
    Progress progress(plan_, total, done_.size(), quiet_);
    for (int round = 0; round < plan_.design.rounds && interrupt_signal == 0; ++round) {
      const std::vector<std::size_t> order = plan_.order(round);
      for (std::size_t pos = 0; pos < order.size() && interrupt_signal == 0; ++pos) {
        if (done_.count({round, order[pos]}) == 0) one_run(round, pos, order[pos], progress);
      }
    }
    progress.end();
    end_header(header_, file_.runs() == total);
    file_.write(header_);
    return verdict();
  }

 private:
  void one_run(int round, std::size_t pos, std::size_t index, Progress& progress) {
    const Config& config = plan_.configs[index];
    const std::uint64_t seed = plan_.run_seed(round, index);
    const CpuPlan cpus = plan_cpus(plan_.design.pin, config.threads);
    const auto steal = read_steal_ticks();
    const auto throttle = read_throttle_count();
    Json run = {
        {"bench", index}, {"subject", 0}, {"round", round}, {"pos", pos}, {"t0", utc_now()}};
    const int env_pad = static_cast<int>(seed % 4096);
    const ChildResult child =
        run_child(trials_program(plan_.kernel), child_args(plan_, config, cpus.cpu_of_thread, seed),
                  plan_.design.deadline_s, env_pad);
    if (child.interrupted) return;
    Json record = Json::parse(child.record, nullptr, /*allow_exceptions=*/false);
    if (record.is_discarded()) {
      record = {{"trials", Json::array()},
                {"cpus_seen", nullptr},
                {"canary_ns", nullptr},
                {"failure", failure_of(child, plan_.design.deadline_s)}};
    }
    run["pid"] = child.pid;
    run["wall_s"] = child.wall_s;
    run["seed"] = seed;
    run["cpus"] = cpus.pinned ? Json(cpus.cpu_of_thread) : Json(nullptr);
    run["cpus_seen"] = record["cpus_seen"];
    run["env_pad"] = env_pad;
    run["canary_ns"] = record["canary_ns"];
    run["nivcsw"] = child.nivcsw;
    run["nvcsw"] = child.nvcsw;
    run["steal_ticks"] = difference(steal, read_steal_ticks());
    run["throttle"] = difference(throttle, read_throttle_count());
    run["flags"] = Json::array();
    run["exit"] = child.exit;
    run["failure"] = record["failure"];
    run["trials"] = record["trials"];
    if (plan_.kernel) run["traced"] = record.contains("traced") ? record["traced"] : Json(nullptr);
    file_.add_run(run);
    file_.write(header_);
    count(run, config, progress);
  }

  void count(const Json& run, const Config& config, Progress& progress) {
    std::string message;
    double ops_per_s = 0;
    if (!run["failure"].is_null()) {
      const std::string kind = run["failure"]["kind"];
      message = run["failure"]["message"];
      if (first_failure_.empty()) first_failure_ = fmt::format("{}: {}", config.id(), message);
      ++failed_;
      lock_bugs_ += kind == "lock" || (!plan_.kernel && (kind == "deadline" || kind == "crash"));
      environment_ += kind == "environment";
    } else {
      const Json& last = run["trials"].back();
      ops_per_s = last["ops"].get<double>() / last["s"].get<double>();
    }
    ++ran_;
    progress.run_ended(config, ops_per_s, message);
  }

  int verdict() const {
    if (interrupt_signal != 0) {
      say(
          fmt::format("{0}: interrupted; {1} finished runs are in {2}; continue with: "
                      "{0} --resume {2}\n",
                      command(plan_.kernel), file_.runs(), file_.path()));
      return exit_code::interrupted;
    }
    if (failed_ == 0) return exit_code::ok;
    say(fmt::format("{}: {} of {} runs failed, the first one {}\n", command(plan_.kernel), failed_,
                    ran_, first_failure_));
    if (lock_bugs_ != 0) return exit_code::found;
    if (environment_ != 0) return exit_code::environment;
    return exit_code::inconclusive;
  }

  Plan plan_;
  Json header_;
  ResultFile file_;
  bool quiet_;
  std::set<std::pair<int, std::size_t>> done_;
  std::size_t ran_ = 0;
  std::size_t failed_ = 0;
  std::size_t lock_bugs_ = 0;
  std::size_t environment_ = 0;
  std::string first_failure_;
};

int start(const RunOptions& options, const std::vector<std::string>& argv) {
  Plan plan = make_plan(options);
  const std::string path = options.output.empty() ? default_output() : options.output;
  if (access(path.c_str(), F_OK) == 0) {
    throw Failure(exit_code::usage,
                  fmt::format("-o: {} exists and is not overwritten; choose another name, or "
                              "continue it with --resume {}",
                              path, path));
  }
  Json header = make_header(plan, argv, trials_program(plan.kernel));
  Session session(std::move(plan), std::move(header), ResultFile(path), options.quiet);
  const int code = session.run();
  if (!options.quiet && code != exit_code::interrupted) {
    say(fmt::format("result: {}\ntable and plots: faultline report {}\n", path, path));
  }
  return code;
}

int resume(const RunOptions& options) {
  Resumed resumed = resume_from(options.resume);
  if (resumed.complete) {
    throw Failure(exit_code::nothing,
                  fmt::format("--resume: {} is complete; nothing is left to run", options.resume));
  }
  if (!resumed.warning.empty() && !options.quiet) {
    say(fmt::format("{}: {}\n", command(resumed.plan.kernel), resumed.warning));
  }
  Session session(std::move(resumed.plan), std::move(resumed.header), std::move(resumed.file),
                  options.quiet);
  session.already_done(std::move(resumed.done));
  return session.run();
}

}  // namespace

std::string default_output() {
  std::string name = "faultline-";
  for (const char c : utc_now().substr(0, 19)) {
    if (c != '-' && c != ':') name += c;
  }
  name += 'Z';
  std::string path = name + ".json";
  for (int i = 2; access(path.c_str(), F_OK) == 0; ++i) path = fmt::format("{}-{}.json", name, i);
  return path;
}

std::string trials_program(bool of_kernel) {
  return program_folder() + (of_kernel ? "/faultline-kernel-trials" : "/faultline-trials");
}

std::string program_folder() {
  char path[4096];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  const std::string self(path, n > 0 ? static_cast<std::size_t>(n) : 0);
  return self.substr(0, self.rfind('/'));
}

int run_session(RunOptions options, const std::vector<std::string>& argv) {
  return options.resume.empty() ? start(options, argv) : resume(options);
}

}  // namespace faultline
