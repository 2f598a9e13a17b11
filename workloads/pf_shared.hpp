// pf_shared.hpp: one big VMA, every thread faults its own part of it in. The kernel's pft
// (page-fault test), behind the tables of the per-VMA lock series. Concern W1: all readers of one
// VMA write one lock word.
#pragma once

#include "workloads/workload.hpp"

namespace faultline {

template <class D>
class PfShared {
 public:
  struct Thread {
    explicit Thread(unsigned i) : index(i) {}
    unsigned index;
    MmThread<D> mm;
    FaultCursor<D> cursor;
  };

  static WorkloadInfo info() {
    return {"pf_shared", "threads fault disjoint pages of one VMA in (pft)", "fault", "fault",
            3,           with_fault_costs({pages_per_thread_param()})};
  }
  static const char* role(unsigned, unsigned) { return "fault"; }

  PfShared(System<D>& system, const ParamValues& params, unsigned threads)
      : pages_(params.at("pages_per_thread")), mm_(system, params) {
    must_mmap(*mm_, map_base, pages_ * threads, vm_rw);
  }
  Mm<D>& mm() { return *mm_; }

  void prepare(Thread& thread) {
    thread.cursor.set(map_base + thread.index * pages_ * page_size, pages_);
  }
  std::uint64_t op(Thread& thread) {
    thread.cursor.step(*mm_, thread.mm);
    return 1;
  }
  void finish(Thread&) {}

 private:
  std::uint64_t pages_;
  OwnedMm<D> mm_;
};

}  // namespace faultline
