// tool.cpp: running a program for its output.
#include "runner/kernel/tool.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>

#include "runner/child.hpp"
#include "runner/sysfs.hpp"

namespace faultline::kernel {

namespace {

[[noreturn]] void exec_tool(char* const* words, const char* folder, pid_t parent, int out,
                            int errors) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  setpgid(0, 0);
  const int none = open("/dev/null", O_RDONLY);
  dup2(none, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  if (*folder != '\0' && chdir(folder) != 0) _exit(126);
  execvp(words[0], words);
  _exit(127);
}

void read_some(int& fd, std::string& text) {
  char block[8192];
  const ssize_t n = read(fd, block, sizeof block);
  if (n > 0) {
    text.append(block, static_cast<std::size_t>(n));
  } else if (n == 0 || errno != EINTR) {
    close(fd);
    fd = -1;
  }
}

}  // namespace

ToolResult run_tool(const std::vector<std::string>& command, const std::string& folder,
                    double deadline_s) {
  ToolResult result;
  int out[2] = {-1, -1};
  int errors[2] = {-1, -1};
  if (pipe2(out, O_CLOEXEC) != 0) return result;
  if (pipe2(errors, O_CLOEXEC) != 0) {
    close(out[0]);
    close(out[1]);
    return result;
  }
  std::vector<std::string> words = command;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const auto begin = std::chrono::steady_clock::now();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) exec_tool(pointers.data(), folder.c_str(), parent, out[1], errors[1]);
  close(out[1]);
  close(errors[1]);
  bool late = false;
  while (pid > 0 && (out[0] >= 0 || errors[0] >= 0)) {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    late = taken.count() > deadline_s;
    if (late || interrupt_signal != 0) break;
    pollfd polled[2] = {{out[0], POLLIN, 0}, {errors[0], POLLIN, 0}};
    if (poll(polled, 2, 100) <= 0) continue;
    if (polled[0].revents != 0) read_some(out[0], result.output);
    if (polled[1].revents != 0) read_some(errors[0], result.errors);
  }
  if (out[0] >= 0) close(out[0]);
  if (errors[0] >= 0) close(errors[0]);
  if (pid < 0) return result;
  if (late || interrupt_signal != 0) kill(-pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  result.exit = late ? 124 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::string last_line(const std::string& text) {
  std::string found;
  for (const std::string_view line : split(text, '\n')) {
    if (!trim(line).empty()) found = trim(line);
  }
  return printable_ascii(found);
}

}  // namespace faultline::kernel
