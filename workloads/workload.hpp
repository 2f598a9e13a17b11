// workload.hpp: the contract of a workload: what the threads do to one address space.
//
// A workload is a class template over a design. It never makes threads, reads a clock or loops by
// itself: a bench (the host, later the simulator) makes the threads, calls prepare() once and then
// op() again and again in each of them, and finish() in the end.
//
//   W(system, params, threads)   builds the address space
//   W::Thread                    what one thread keeps; constructed as Thread(index)
//   prepare(thread)              by the thread itself, before the first op
//   op(thread)                   one operation of the thread's role; returns how many units it did
//   finish(thread)               by the thread itself, after the last op
//   mm()                         the address space that the bench checks
//   static info()                name, unit, parameters
//   static role(index, threads)  what that thread does; units of info().primary count as `ops`
#pragma once

#include <concepts>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "mm/fault.hpp"
#include "mm/fork.hpp"
#include "mm/mapping.hpp"
#include "workloads/info.hpp"

namespace faultline {

template <class W>
concept Workload = requires(W& workload, typename W::Thread& thread, unsigned index) {
  { W::info() } -> std::same_as<WorkloadInfo>;
  { W::role(index, index) } -> std::convertible_to<const char*>;
  { workload.prepare(thread) } -> std::same_as<void>;
  { workload.op(thread) } -> std::same_as<std::uint64_t>;
  { workload.finish(thread) } -> std::same_as<void>;
  { thread.mm.vma_lock.success } -> std::convertible_to<std::uint64_t>;
};

// An mm that is emptied and dropped at the end of a scope.
template <class D>
class OwnedMm {
 public:
  OwnedMm(System<D>& system, const ParamValues& params) : mm_(Mm<D>::create(system)) {
    FaultCosts& costs = mm_->costs;
    costs.entry_ns = params.at("fault_entry_ns");
    costs.work_ns = params.at("fault_work_ns");
    costs.zone_batch = params.at("zone_batch");
    costs.lru_batch = params.at("lru_batch");
    costs.memcg_batch = params.at("memcg_batch");
    costs.counter_batch = params.at("counter_batch");
    costs.batch_page_ns = params.at("batch_page_ns");
    costs.shootdown_ns = params.at("shootdown_ns");
  }
  ~OwnedMm() { exit_mmap(mm_); }
  OwnedMm(const OwnedMm&) = delete;
  OwnedMm& operator=(const OwnedMm&) = delete;
  Mm<D>& operator*() const { return *mm_; }

 private:
  Mm<D>* mm_;
};

// Where workloads map things. Arenas of different threads are far apart, so their VMAs never merge
// and share no page table.
inline constexpr std::uint64_t map_base = std::uint64_t{1} << 30;
inline constexpr std::uint64_t arena_bytes = std::uint64_t{1} << 34;
inline constexpr std::uint64_t arena(unsigned thread) {
  return map_base + (std::uint64_t{thread} + 1) * arena_bytes;
}
inline constexpr std::uint64_t vm_rw = vm_read | vm_write;

// A mapping that must succeed, because the workload chose a free place.
template <class D>
void must_mmap(Mm<D>& mm, std::uint64_t addr, std::uint64_t pages, std::uint64_t flags) {
  FL_ASSERT(mmap(mm, addr, pages * page_size, flags) == MapError::none);
}

// A mapping with an inaccessible guard page behind it, so that a neighbour cannot merge with it.
template <class D>
void must_mmap_guarded(Mm<D>& mm, std::uint64_t addr, std::uint64_t pages) {
  must_mmap(mm, addr, pages, vm_rw);
  must_mmap(mm, addr + pages * page_size, 1, 0);
}

// Faults the pages of a range in, one a call, in order; when all are there, gives them back and
// starts again. The lock figures of a run are of faults; the zap is one call in `pages`.
template <class D>
class FaultCursor {
 public:
  void set(std::uint64_t start, std::uint64_t pages) {
    start_ = next_ = start;
    end_ = start + pages * page_size;
  }
  void step(Mm<D>& mm, MmThread<D>& thread) {
    if (next_ == end_) {
      madvise_dontneed(mm, thread, start_, end_);
      next_ = start_;
    }
    FL_ASSERT(fault(mm, thread, next_, /*write=*/true) == Fault::done);
    next_ += page_size;
  }

 private:
  std::uint64_t start_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t end_ = 0;
};

inline Param pages_per_thread_param() {
  return {"pages_per_thread", 1024, 1, 1u << 20, "pages", "4 KiB pages that each thread faults in"};
}

// What a kernel fault does beside the lock and the page: every workload with an address space has
// it. Without the work, a fault here takes a tenth of the kernel's time, and the share of the lock
// in it is ten times too large. On the host all of it is off unless it is set; the simulator takes
// it from the machine.
inline std::vector<Param> with_fault_costs(std::vector<Param> params) {
  const Param costs[] = {
      {"fault_entry_ns", 0, 0, 1'000'000, "ns",
       "computed in every fault before it takes a lock: exception entry and exit"},
      {"fault_work_ns", 0, 0, 1'000'000, "ns",
       "computed in every fault under its lock, on top of clearing and mapping the page"},
      {"zone_batch", 0, 0, 1u << 16, "pages",
       "taken under the zone lock at a time; 0: no such lock"},
      {"lru_batch", 0, 0, 1u << 16, "pages", "added under the LRU lock at a time; 0: no such lock"},
      {"memcg_batch", 0, 0, 1u << 16, "pages", "charged to the memory cgroup at a time; 0: none"},
      {"counter_batch", 0, 0, 1u << 16, "pages",
       "counted by a thread before it settles with its mm; 0: never"},
      {"batch_page_ns", 0, 0, 1'000'000, "ns", "list work for each page under zone or LRU lock"},
      {"shootdown_ns", 0, 0, 1'000'000'000, "ns", "TLB shootdown when pages are unmapped"}};
  params.insert(params.end(), std::begin(costs), std::end(costs));
  return params;
}

}  // namespace faultline
