// pf_vs_mprotect.hpp: thread 0 changes the protection of the one VMA that all others fault in.
//
// The kernel's side of the modelled workload of this name: what a writer costs the readers of the
// same VMA, and how often it sends them to mmap_lock (--trace counts that). The whole VMA becomes
// executable and not executable again, so that it is neither split nor merged and every write to it
// stays legal; the pages that are there have their entries changed, and the TLBs are flushed. A
// single thread does both in turn. In mode processes each mm has a region of one share, and nobody
// is in anybody's way.
#pragma once

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class PfVsMprotect {
 public:
  struct Thread : KernelThread {
    PageCursor cursor;
    bool writes = false;
    bool executable = false;
    std::uint64_t faults = 0;
  };

  static WorkloadInfo info() {
    return {"pf_vs_mprotect",
            "one thread mprotects the VMA that the others fault in",
            "fault",
            "fault",
            1,
            {pages_param(1024),
             {"mprotect_every_ns", 10'000, 0, 1'000'000'000, "ns",
              "what the writer waits, busy, between two mprotect calls"},
             {"faults_per_mprotect", 16, 1, 1'000'000, "faults",
              "with one thread: faults between two mprotect calls"}}};
  }
  static const char* role(unsigned number, unsigned threads) {
    return threads > 1 && number == 0 ? "mprotect" : "fault";
  }
  static const char* body() {
    return "for (;;) {\n"
           "  for (page = share; page < share_end; page += 4096)\n"
           "    *page = 1;                                 /* one operation */\n"
           "  madvise(share, share_end - share, MADV_DONTNEED);\n"
           "}\n"
           "for (;;) {                                     /* thread 0, every 10 us */\n"
           "  mprotect(vma, vma_bytes, PROT_READ | PROT_WRITE | (exec ^= PROT_EXEC));\n"
           "}\n";
  }

  PfVsMprotect(const ParamValues& params, const KernelSetup& setup)
      : bytes_(pages_bytes(params)),
        stride_(round_up(bytes_, huge_bytes)),
        every_ns_(params.at("mprotect_every_ns")),
        faults_(params.at("faults_per_mprotect")),
        alone_(setup.workers == 1),
        region_(stride_ * setup.threads),
        place_(region_) {
    map_at(place_.begin(), region_, MAP_NORESERVE);
    advise_thp(place_.begin(), region_, Thp::never);
    check_vmas(place_.begin(), place_.begin() + region_, 1);
  }

  void prepare(Thread& thread) {
    thread.writes = !alone_ && thread.number == 0;
    thread.cursor.set(place_.begin() + thread.slot * stride_, bytes_, page_bytes);
  }
  void op(Thread& thread) {
    if (!thread.writes) {
      touch(thread.cursor.take(thread));
      if (alone_ && ++thread.faults % faults_ == 0) toggle(thread);
      return;
    }
    toggle(thread);
    const std::uint64_t until = now_ns() + every_ns_;
    while (now_ns() < until) {
    }
  }
  void finish(Thread&) {}

 private:
  void toggle(Thread& thread) {
    thread.executable = !thread.executable;
    const int prot = PROT_READ | PROT_WRITE | (thread.executable ? PROT_EXEC : 0);
    if (mprotect(place_.begin(), region_, prot) != 0) {
      fail_call("mprotect", "allow memory that is writable and executable (SELinux: execmem)");
    }
  }

  std::size_t bytes_;
  std::size_t stride_;
  std::uint64_t every_ns_;
  std::uint64_t faults_;
  bool alone_;
  std::size_t region_;
  Place place_;
};

}  // namespace faultline::kernel
