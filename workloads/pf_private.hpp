// pf_private.hpp: every thread faults pages of a VMA of its own in. Concern W2: different VMAs
// should not contend at all; under mmap_lock alone they do.
#pragma once

#include "workloads/workload.hpp"

namespace faultline {

template <class D>
class PfPrivate {
 public:
  struct Thread {
    explicit Thread(unsigned i) : index(i) {}
    unsigned index;
    MmThread<D> mm;
    FaultCursor<D> cursor;
  };

  static WorkloadInfo info() {
    return {"pf_private",
            "threads fault pages of one VMA each in",
            "fault",
            "fault",
            3,
            with_fault_costs({pages_per_thread_param()})};
  }
  static const char* role(unsigned, unsigned) { return "fault"; }

  PfPrivate(System<D>& system, const ParamValues& params, unsigned threads)
      : pages_(params.at("pages_per_thread")), mm_(system, params) {
    for (unsigned i = 0; i < threads; ++i) must_mmap_guarded(*mm_, arena(i), pages_);
  }
  Mm<D>& mm() { return *mm_; }

  void prepare(Thread& thread) { thread.cursor.set(arena(thread.index), pages_); }
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
