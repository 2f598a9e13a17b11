// boot.cpp: the boots of a session, their runs in the result, the verdict.
#include "runner/kernel/boot.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "runner/child.hpp"
#include "runner/errors.hpp"
#include "runner/header.hpp"
#include "runner/kernel/boot_figures.hpp"
#include "runner/kernel/tool.hpp"
#include "runner/progress.hpp"
#include "runner/result_file.hpp"
#include "runner/session.hpp"

namespace faultline::kernel {

using Json = nlohmann::ordered_json;

namespace {

void on_signal(int signal) {
  interrupt_signal = signal;
}

Json failure_json(const char* kind, const std::string& message, const Json& dump) {
  return {{"kind", kind}, {"message", message}, {"dump", dump}};
}

// What went wrong in a run of which the guest sent no record.
Json failure_of_child(const Json& sent, double deadline_s) {
  const int exit = sent["exit"];
  const Json said = sent["errors"].get<std::string>().empty() ? Json(nullptr) : sent["errors"];
  if (sent["killed"] == true) {
    return failure_json("deadline", fmt::format("hung: killed after {:g} s", deadline_s), said);
  }
  if (exit >= 128) {
    return failure_json("crash", fmt::format("ended by signal {}", exit - 128), said);
  }
  return failure_json("environment",
                      said.is_null() ? fmt::format("ended with status {} and no record", exit)
                                     : last_line(said.get<std::string>()),
                      said);
}

Json trials_of(const Json& record) {
  return record.contains("trials") ? record["trials"] : Json::array();
}

struct Boot {
  int round;
  std::size_t pos;
  std::size_t image;
};

class BootSession {
 public:
  BootSession(BootPlan plan, Json header, ResultFile file, std::string program, bool quiet)
      : plan_(std::move(plan)),
        header_(std::move(header)),
        file_(std::move(file)),
        program_(std::move(program)),
        quiet_(quiet) {
    for (int round = 0; round < plan_.rounds; ++round) {
      const std::vector<std::size_t> order = plan_.image_order(round);
      for (std::size_t pos = 0; pos < order.size(); ++pos) {
        boots_.push_back({round, pos, order[pos]});
      }
    }
  }

  int run() {
    catch_boot_signals();
    file_.write(header_);
    std::vector<std::thread> workers;
    for (int i = 0; i < plan_.at_a_time(); ++i) workers.emplace_back([this] { work(); });
    for (std::thread& worker : workers) worker.join();
    if (broken_) std::rethrow_exception(broken_);
    const std::size_t total = boots_.size() * plan_.configs.size();
    end_header(header_, file_.runs() == total);
    file_.write(header_);
    return verdict();
  }

 private:
  // Takes one boot after the other until none is left.
  void work() {
    try {
      for (;;) {
        const std::size_t index = next_++;
        if (index >= boots_.size() || interrupt_signal != 0 || stopped_) return;
        const Boot& boot = boots_[index];
        const std::string began = utc_now();
        const std::vector<GuestRun> runs = plan_.guest_runs(boot.round, boot.image);
        const KernelImage& image = plan_.images[boot.image];
        const std::string initramfs =
            make_initramfs(image, program_, runs, plan_.times, plan_.vm.accel);
        const Booted booted = boot_once(plan_.qemu, plan_.vm_of(boot.round), image, initramfs,
                                        runs.size(), plan_.times);
        const std::lock_guard lock(mutex_);
        if (booted.interrupted || stopped_) return;
        // Nothing of this machine ran: no other boot will fare better.
        if (booted.refused && file_.runs() == 0) {
          throw Failure(exit_code::environment,
                        booted.failure + "; see --help for accelerator, memory and CPUs");
        }
        note(boot, began, runs, booted);
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!broken_) broken_ = std::current_exception();
      stopped_ = true;
    }
  }

  void note(const Boot& boot, const std::string& began, const std::vector<GuestRun>& runs,
            const Booted& booted) {
    Json& subject = header_["subjects"][boot.image];
    if (subject["kernel"].is_null() && booted.hello.contains("kernel")) {
      subject["kernel"] = booted.hello["kernel"];
    }
    for (std::size_t pos = 0; pos < runs.size(); ++pos) {
      const auto sent = booted.records.find(runs[pos].id);
      const Json record = sent == booted.records.end() ? Json(nullptr) : sent->second;
      add_run(boot, began, boot.pos * runs.size() + pos, runs[pos], record, booted);
    }
    file_.write(header_);
    ++ended_;
    failed_boots_ += booted.failure.empty() ? 0 : 1;
    if (quiet_ && booted.failure.empty()) return;
    const std::string& label = plan_.images[boot.image].label;
    if (booted.failure.empty()) {
      say(fmt::format("boot {} of {}: {}, {:.1f} s to the first run, {:.1f} s in all\n", ended_,
                      boots_.size(), label, booted.first_run_s, booted.wall_s));
    } else {
      say(fmt::format("boot {} of {}: {} {}\n", ended_, boots_.size(), label, booted.failure));
    }
  }

