// check.cpp: the loop over explorations, what the user sees, and the verdict.
#include "runner/check.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "checker/names.hpp"
#include "runner/check_plan.hpp"
#include "runner/check_replay.hpp"
#include "runner/check_worker.hpp"
#include "runner/child.hpp"
#include "runner/data_folder.hpp"
#include "runner/errors.hpp"
#include "runner/header.hpp"
#include "runner/progress.hpp"
#include "runner/progress_pipe.hpp"
#include "runner/result_file.hpp"
#include "runner/session.hpp"
#include "runner/sha256.hpp"

namespace faultline {

using Json = nlohmann::ordered_json;

namespace {

Json chances_json(const checker::Chances& chances) {
  return {{"spurious_wakeups", chances.spurious_wakeups},
          {"stops", chances.stops},
          {"clock_steps", chances.clock_steps},
          {"signals", chances.signals},
          {"in_all_but_signals", chances.in_all}};
}

Json design_json(const CheckPlan& plan) {
  return {{"kind", "model-check"},
          {"suite", plan.quick ? "quick" : "full"},
          {"mode", plan.automatic ? "auto" : checker::mode_name(plan.mode)},
          {"memory_model", "RC11 without load buffering"},
          {"model", chances_json(checker::Chances{})},
          {"stand_ins",
           {{"compare_exchange_weak", "never fails for nothing"},
            {"on_cpu", "by chance"},
            {"need_resched", "by chance"},
            {"now", "stands still, but for a long step by chance"}}}};
}

// Changes with what the scenario is and what may happen in it.
std::string version_of(const CheckConfig& config) {
  const checker::Chances& by_chance = config.cell->chances;
  const std::string text =
      fmt::format("1 {} {} {} {} {} {} {} {}", config.cell->scenario, config.cell->summary,
                  config.threads, by_chance.spurious_wakeups, by_chance.stops,
                  by_chance.clock_steps, by_chance.signals, by_chance.in_all);
  return "sha256:" + sha256_hex(text).substr(0, 12);
}

Json benchmark_json(const CheckConfig& config) {
  const ScenarioCell& cell = *config.cell;
  return {{"name", config.name()},         {"scenario", cell.scenario},
          {"summary", cell.summary},       {"design", cell.design},
          {"placement", cell.placement},   {"threads", config.threads},
          {"version", version_of(config)}, {"model", chances_json(cell.chances)}};
}

Json header_of(const CheckPlan& plan, const std::vector<std::string>& argv) {
  Json header =
      make_shell("check", design_json(plan), plan.seed, argv, program_folder() + "/faultline");
  header["metrics"] = Json::object();
  header["benchmarks"] = Json::array();
  for (const CheckConfig& config : plan.configs) {
    header["benchmarks"].push_back(benchmark_json(config));
  }
  return header;
}

// "proved, 1,234 executions"; "no failure with up to 3 preemptions, ..."
std::string line_of(const Json& check) {
  const std::string verdict = check["verdict"];
  const std::string executions =
      fmt::format("{} executions, {:.2f} s", check["executions"].get<std::uint64_t>(),
                  check["seconds"].get<double>());
  if (verdict == "verified") return "proved: " + executions;
  if (verdict == "failed") {
    return fmt::format("FAILED: {}: {}", check["failure"]["kind"].get<std::string>(),
                       check["failure"]["what"].get<std::string>());
  }
  if (verdict == "inconclusive") return "inconclusive: " + check["reason"].get<std::string>();
  return fmt::format("bounded: no failure, {}; {}", check["reason"].get<std::string>(), executions);
}

struct Totals {
  unsigned verified = 0, bounded = 0, failed = 0, inconclusive = 0;

  void count(const std::string& verdict) {
    if (verdict == "verified") ++verified;
    if (verdict == "bounded") ++bounded;
    if (verdict == "failed") ++failed;
    if (verdict == "inconclusive") ++inconclusive;
  }
};

void on_signal(int signal) {
  interrupt_signal = signal;
}

class CheckSession {
 public:
  CheckSession(const CheckOptions& options, CheckPlan plan, Json header, std::string path)
      : options_(options), plan_(std::move(plan)), header_(std::move(header)), file_(path) {}

