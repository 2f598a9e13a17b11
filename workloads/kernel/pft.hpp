// pft.hpp: page faults of all threads in one region, as in pft (C. Lameter) of mmtests.
//
// One anonymous region is one VMA; each thread has its share of it and writes to every page once.
// Counted in operations (--ops, no more than `pages`), this is pft's single pass: nothing but
// faults is in the window. In a timed window the share is given back by one madvise(MADV_DONTNEED)
// when all of it is there, and the pass starts again: that call is inside of the window, and its
// time is recorded as the counter `zap_ns`. In mode processes each mm has a region of one share.
//
// Unlike will-it-scale's page_fault1 it maps nothing in the loop, and shares no page table between
// threads by accident: a share begins at a multiple of 2 MiB.
#pragma once

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class Pft {
 public:
  struct Thread : KernelThread {
    PageCursor cursor;
  };

  static WorkloadInfo info() {
    return {"pft",   "threads fault disjoint pages of one region in",
            "fault", "fault",
            1,       {pages_param(8192), thp_param()}};
  }
  static const char* role(unsigned, unsigned) { return "fault"; }
  static const char* body() {
    return "for (;;) {\n"
           "  for (page = share; page < share_end; page += 4096)\n"
           "    *page = 1;                                 /* one operation */\n"
           "  madvise(share, share_end - share, MADV_DONTNEED);\n"
           "}\n";
  }

  Pft(const ParamValues& params, const KernelSetup& setup)
      : thp_(thp_of(params)),
        bytes_(pages_bytes(params)),
        stride_(round_up(bytes_, huge_bytes)),
        place_(stride_ * setup.threads) {
    map_at(place_.begin(), stride_ * setup.threads, MAP_NORESERVE);
    advise_thp(place_.begin(), stride_ * setup.threads, thp_);
    check_vmas(place_.begin(), place_.begin() + stride_ * setup.threads, 1);
  }

  void prepare(Thread& thread) {
    thread.cursor.set(place_.begin() + thread.slot * stride_, bytes_, fault_bytes(thp_));
  }
  void op(Thread& thread) { touch(thread.cursor.take(thread)); }
  void finish(Thread&) {}

 private:
  Thp thp_;
  std::size_t bytes_;
  std::size_t stride_;
  Place place_;
};

}  // namespace faultline::kernel
