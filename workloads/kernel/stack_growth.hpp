// stack_growth.hpp: a stack of each thread grows downwards, a page a fault.
//
// The mapping is of the kind that the kernel gives a program's first stack (MAP_GROWSDOWN): a fault
// below it extends the VMA, for which the kernel takes mmap_lock for writing. When the stack has
// grown to `pages` it is unmapped and begins anew with one page; that is inside of the window:
// counter `zap_ns`.
#pragma once

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class StackGrowth {
 public:
  struct Thread : KernelThread {
    char* bottom = nullptr;
    char* next = nullptr;
  };

  static WorkloadInfo info() {
    return {"stack_growth",
            "threads let a stack each grow by a page at a time",
            "fault",
            "fault",
            1,
            // More than RLIMIT_STACK allows is refused with a signal; it is 8 MiB as a rule.
            {pages_param(512, 1024, "4 KiB pages that a stack grows by")}};
  }
  static const char* role(unsigned, unsigned) { return "fault"; }
  static const char* body() {
    return "for (;;) {\n"
           "  top = mmap(at, 4096, PROT_READ | PROT_WRITE,\n"
           "             MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED..., -1, 0);\n"
           "  for (page = top - 4096; page >= bottom; page -= 4096)\n"
           "    *page = 1;                                 /* one operation */\n"
           "  munmap(bottom, top + 4096 - bottom);\n"
           "}\n";
  }

  StackGrowth(const ParamValues& params, const KernelSetup& setup)
      : bytes_(pages_bytes(params)),
        stride_(round_up(bytes_ + page_bytes, huge_bytes) + huge_bytes),
        place_(stride_ * setup.threads) {}

  void prepare(Thread& thread) {
    thread.bottom = place_.begin() + thread.slot * stride_;
    Place::punch(thread.bottom, bytes_ + page_bytes);
    begin(thread);
  }
  void op(Thread& thread) {
    if (thread.next < thread.bottom) [[unlikely]] {
      const std::uint64_t before = now_ns();
      unmap(thread.bottom, bytes_ + page_bytes);
      begin(thread);
      thread.zap_ns += now_ns() - before;
    }
    touch(thread.next);
    thread.next -= page_bytes;
  }
  void finish(Thread&) {}

 private:
  void begin(Thread& thread) const {
    char* const top = thread.bottom + bytes_;
    map_in_hole(top, page_bytes, MAP_GROWSDOWN);
    thread.next = top - page_bytes;
  }

  std::size_t bytes_;
  std::size_t stride_;
  Place place_;
};

}  // namespace faultline::kernel
