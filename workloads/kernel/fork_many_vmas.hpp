// fork_many_vmas.hpp: threads fork an mm of many VMAs; the child ends at once.
//
// fork copies every VMA and the page tables of those with pages; the wait for the child's end, and
// with it the teardown of the copy, is part of the operation. The child's own faults are not among
// the counters of the window.
#pragma once

#include <sys/wait.h>

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class ForkManyVmas {
 public:
  struct Thread : KernelThread {};

  static WorkloadInfo info() {
    return {"fork_many_vmas",
            "threads fork an mm of many VMAs and wait for the child's end",
            "fork",
            "fork",
            1,
            {{"vmas", 256, 1, 15000, "VMAs", "that have a page each"}}};
  }
  static const char* role(unsigned, unsigned) { return "fork"; }
  static const char* body() {
    return "for (;;) {                                     /* one operation */\n"
           "  pid = _Fork();\n"
           "  if (pid == 0)\n"
           "    _exit(0);\n"
           "  waitpid(pid, NULL, 0);\n"
           "}\n";
  }

  ForkManyVmas(const ParamValues& params, const KernelSetup&)
      : vmas_(params.at("vmas")), place_(2 * vmas_ * page_bytes) {
    // Every second page stays without permissions, or all would be one VMA.
    for (std::size_t i = 0; i < vmas_; ++i)
      touch(map_at(place_.begin() + 2 * i * page_bytes, page_bytes));
    check_vmas(place_.begin(), place_.begin() + (2 * vmas_ - 1) * page_bytes,
               static_cast<unsigned>(2 * vmas_ - 1));
  }

  void prepare(Thread&) {}
  void op(Thread&) {
    const pid_t pid = _Fork();
    if (pid == 0) _exit(0);
    if (pid < 0) fail_call("fork", "use fewer threads, or raise ulimit -u or vm.overcommit_memory");
    while (waitpid(pid, nullptr, 0) < 0) {
      if (errno != EINTR) fail_call("waitpid", "allow SIGCHLD");
    }
  }
  void finish(Thread&) {}

 private:
  std::size_t vmas_;
  Place place_;
};

}  // namespace faultline::kernel
