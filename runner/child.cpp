// child.cpp: spawning, reading two pipes, deadlines and signals.
#include "runner/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "runner/errors.hpp"

extern char** environ;

namespace faultline {

volatile std::sig_atomic_t interrupt_signal = 0;

namespace {

constexpr double grace_s = 5;
constexpr std::size_t errors_max = 64 * 1024;
constexpr int record_fd = 3;

using Clock = std::chrono::steady_clock;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Pipe {
  int fd[2] = {-1, -1};

  Pipe() {
    if (pipe2(fd, O_CLOEXEC) != 0) {
      throw Failure(exit_code::environment, std::string("cannot make a pipe: ") +
                                                std::strerror(errno) +
                                                "; raise the limit of open files (ulimit -n)");
    }
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_end(int end) {
    if (fd[end] >= 0) close(fd[end]);
    fd[end] = -1;
  }
};

class Spawn {
 public:
  Spawn() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    // A group of its own: Ctrl-C at the terminal reaches us first.
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  pid_t start(const std::string& program, std::vector<std::string> args,
              std::vector<std::string> environment, const Pipe& record, const Pipe& errors) {
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, errors.fd[1], STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, record.fd[1], record_fd);
    args.insert(args.begin(), program);
    args.push_back("--record-fd=" + std::to_string(record_fd));
    pid_t pid = 0;
    const int error = posix_spawn(&pid, program.c_str(), &actions_, &attributes_,
                                  pointers(args).data(), pointers(environment).data());
    if (error != 0) {
      throw Failure(exit_code::environment, "cannot start " + program + ": " +
                                                std::strerror(error) +
                                                "; build it with: ninja -C build faultline");
    }
    return pid;
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& one : strings) result.push_back(one.data());
    result.push_back(nullptr);
    return result;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

std::vector<std::string> padded_environment(int env_pad) {
  std::vector<std::string> environment;
  for (char** one = environ; *one != nullptr; ++one) environment.emplace_back(*one);
  environment.push_back("FAULTLINE_ENV_PAD=" + std::string(static_cast<std::size_t>(env_pad), 'x'));
  return environment;
}

// Appends what is there to read. Returns false at the end of the pipe.
bool drain(int fd, std::string& text, std::size_t most) {
  char buffer[16384];
  const ssize_t n = read(fd, buffer, sizeof buffer);
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  text.append(buffer, static_cast<std::size_t>(n));
  if (text.size() > most) text.erase(0, text.size() - most);
  return n != 0;
}

// Reads both pipes until the child has closed them, its time is up, or the user wants an end.
void read_all(Pipe& record, Pipe& errors, double limit_s, Clock::time_point begin,
              ChildResult& result) {
  for (;;) {
    pollfd polled[2] = {{record.fd[0], POLLIN, 0}, {errors.fd[0], POLLIN, 0}};
    if (polled[0].fd < 0 && polled[1].fd < 0) return;
    if (interrupt_signal != 0) {
      result.interrupted = true;
      return;
    }
    if (since(begin) > limit_s) {
      result.killed_by_us = true;
      return;
    }
    if (poll(polled, 2, 100) <= 0) continue;
    if (polled[0].revents != 0 && !drain(record.fd[0], result.record, ~std::size_t{0})) {
      record.close_end(0);
    }
    if (polled[1].revents != 0 && !drain(errors.fd[0], result.errors, errors_max)) {
      errors.close_end(0);
    }
  }
}

}  // namespace

ChildResult run_child(const std::string& program, const std::vector<std::string>& args,
                      double deadline_s, int env_pad) {
  ChildResult result;
  Pipe record;
  Pipe errors;
  Spawn spawn;
  const Clock::time_point begin = Clock::now();
  result.pid = spawn.start(program, args, padded_environment(env_pad), record, errors);
  record.close_end(1);
  errors.close_end(1);
  read_all(record, errors, deadline_s + grace_s, begin, result);
  if (result.interrupted || result.killed_by_us) kill(-result.pid, SIGKILL);
  int status = 0;
  rusage usage{};
  while (wait4(result.pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  result.wall_s = since(begin);
  result.exit = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  result.nvcsw = usage.ru_nvcsw;
  result.nivcsw = usage.ru_nivcsw;
  return result;
}

}  // namespace faultline
