// mmap_churn.hpp: every thread maps, touches and unmaps a region in a loop. Concerns W7 and W9:
// what a writer pays when nobody contends for the VMA, and what freeing VMAs costs.
#pragma once

#include "workloads/workload.hpp"

namespace faultline {

template <class D>
class MmapChurn {
 public:
  struct Thread {
    explicit Thread(unsigned i) : index(i) {}
    unsigned index;
    MmThread<D> mm;
  };

  static WorkloadInfo info() {
    return {"mmap_churn",
            "threads map, touch and unmap a region of their own",
            "map",
            "map",
            3,
            with_fault_costs(
                {{"map_pages", 16, 1, 1u << 20, "pages", "size of the region"},
                 {"touch_pages", 1, 0, 1u << 20, "pages", "how many of its pages are touched"}})};
  }
  static const char* role(unsigned, unsigned) { return "map"; }

  MmapChurn(System<D>& system, const ParamValues& params, unsigned)
      : pages_(params.at("map_pages")),
        touched_(std::min(params.at("touch_pages"), pages_)),
        mm_(system, params) {}
  Mm<D>& mm() { return *mm_; }

  void prepare(Thread&) {}
  std::uint64_t op(Thread& thread) {
    const std::uint64_t addr = arena(thread.index);
    must_mmap(*mm_, addr, pages_, vm_rw);
    for (std::uint64_t page = 0; page < touched_; ++page) {
      FL_ASSERT(fault(*mm_, thread.mm, addr + page * page_size, /*write=*/true) == Fault::done);
    }
    FL_ASSERT(munmap(*mm_, addr, pages_ * page_size) == MapError::none);
    return 1;
  }
  void finish(Thread&) {}

 private:
  std::uint64_t pages_;
  std::uint64_t touched_;
  OwnedMm<D> mm_;
};

}  // namespace faultline
