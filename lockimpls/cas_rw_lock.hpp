// cas_rw_lock.hpp: a reader-writer spinlock in one counter; readers come and go by a CAS loop.
//
// Source
//   The bias counter of Linux's old rwlock_t on x86 (arch/x86/include/asm/rwlock.h up to 3.1),
//   whose readers took 1 away with a locked decrement; here with the compare-exchange loop of
//   published contention curves. Written anew.
//
// Word
//   32 bits, counted as signed. bias = 0x20000000: free. bias - n: n readers are in. 0: the writer.
//
// Transitions
//   operation       needs          word becomes   order
//   acquire         word > 0       word - 1       acquire
//   release         word < bias    word + 1       release
//   acquire_write   word == bias   0              acquire
//   release_write   word == 0      bias           release
//
// Invariants
//   0 <= word <= bias. A reader that finds a writer changes nothing, so the writer alone moves the
//   word away from 0.
//
// Memory ordering
//   Promise: what the writer did before release_write is visible to readers after acquire; what
//   readers did is visible to the writer after acquire_write. A reader's release is continued by
//   the read-modify-writes of the others, so the writer's acquire of bias reads from all of them.
//
// Known limits
//   The yardstick is its readers, who write one line and keep out nobody who reads. The writer
//   waits until it finds nobody in, however long that takes.
#pragma once

#include <array>
#include <cstdint>

#include "lockimpls/yardstick.hpp"
#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class CasRwLock {
 public:
  using Node = Nothing;

  static constexpr const char* name = "cas_rw";
  static constexpr const char* summary = "readers of a reader-writer lock that come by a CAS loop";
  static constexpr bool excludes = false;  // readers, each other
  static constexpr std::uint32_t bias = 0x2000'0000;

  void acquire(Node&) {
    for (;;) {
      std::uint32_t seen = word_.load(relaxed);
      if (!readers_may_enter(seen)) {
        seen = P::await("cas_rw: the writer to leave", word_, readers_may_enter, relaxed);
      }
      if (word_.compare_exchange_strong(seen, seen - 1, faultline::acquire)) return;
    }
  }
  void release(Node&) { static_cast<void>(word_.fetch_add(1, faultline::release)); }

  void acquire_write() {
    P::await_update(
        "cas_rw: everybody to leave", word_,
        [](std::uint32_t word, std::uint32_t& wanted) {
          wanted = 0;
          return word == bias;
        },
        faultline::acquire);
  }
  void release_write() { word_.store(bias, faultline::release); }

  bool is_idle() const { return word_.load(relaxed) == bias; }
  std::array<NamedWord, 1> words() const { return {{{"count", word_.load(relaxed)}}}; }

 private:
  static constexpr bool readers_may_enter(std::uint32_t word) {
    return static_cast<std::int32_t>(word) > 0;
  }

  typename P::template Atomic<std::uint32_t> word_{bias};
};

}  // namespace faultline
