// exec_spawn.hpp: threads start a program that ends at once, and wait for its end.
//
// posix_spawn: a child that borrows the mm until it has its own from exec. The program is this one,
// static, called to do nothing; so an operation is one exec, the faults of a small program's start,
// and the teardown of its mm. Those faults are not among the counters of the window.
#pragma once

#include <spawn.h>
#include <sys/wait.h>

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class ExecSpawn {
 public:
  struct Thread : KernelThread {};

  static WorkloadInfo info() {
    return {"exec_spawn", "threads start a program and wait for its end", "exec", "exec", 1, {}};
  }
  static const char* role(unsigned, unsigned) { return "exec"; }
  static const char* body() {
    return "for (;;) {                                     /* one operation */\n"
           "  posix_spawn(&pid, program, NULL, NULL, argv, envp);\n"
           "  waitpid(pid, &status, 0);\n"
           "}\n";
  }

  ExecSpawn(const ParamValues&, const KernelSetup& setup) : program_(setup.program) {}

  void prepare(Thread&) {}
  void op(Thread&) {
    char name[] = "faultline-kernel-trials";
    char nothing[] = "--nothing";
    char* argv[] = {name, nothing, nullptr};
    char* envp[] = {nullptr};
    pid_t pid = -1;
    if (const int error = posix_spawn(&pid, program_, nullptr, nullptr, argv, envp); error != 0) {
      errno = error;
      fail_call(std::string("posix_spawn of ") + program_, "mount /proc, or raise ulimit -u");
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
      if (errno != EINTR) fail_call("waitpid", "allow SIGCHLD");
    }
    if (status != 0) {
      throw KernelError(std::string(program_) + " did not end well; give the path of " + name +
                        " with --program");
    }
  }
  void finish(Thread&) {}

 private:
  const char* program_;
};

}  // namespace faultline::kernel
