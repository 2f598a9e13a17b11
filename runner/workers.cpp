// workers.cpp: fork, work, send the result through a pipe.
#include "runner/workers.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <vector>

#include "runner/child.hpp"
#include "runner/errors.hpp"

namespace faultline {

namespace {

struct Worker {
  std::size_t index = 0;
  int pipe = -1;
  std::string text;
};

using Work = std::function<std::string(std::size_t)>;

[[noreturn]] void work_and_send(const Work& work, std::size_t index, int pipe) {
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);  // a design that crashes is a result, not an accident
  const std::string text = work(index);
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t n = write(pipe, text.data() + sent, text.size() - sent);
    if (n <= 0) _exit(1);
    sent += static_cast<std::size_t>(n);
  }
  _exit(0);
}

std::pair<pid_t, Worker> start(const Work& work, std::size_t index) {
  int ends[2];
  if (pipe(ends) != 0) throw Failure(exit_code::environment, "no pipe; raise ulimit -n");
  const pid_t pid = fork();
  if (pid < 0) throw Failure(exit_code::environment, "no process; raise ulimit -u, or --jobs 1");
  if (pid == 0) {
    close(ends[0]);
    work_and_send(work, index, ends[1]);
  }
  close(ends[1]);
  return {pid, {index, ends[0], ""}};
}

JobEnd end_of(const Worker& worker, pid_t pid) {
  int status = 0;
  rusage usage{};
  while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  return {status, worker.text, static_cast<std::uint64_t>(usage.ru_maxrss) * 1024};
}

}  // namespace

void run_jobs(std::size_t count, unsigned jobs, const Work& work,
              const std::function<void(std::size_t, const JobEnd&)>& ended) {
  std::map<pid_t, Worker> workers;
  std::size_t next = 0;
  while ((next < count || !workers.empty()) && interrupt_signal == 0) {
    while (next < count && workers.size() < jobs) {
      auto [pid, worker] = start(work, next++);
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
      const JobEnd end = end_of(worker, pids[i]);
      const std::size_t index = worker.index;
      workers.erase(pids[i]);
      ended(index, end);
    }
  }
  for (const auto& [pid, worker] : workers) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    close(worker.pipe);
  }
}

}  // namespace faultline
