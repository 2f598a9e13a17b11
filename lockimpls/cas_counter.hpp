// cas_counter.hpp: a counter by a loop around a compare-exchange.
//
// Source
//   No lock: the CAS loop of published contention curves, written out. Every round reads the word
//   and then tries to replace it; when another task came in between, the round was for nothing.
//
// Word
//   32 bits: how many tasks are in
//
// Transitions
//   operation   needs      word becomes   order
//   acquire     -          word + 1       full
//   release     word > 0   word - 1       full
//
// Invariants
//   When nobody is in, the word is 0. It keeps nobody out.
//
// Memory ordering
//   Promise: none to other tasks. Full, as the kernel's unsuffixed cmpxchg() is; the reload and a
//   failed compare-exchange are relaxed.
//
// Known limits
//   Not try_update(), which takes the value that a failed compare-exchange has seen for the next
//   round, and which a platform may do in one step: how often the loop goes round is the point.
//   Nor retry(): nobody waits here, the next round may succeed though nothing changes any more.
#pragma once

#include <array>
#include <cstdint>

#include "lockimpls/yardstick.hpp"
#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class CasCounter {
 public:
  using Node = Nothing;

  static constexpr const char* name = "cas";
  static constexpr const char* summary = "a counter by a CAS loop, which keeps nobody out";
  static constexpr bool excludes = false;

  void acquire(Node&) {
    for (;;) {
      std::uint32_t seen = word_.load(relaxed);
      // unforced: it promises nobody anything; the order of the kernel's cmpxchg()
      if (word_.compare_exchange_strong(seen, seen + 1, full)) return;
    }
  }

  void release(Node&) {
    for (;;) {
      std::uint32_t seen = word_.load(relaxed);
      // unforced: the same
      if (word_.compare_exchange_strong(seen, seen - 1, full)) return;
    }
  }

  bool is_idle() const { return word_.load(relaxed) == 0; }
  std::array<NamedWord, 1> words() const { return {{{"count", word_.load(relaxed)}}}; }

 private:
  typename P::template Atomic<std::uint32_t> word_{0};
};

}  // namespace faultline
