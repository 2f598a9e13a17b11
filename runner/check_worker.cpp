// check_worker.cpp: an exploration in a process of its own, and what became of it.
#include "runner/check_worker.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "runner/check_story.hpp"
#include "runner/workers.hpp"

namespace faultline {

using Json = nlohmann::ordered_json;

namespace {

constexpr int exit_no_end = 97;
constexpr unsigned tick_seconds = 10;

// Ends a process whose execution has not ended for a whole tick: a loop without any operation of
// the platform, which nothing else can see. The same goes for the setup before the first one.
volatile std::uint64_t begun_at_last_tick = ~std::uint64_t{0};
void on_tick(int) {
  const std::uint64_t begun = checker::executions_begun;
  if (begun == begun_at_last_tick) _exit(exit_no_end);
  begun_at_last_tick = begun;
  alarm(tick_seconds);
}

Json inconclusive(const std::string& reason) {
  return {{"verdict", "inconclusive"},
          {"mode", "exhaustive"},
          {"executions", 0},
          {"blocked", 0},
          {"events", 0},
          {"seconds", 0},
          {"peak_memory_bytes", nullptr},
          {"limits", Json::array()},
          {"reductions", Json::array()},
          {"reason", reason},
          {"failure", nullptr}};
}

Json crashed(int signal) {
  Json check = inconclusive("");
  check["verdict"] = "failed";
  check["reason"] = nullptr;
  check["failure"] = {
      {"kind", "crash"},
      {"what", fmt::format("the execution crashed the checker (signal {})", signal)},
      {"where", nullptr},
      {"missing_order", nullptr},
      {"schedule", ""},
      {"events", 0},
      {"preemptions", nullptr},
      {"trace", ""}};
  return check;
}

// In the process of the exploration.
std::string explored(const CheckPlan& plan, std::size_t index) {
  signal(SIGALRM, on_tick);
  alarm(tick_seconds);
  bool weakened = false;
  const checker::Result result = explore_config(plan, plan.configs[index], weakened);
  Json check = check_json(plan, plan.configs[index], result);
  if (weakened) check["weakened"] = true;  // for the parent alone
  return check.dump();
}

Json result_of(const JobEnd& end) {
  if (WIFSIGNALED(end.status)) return crashed(WTERMSIG(end.status));
  if (WEXITSTATUS(end.status) == exit_no_end) {
    return inconclusive(
        fmt::format("an execution did not end in {} s: a loop without any operation of the "
                    "platform; write the wait as P::await()",
                    tick_seconds));
  }
  Json check = Json::parse(end.text, nullptr, /*allow_exceptions=*/false);
  if (check.is_discarded()) return inconclusive("its process ended without a result");
  check["peak_memory_bytes"] = end.peak_bytes;
  return check;
}

}  // namespace

void explore_all(const CheckPlan& plan, const Ended& ended) {
  run_jobs(
      plan.configs.size(), plan.jobs, [&plan](std::size_t index) { return explored(plan, index); },
      [&ended](std::size_t index, const JobEnd& end) {
        Json check = result_of(end);
        const bool weakened = check.erase("weakened") != 0;
        ended(index, check, weakened);
      });
}

}  // namespace faultline
