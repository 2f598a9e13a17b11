// madvise_dontneed.hpp: each thread gives pages of one VMA back that it has just written to.
//
// The faults that bring the pages back are part of an operation; with pages=1 they are about half
// of it. The pages of different threads share no page table.
#pragma once

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class MadviseDontneed {
 public:
  struct Thread : KernelThread {
    char* at = nullptr;
  };

  static WorkloadInfo info() {
    return {"madvise_dontneed",
            "threads write to pages of one VMA and give them back",
            "call",
            "call",
            1,
            {pages_param(1, 512, "4 KiB pages written to and given back in one operation")}};
  }
  static const char* role(unsigned, unsigned) { return "call"; }
  static const char* body() {
    return "for (;;) {                                     /* one operation */\n"
           "  for (i = 0; i < pages; i++)\n"
           "    at[i * 4096] = 1;\n"
           "  madvise(at, pages * 4096, MADV_DONTNEED);\n"
           "}\n";
  }

  MadviseDontneed(const ParamValues& params, const KernelSetup& setup)
      : bytes_(pages_bytes(params)), place_(huge_bytes * setup.threads) {
    map_at(place_.begin(), huge_bytes * setup.threads);
    advise_thp(place_.begin(), huge_bytes * setup.threads, Thp::never);
    check_vmas(place_.begin(), place_.begin() + huge_bytes * setup.threads, 1);
  }

  void prepare(Thread& thread) { thread.at = place_.begin() + thread.slot * huge_bytes; }
  void op(Thread& thread) {
    for (std::size_t i = 0; i < bytes_; i += page_bytes) touch(thread.at + i);
    if (madvise(thread.at, bytes_, MADV_DONTNEED) != 0) {
      fail_call("madvise(MADV_DONTNEED)", "allow it in the sandbox");
    }
  }
  void finish(Thread&) {}

 private:
  std::size_t bytes_;
  Place place_;
};

}  // namespace faultline::kernel