  void add_run(const Boot& boot, const std::string& began, std::size_t pos, const GuestRun& guest,
               const Json& sent, const Booted& booted) {
    const auto index = static_cast<std::size_t>(guest.id);
    const Config& config = plan_.configs[index];
    Json record;
    if (sent.is_null()) {
      const std::string& label = plan_.images[boot.image].label;
      record["failure"] =
          failure_json("boot", fmt::format("{} {}", label, booted.failure), booted.dump);
    } else {
      record = Json::parse(sent["record"].get<std::string>(), nullptr, false);
      if (!record.is_object() || !record.contains("trials")) {
        record = {{"failure", failure_of_child(sent, plan_.times.run_s)}};
      }
    }
    const auto of_guest = [&sent](const char* key) {
      return sent.is_null() ? Json(nullptr) : sent[key];
    };
    const auto of_record = [&record](const char* key) {
      return record.contains(key) ? record[key] : Json(nullptr);
    };
    Json cpus = nullptr;
    if (config.threads <= plan_.vm.cpus) {
      cpus = Json::array();
      for (int cpu = 0; cpu < config.threads; ++cpu) cpus.push_back(cpu);
    }
    Json run = {{"bench", index},
                {"subject", boot.image},
                {"round", boot.round},
                {"pos", pos},
                {"t0", began},
                {"pid", of_guest("pid")},
                {"wall_s", of_guest("wall_s")},
                {"seed", plan_.seed},
                {"cpus", cpus},
                {"cpus_seen", of_record("cpus_seen")},
                {"env_pad", nullptr},
                {"canary_ns", of_record("canary_ns")},
                {"nivcsw", of_guest("nivcsw")},
                {"nvcsw", of_guest("nvcsw")},
                {"steal_ticks", nullptr},
                {"throttle", nullptr},
                {"flags", Json::array()},
                {"exit", of_guest("exit")},
                {"failure", of_record("failure")},
                {"trials", trials_of(record)},
                {"traced", of_record("traced")},
                {"boot", boot_json(booted, plan_.vm_of(boot.round).seed)}};
    count(run, config, boot.image);
    file_.add_run(std::move(run));
  }

  static Json boot_json(const Booted& booted, int guest_seed) {
    const auto said = [&booted](const char* key) {
      return booted.hello.contains(key) ? booted.hello[key] : Json(nullptr);
    };
    return {{"guest_seed", guest_seed},
            {"port", said("port")},
            {"boot_s", said("boot_s")},
            {"quiet_s", said("quiet_s")},
            {"first_run_s", booted.first_run_s > 0 ? Json(booted.first_run_s) : Json(nullptr)},
            {"wall_s", booted.wall_s}};
  }

  void count(const Json& run, const Config& config, std::size_t image) {
    if (run["failure"].is_null()) {
      figures_.add(run["bench"], image, cost_of(run));
      return;
    }
    const std::string kind = run["failure"]["kind"];
    ++failed_;
    found_ += kind == "boot" || kind == "deadline" || kind == "crash";
    environment_ += kind == "environment";
    if (first_failure_.empty()) {
      first_failure_ =
          fmt::format("{}: {}", config.id(), run["failure"]["message"].get<std::string>());
    }
  }

  int verdict() {
    if (interrupt_signal != 0) {
      say(fmt::format("faultline kernel boot: interrupted; {} finished runs are in {}\n",
                      file_.runs(), file_.path()));
      return exit_code::interrupted;
    }
    if (!quiet_) fmt::print("{}{}", figures_.table(plan_), what_is_not_shown(plan_));
    if (failed_ == 0 && failed_boots_ == 0) return exit_code::ok;
    if (failed_ == 0) {
      say(fmt::format(
          "faultline kernel boot: every run came back, but {} of {} boots ended badly\n",
          failed_boots_, boots_.size()));
      return exit_code::found;
    }
    say(fmt::format("faultline kernel boot: {} of {} runs failed, the first one {}\n", failed_,
                    file_.runs(), first_failure_));
    if (found_ != 0) return exit_code::found;
    return environment_ != 0 ? exit_code::environment : exit_code::inconclusive;
  }

  BootPlan plan_;
  Json header_;
  ResultFile file_;
  std::string program_;
  bool quiet_;
  std::vector<Boot> boots_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;  // of everything below, and of header_ and file_ while workers run
  std::exception_ptr broken_;
  std::size_t ended_ = 0;
  std::size_t failed_boots_ = 0;
  std::size_t failed_ = 0;
  std::size_t found_ = 0;
  std::size_t environment_ = 0;
  std::string first_failure_;
  Figures figures_;
};

}  // namespace

void catch_boot_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  if (signal(SIGHUP, SIG_IGN) != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

int run_boot(const BootOptions& options, const std::vector<std::string>& argv) {
  catch_boot_signals();
  const std::string path = options.output.empty() ? default_output() : options.output;
  if (access(path.c_str(), F_OK) == 0) {
    throw Failure(exit_code::usage,
                  fmt::format("-o: {} exists and is not overwritten; choose another name", path));
  }
  BootPlan plan = make_boot_plan(options);
  const std::string program = program_folder() + "/faultline-kernel-trials";
  Json header = boot_header(plan, argv, program);
  BootSession session(std::move(plan), std::move(header), ResultFile(path), program, options.quiet);
  const int code = session.run();
  if (!options.quiet && code != exit_code::interrupted) {
    say(fmt::format("result: {}\ntable and plots: faultline report {}\n", path, path));
  }
  return code;
}

}  // namespace faultline::kernel
