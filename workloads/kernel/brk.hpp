// brk.hpp: the program break goes up by a page and down again.
//
// An mm has one break, so in mode threads its threads move the same one; each has a height of its
// own, so that every call moves it and none returns early. The heights lie above a gap, in which
// malloc may go on as it likes.
#pragma once

#include <sys/syscall.h>

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class Brk {
 public:
  struct Thread : KernelThread {
    std::uintptr_t low = 0;
  };

  static WorkloadInfo info() {
    return {"brk", "threads raise the program break by a page and lower it", "pair", "pair", 1, {}};
  }
  static const char* role(unsigned, unsigned) { return "pair"; }
  static const char* body() {
    return "for (;;) {                                     /* one operation */\n"
           "  brk(low + 4096);\n"
           "  brk(low);\n"
           "}\n";
  }

  Brk(const ParamValues&, const KernelSetup&)
      : base_(round_up(static_cast<std::size_t>(syscall(SYS_brk, 0)), page_bytes) + gap) {
    move(base_);
  }

  void prepare(Thread& thread) { thread.low = base_ + (2 * thread.slot + 1) * page_bytes; }
  void op(Thread& thread) {
    move(thread.low + page_bytes);
    move(thread.low);
  }
  void finish(Thread&) { move(base_); }

 private:
  static constexpr std::size_t gap = std::size_t{4} << 20;

  static void move(std::uintptr_t to) {
    if (static_cast<std::uintptr_t>(syscall(SYS_brk, to)) == to) return;
    errno = ENOMEM;
    fail_call("brk", "raise ulimit -d");
  }

  std::uintptr_t base_;
};

}  // namespace faultline::kernel
