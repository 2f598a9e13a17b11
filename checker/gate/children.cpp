// children.cpp: forked children and the pipes they write to. See children.hpp.
#include "checker/gate/children.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "checker/gate/failure.hpp"

namespace faultline::gate {

namespace {

using Clock = std::chrono::steady_clock;

struct Child {
  std::size_t piece = 0;
  pid_t pid = -1;
  int pipe = -1;
  std::string text;  // of a line that is not complete yet
  Clock::time_point heard;
};

[[noreturn]] void fail(const char* what) {
  throw Failure(exit_code::environment, fmt::format("{}: {}; close other programs and try again",
                                                    what, std::strerror(errno)));
}

[[noreturn]] void be_child(std::size_t piece, int pipe, const Work& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  std::FILE* out = fdopen(pipe, "w");
  if (out == nullptr) _exit(1);
  try {
    work.run(piece, out);
  } catch (...) {
    std::abort();
  }
  std::fflush(out);
  _exit(0);
}

Child start(std::size_t piece, const Work& work) {
  int ends[2];
  if (pipe(ends) != 0) fail("no pipe to a child");
  std::fflush(nullptr);
  Child child;
  child.piece = piece;
  child.pid = fork();
  if (child.pid < 0) fail("no child process");
  if (child.pid == 0) {
    close(ends[0]);
    be_child(piece, ends[1], work);
  }
  close(ends[1]);
  child.pipe = ends[0];
  child.heard = Clock::now();
  return child;
}

// Hands the complete lines on. Returns false at the end of the pipe.
bool hear(Child& child, const Work& work) {
  char buffer[4096];
  const ssize_t n = read(child.pipe, buffer, sizeof(buffer));
  if (n < 0 && errno == EINTR) return true;
  if (n <= 0) return false;
  child.heard = Clock::now();
  child.text.append(buffer, static_cast<std::size_t>(n));
  for (std::size_t end = 0; (end = child.text.find('\n')) != std::string::npos;) {
    work.line(child.piece, child.text.substr(0, end));
    child.text.erase(0, end + 1);
  }
  return true;
}

void bury(Child& child, bool hung, const Work& work) {
  if (hung) kill(child.pid, SIGKILL);
  close(child.pipe);
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  const bool well = !hung && signal == 0 && WEXITSTATUS(status) == 0;
  work.end(child.piece, hung ? Ended::hung : well ? Ended::well : Ended::crashed, signal);
}

}  // namespace

void run_in_children(std::size_t count, unsigned jobs, double silence_seconds, const Work& work) {
  std::vector<Child> children;
  std::size_t next = 0;
  const auto patience = std::chrono::duration<double>(silence_seconds);
  while (next < count || !children.empty()) {
    while (next < count && children.size() < jobs) children.push_back(start(next++, work));
    std::vector<pollfd> pipes;
    for (const Child& child : children) pipes.push_back({child.pipe, POLLIN, 0});
    if (poll(pipes.data(), pipes.size(), 200) < 0 && errno != EINTR) fail("no news of a child");
    for (std::size_t i = children.size(); i-- > 0;) {
      Child& child = children[i];
      const bool over = (pipes[i].revents & (POLLIN | POLLHUP)) != 0 && !hear(child, work);
      const bool hung = !over && Clock::now() - child.heard > patience;
      if (!over && !hung) continue;
      bury(child, hung, work);
      children.erase(children.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

}  // namespace faultline::gate
