// fork_storm.hpp: thread 0 forks an address space of many VMAs, the others fault in it meanwhile.
// Concern W11: fork write-locks every VMA of the parent. With one thread: forks only.
#pragma once

#include "workloads/workload.hpp"

namespace faultline {

template <class D>
class ForkStorm {
 public:
  struct Thread {
    explicit Thread(unsigned i) : index(i) {}
    unsigned index;
    MmThread<D> mm;
    FaultCursor<D> cursor;
  };

  static WorkloadInfo info() {
    return {"fork_storm",
            "one thread forks an mm of many VMAs, the others fault in it",
            "fork",
            "fork",
            3,
            with_fault_costs({{"vmas", 200, 1, 1u << 20, "VMAs",
                               "mappings of the parent beside the threads' own"},
                              pages_per_thread_param()})};
  }
  static const char* role(unsigned index, unsigned) { return index == 0 ? "fork" : "fault"; }

  ForkStorm(System<D>& system, const ParamValues& params, unsigned threads)
      : pages_(params.at("pages_per_thread")), mm_(system, params) {
    for (unsigned i = 1; i < threads; ++i) must_mmap_guarded(*mm_, arena(i), pages_);
    const std::uint64_t vmas = params.at("vmas");
    for (std::uint64_t i = 0; i < vmas; ++i) {
      must_mmap(*mm_, arena(0) + i * 4 * page_size, 2, vm_rw);  // two pages of gap between them
    }
  }
  Mm<D>& mm() { return *mm_; }

  void prepare(Thread& thread) { thread.cursor.set(arena(thread.index), pages_); }
  std::uint64_t op(Thread& thread) {
    if (thread.index == 0) {
      exit_mmap(fork(*mm_));
    } else {
      thread.cursor.step(*mm_, thread.mm);
    }
    return 1;
  }
  void finish(Thread&) {}

 private:
  std::uint64_t pages_;
  OwnedMm<D> mm_;
};

}  // namespace faultline
