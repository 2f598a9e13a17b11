// pf_vs_mprotect.hpp: thread 0 changes the protection of the one VMA that all others fault in.
// Concern W4: what a writer costs the readers of the same VMA. A single thread does both in turn.
#pragma once

#include "workloads/workload.hpp"

namespace faultline {

template <class D>
class PfVsMprotect {
 public:
  struct Thread {
    explicit Thread(unsigned i) : index(i) {}
    unsigned index;
    MmThread<D> mm;
    FaultCursor<D> cursor;
    bool executable = false;
  };

  static WorkloadInfo info() {
    return {"pf_vs_mprotect",
            "one thread mprotects the VMA that the others fault in",
            "fault",
            "fault",
            3,
            with_fault_costs({pages_per_thread_param(),
                              {"mprotect_every_ns", 10'000, 0, 1'000'000'000, "ns",
                               "what the writer computes between two mprotect calls"},
                              {"faults_per_mprotect", 16, 1, 1'000'000, "faults",
                               "with one thread: faults between two mprotect calls"}})};
  }
  static const char* role(unsigned index, unsigned threads) {
    return threads > 1 && index == 0 ? "mprotect" : "fault";
  }

  PfVsMprotect(System<D>& system, const ParamValues& params, unsigned threads)
      : threads_(threads),
        pages_(params.at("pages_per_thread")),
        every_ns_(params.at("mprotect_every_ns")),
        faults_(params.at("faults_per_mprotect")),
        mm_(system, params) {
    must_mmap(*mm_, map_base, pages_ * threads, vm_rw);
  }
  Mm<D>& mm() { return *mm_; }

  void prepare(Thread& thread) {
    thread.cursor.set(map_base + thread.index * pages_ * page_size, pages_);
  }
  std::uint64_t op(Thread& thread) {
    if (threads_ == 1) {
      for (std::uint64_t i = 0; i < faults_; ++i) thread.cursor.step(*mm_, thread.mm);
      toggle(thread);
      return faults_;
    }
    if (thread.index != 0) {
      thread.cursor.step(*mm_, thread.mm);
      return 1;
    }
    toggle(thread);
    if (every_ns_ != 0) D::P::work(every_ns_);
    return 1;
  }
  void finish(Thread&) {}

 private:
  void toggle(Thread& thread) {
    thread.executable = !thread.executable;
    const std::uint64_t flags = vm_rw | (thread.executable ? vm_exec : 0);
    FL_ASSERT(mprotect(*mm_, map_base, pages_ * threads_ * page_size, flags) == MapError::none);
  }

  unsigned threads_;
  std::uint64_t pages_;
  std::uint64_t every_ns_;
  std::uint64_t faults_;
  OwnedMm<D> mm_;
};

}  // namespace faultline