  int run() {
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN);
    file_.write(header_);
    explore_all(plan_, [this](std::size_t index, const Json& check, bool weakened) {
      weakened_ = weakened_ || weakened;
      ended(index, check);
    });
    end_header(header_, file_.runs() == plan_.configs.size());
    file_.write(header_);
    return verdict();
  }

 private:
  void ended(std::size_t index, const Json& check) {
    Json run = {{"bench", index}, {"subject", 0}};
    run["check"] = check;
    file_.add_run(run);
    file_.write(header_);
    totals_.count(check["verdict"]);
    const std::string name = plan_.configs[index].name().substr(6);
    pipe_.tell(file_.runs(), plan_.configs.size(), fmt::format("{}: {}", name, line_of(check)));
    const bool bad = check["verdict"] == "failed" || check["verdict"] == "inconclusive";
    if (!options_.quiet || bad) {
      fmt::print("{:<52} {}\n", name, line_of(check));
    }
    if (check["verdict"] == "failed") tell(check["failure"]);
    std::fflush(stdout);
  }

  // The first counterexample also goes into the files that were asked for.
  void tell(const Json& failure) {
    fmt::print("\n{}\n", failure["trace"].get<std::string>());
    const std::string schedule = failure["schedule"];
    if (schedule.empty()) return;
    fmt::print("again: faultline check --replay '{}'", schedule);
    for (const std::string& place : options_.weaken) fmt::print(" --weaken {}", place);
    fmt::print("\n\n");
    if (told_) return;
    told_ = true;
    const Json& order = failure["missing_order"];
    const Json& preemptions = failure["preemptions"];
    write_story_files(schedule, plan_.weaker,
                      {order.is_null() ? "" : order.get<std::string>(),
                       preemptions.is_null() ? -1 : preemptions.get<int>()},
                      options_.html, options_.emit_test);
  }

  int verdict() const {
    if (interrupt_signal != 0) {
      say(fmt::format("faultline check: interrupted; {} finished explorations are in {}\n",
                      file_.runs(), file_.path()));
      return exit_code::interrupted;
    }
    if (!options_.quiet) {
      say(
          fmt::format("{} proved, {} bounded, {} failed, {} inconclusive\n"
                      "result: {}\ntable: faultline report {}\n",
                      totals_.verified, totals_.bounded, totals_.failed, totals_.inconclusive,
                      file_.path(), file_.path()));
    }
    if (totals_.failed != 0) return exit_code::found;
    if (!plan_.weaker.empty() && !weakened_) {
      say("faultline check: --weaken changed nothing: no operation of these scenarios is at that "
          "line; name the line of a load, store, fence or update, as the counterexamples do\n");
      return exit_code::usage;
    }
    return totals_.inconclusive != 0 ? exit_code::inconclusive : exit_code::ok;
  }

  const CheckOptions& options_;
  CheckPlan plan_;
  Json header_;
  ResultFile file_;
  ProgressPipe pipe_;
  Totals totals_;
  bool told_ = false;
  bool weakened_ = false;
};

}  // namespace

int run_check(const CheckOptions& options, const std::vector<std::string>& argv) {
  checker::set_source_root(data_folder());
  if (!options.replay.empty()) {
    return run_replay(options.replay, weaker_places(options.weaken), options.html,
                      options.emit_test);
  }
  CheckPlan plan = make_check_plan(options);
  const std::string path = options.output.empty() ? default_output() : options.output;
  if (access(path.c_str(), F_OK) == 0) {
    throw Failure(exit_code::usage,
                  fmt::format("-o: {} exists and is not overwritten; choose another name", path));
  }
  Json header = header_of(plan, argv);
  return CheckSession(options, std::move(plan), std::move(header), path).run();
}

}  // namespace faultline
