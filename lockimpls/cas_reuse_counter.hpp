// cas_reuse_counter.hpp: a counter that is only ever raised, by a compare-exchange loop which goes
// on with the value that a failed round has seen.
//
// Source
//   The kernel's try_cmpxchg() loops (atomic_fetch_add_unless() and its kin), and the "cas add" of
//   T. Downs, concurrency-hierarchy-bench. Written anew.
//
// Word
//   count, 32 bits: how often it was raised, twice for each pair
//
// Transitions
//   operation   needs             becomes     order
//   acquire     -                 count + 1   full
//   release     -                 count + 1   full
//
// Invariants
//   No value comes twice, so a compare-exchange fails whenever another one has succeeded. It is
//   even when nobody is between acquire and release.
//
// Memory ordering
//   Nobody is kept out, so nothing has to be ordered; full, as the kernel's unsuffixed operations.
//
// Known limits
//   As cas_counter.hpp, but one load fewer in each further round. Not try_update(), which a
//   platform may do in one step: how often the loop goes round is the point.
#pragma once

#include <array>
#include <cstdint>

#include "lockimpls/yardstick.hpp"
#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class CasReuseCounter {
 public:
  using Node = Nothing;

  static constexpr const char* name = "cas_reuse";
  static constexpr const char* summary =
      "a counter that only rises, by a CAS loop that reuses what it has seen";
  static constexpr bool excludes = false;

  void acquire(Node&) { raise(); }
  void release(Node&) { raise(); }

  bool is_idle() const { return word_.load(relaxed) % 2 == 0; }
  std::array<NamedWord, 1> words() const { return {{{"count", word_.load(relaxed)}}}; }

 private:
  void raise() {
    std::uint32_t seen = word_.load(relaxed);
    // unforced: it promises nobody anything; the order of the kernel's cmpxchg()
    while (!word_.compare_exchange_strong(seen, seen + 1, full)) {
    }
  }

  typename P::template Atomic<std::uint32_t> word_{0};
};

}  // namespace faultline
