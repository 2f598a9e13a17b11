// fault_costs.hpp: what a fault costs beside its locks and its page: work on its own CPU, and the
// other lines that faults of all CPUs share.
//
// The kernel keeps those shared lines cold by batches: a CPU takes pages from the zone, adds folios
// to the LRU, charges its memory cgroup and settles its mm counters once for many faults. A batch
// of 0 switches a line off, which is the default on the host: the simulator takes batches from the
// machine's profile. One zone, one LRU and one cgroup for all CPUs: the kernel has a zone and an
// LRU for each node.
#pragma once

#include <cstdint>

#include "lockimpls/mcs_lock.hpp"
#include "platform/platform.hpp"

namespace faultline {

struct FaultCosts {
  std::uint64_t entry_ns = 0;       // in every fault, before its locks: exception entry and exit
  std::uint64_t work_ns = 0;        // in every fault, under its lock
  std::uint64_t zone_batch = 0;     // pages that a CPU takes under the zone lock at a time
  std::uint64_t lru_batch = 0;      // folios that it adds under the LRU lock
  std::uint64_t memcg_batch = 0;    // pages that it charges to its memory cgroup
  std::uint64_t counter_batch = 0;  // updates of the mm's counters that it keeps to itself
  std::uint64_t batch_page_ns = 0;  // list work for each page under the zone or LRU lock
  std::uint64_t shootdown_ns = 0;   // TLB shootdown when pages are unmapped
};

// Faults of one thread, as the kernel's batches are of one CPU. They begin at a number of its own,
// or the batches of all threads would end together.
struct FaultBatches {
  static constexpr std::uint64_t none_yet = ~std::uint64_t{0};
  std::uint64_t faults = none_yet;
};

// A lock with what it guards in the same line. The kernel's spinlock queues its waiters, as an MCS
// lock does.
template <Platform P>
struct alignas(cache_line) BatchLock {
  McsLock<P> lock;
  typename P::template Plain<std::uint64_t> sum{0};

  void take(std::uint64_t pages, std::uint64_t page_ns) {
    typename McsLock<P>::Node node;
    lock.acquire(node);
    sum.set(sum.get() + pages);
    if (page_ns != 0) P::work(pages * page_ns);
    lock.release(node);
  }
};

template <Platform P>
struct SharedFaultLines {
  BatchLock<P> zone;
  BatchLock<P> lru;
  alignas(cache_line) typename P::template Atomic<std::uint64_t> memcg{0};

  // One fault of that thread. `counters` are those of its mm.
  void charge(const FaultCosts& costs, FaultBatches& mine, BatchLock<P>& counters) {
    if (costs.work_ns != 0) P::work(costs.work_ns);
    if (mine.faults == FaultBatches::none_yet) mine.faults = P::random() % 1024;
    const std::uint64_t n = ++mine.faults;
    const auto due = [n](std::uint64_t batch) { return batch != 0 && n % batch == 0; };
    if (due(costs.zone_batch)) zone.take(costs.zone_batch, costs.batch_page_ns);
    if (due(costs.lru_batch)) lru.take(costs.lru_batch, costs.batch_page_ns);
    if (due(costs.memcg_batch)) memcg.add(costs.memcg_batch, relaxed);
    if (due(costs.counter_batch)) counters.take(costs.counter_batch, 0);
  }
};

}  // namespace faultline
