// pf_cow.hpp: write faults of all threads in one private mapping of a file of memory.
//
// Every fault allocates a page and copies one of the page cache into it; that page is there before
// the window opens. One memfd and one mapping an mm; each thread has its share of it. The copies
// are given back as in pft, inside of the window: counter `zap_ns`.
#pragma once

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class PfCow {
 public:
  struct Thread : KernelThread {
    PageCursor cursor;
  };

  static WorkloadInfo info() {
    return {"pf_cow", "threads write to disjoint pages of a file that is mapped privately",
            "fault",  "fault",
            1,        {pages_param(8192)}};
  }
  static const char* role(unsigned, unsigned) { return "fault"; }
  static const char* body() {
    return "map = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, memfd, 0);\n"
           "for (;;) {\n"
           "  for (page = share; page < share_end; page += 4096)\n"
           "    *page = 1;                                 /* one operation */\n"
           "  madvise(share, share_end - share, MADV_DONTNEED);\n"
           "}\n";
  }

  PfCow(const ParamValues& params, const KernelSetup& setup)
      : bytes_(pages_bytes(params)),
        stride_(round_up(bytes_, huge_bytes)),
        file_(stride_ * setup.threads),
        place_(stride_ * setup.threads) {
    map_at(place_.begin(), stride_ * setup.threads, MAP_PRIVATE, file_.fd());
    check_vmas(place_.begin(), place_.begin() + stride_ * setup.threads, 1);
  }

  void prepare(Thread& thread) {
    thread.cursor.set(place_.begin() + thread.slot * stride_, bytes_, page_bytes);
  }
  void op(Thread& thread) { touch(thread.cursor.take(thread)); }
  void finish(Thread&) {}

 private:
  std::size_t bytes_;
  std::size_t stride_;
  MemoryFile file_;
  Place place_;
};

}  // namespace faultline::kernel
