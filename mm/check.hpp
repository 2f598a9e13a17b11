// check.hpp: what every measured trial verifies of its lock. The kernel has nothing like it.
//
// Each VMA has a pair of counters on cache-line pairs of their own. A writer raises the first one
// when it has write-locked the VMA and the second one just before it unlocks, so they differ
// exactly while a writer is in. A reader, under the VMA's read lock or mmap_lock, loads the first
// when it comes in and the second when it leaves: if they differ, a writer was in meanwhile (a torn
// pair) and the lock does not do what it is for. The words are relaxed atomics, so that looking is
// defined even when the lock is broken; with a lock that works, its ordering makes both loads
// exact.
//
// Readers share the two lines, unless a writer writes them, so in the read-only workloads the check
// costs two loads that hit; tests/bench/harness_bench shows what it costs altogether.
#pragma once

#include <cstdint>

#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
struct PairedCounters {
  static constexpr bool checks = true;

  struct Pair {
    alignas(2 * cache_line) typename P::template Atomic<std::uint64_t> entered{0};
    alignas(2 * cache_line) typename P::template Atomic<std::uint64_t> left{0};
    // The writer's list of the pairs that it has to close.
    typename P::template Plain<Pair*> next_open{nullptr};
    typename P::template Plain<bool> open{false};
  };

  struct InThread {
    std::uint64_t pairs = 0;      // pairs compared
    std::uint64_t torn = 0;       // found a writer inside
    std::uint64_t strays = 0;     // locked a VMA that is detached, another mm's or elsewhere
    std::uint64_t linger_ns = 0;  // how long a reader stays in, to give a writer time to err
  };

  struct InMm {
    typename P::template Plain<Pair*> open{nullptr};
    typename P::template Plain<std::uint64_t> sections{0};
  };

  static void writer_enters(InMm& mm, Pair& pair) {
    if (pair.open.get()) return;
    pair.entered.store(pair.entered.load(relaxed) + 1, relaxed);
    pair.open.set(true);
    pair.next_open.set(mm.open.get());
    mm.open.set(&pair);
    mm.sections.set(mm.sections.get() + 1);
  }

  static void writer_leaves(InMm& mm) {
    for (Pair* pair = mm.open.get(); pair != nullptr; pair = pair->next_open.get()) {
      pair->left.store(pair->entered.load(relaxed), relaxed);
      pair->open.set(false);
    }
    mm.open.set(nullptr);
  }

  static std::uint64_t reader_enters(const Pair& pair) { return pair.entered.load(relaxed); }

  static void reader_leaves(InThread& thread, const Pair& pair, std::uint64_t seen, bool stray) {
    if (thread.linger_ns != 0) [[unlikely]]
      P::work(thread.linger_ns);
    ++thread.pairs;
    if (pair.left.load(relaxed) != seen) [[unlikely]]
      ++thread.torn;
    if (stray) [[unlikely]]
      ++thread.strays;
  }
};

// For the benchmark that shows what PairedCounters cost.
template <Platform P>
struct NoCheck {
  static constexpr bool checks = false;
  struct Pair {};
  struct InThread {
    std::uint64_t pairs = 0;
    std::uint64_t torn = 0;
    std::uint64_t strays = 0;
    std::uint64_t linger_ns = 0;
  };
  struct InMm {};

  static void writer_enters(InMm&, Pair&) {}
  static void writer_leaves(InMm&) {}
  static std::uint64_t reader_enters(const Pair&) { return 0; }
  static void reader_leaves(InThread&, const Pair&, std::uint64_t, bool) {}
};

}  // namespace faultline
