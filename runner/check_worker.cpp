// check_worker.cpp: fork, explore, send the result through a pipe.
#include "runner/check_worker.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>

#include "runner/check_story.hpp"
#include "runner/child.hpp"
#include "runner/errors.hpp"

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

struct Worker {
  std::size_t index = 0;
  int pipe = -1;
  std::string text;
};

[[noreturn]] void work(const CheckPlan& plan, std::size_t index, int pipe) {
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGALRM, on_tick);
  alarm(tick_seconds);
  rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);  // a mutant that crashes is a result, not an accident
  const CheckConfig& config = plan.configs[index];
  bool weakened = false;
  const checker::Result result = explore_config(plan, config, weakened);
  Json check = check_json(plan, config, result);
  if (weakened) check["weakened"] = true;  // for the parent alone
  const std::string text = check.dump();
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t n = write(pipe, text.data() + sent, text.size() - sent);
    if (n <= 0) _exit(1);
    sent += static_cast<std::size_t>(n);
  }
  _exit(0);
}

std::pair<pid_t, Worker> start(const CheckPlan& plan, std::size_t index) {
  int ends[2];
  if (pipe(ends) != 0) throw Failure(exit_code::environment, "no pipe; raise ulimit -n");
  const pid_t pid = fork();
  if (pid < 0) throw Failure(exit_code::environment, "no process; raise ulimit -u, or --jobs 1");
  if (pid == 0) {
    close(ends[0]);
    work(plan, index, ends[1]);
  }
  close(ends[1]);
  return {pid, {index, ends[0], ""}};
}

// What became of a worker, once its pipe is closed.
Json result_of(const Worker& worker, pid_t pid) {
  int status = 0;
  rusage usage{};
  while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return crashed(WTERMSIG(status));
  if (WEXITSTATUS(status) == exit_no_end) {
    return inconclusive(
        fmt::format("an execution did not end in {} s: a loop without any operation of the "
                    "platform; write the wait as P::await()",
                    tick_seconds));
  }
  Json check = Json::parse(worker.text, nullptr, /*allow_exceptions=*/false);
  if (check.is_discarded()) return inconclusive("its process ended without a result");
  check["peak_memory_bytes"] = usage.ru_maxrss * 1024;
  return check;
}

}  // namespace

void explore_all(const CheckPlan& plan, const Ended& ended) {
  std::map<pid_t, Worker> workers;
  std::size_t next = 0;
  while ((next < plan.configs.size() || !workers.empty()) && interrupt_signal == 0) {
    while (next < plan.configs.size() && workers.size() < plan.jobs) {
      auto [pid, worker] = start(plan, next++);
      workers.emplace(pid, std::move(worker));
    }
    std::vector<pollfd> waiting;
    std::vector<pid_t> pids;
    for (const auto& [pid, worker] : workers) {
      waiting.push_back({worker.pipe, POLLIN, 0});
      pids.push_back(pid);
    }
    if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      Worker& worker = workers[pids[i]];
      char buffer[65536];
      const ssize_t n = read(worker.pipe, buffer, sizeof buffer);
      if (n > 0) {
        worker.text.append(buffer, static_cast<std::size_t>(n));
        continue;
      }
      close(worker.pipe);
      Json check = result_of(worker, pids[i]);
      const bool weakened = check.erase("weakened") != 0;
      const std::size_t index = worker.index;
      workers.erase(pids[i]);
      ended(index, check, weakened);
    }
  }
  for (const auto& [pid, worker] : workers) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    close(worker.pipe);
  }
}

}  // namespace faultline
