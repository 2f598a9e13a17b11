// faa_counter.hpp: a counter by fetch-add: the least that threads on one line can cost.
//
// Source
//   No lock: the fetch-and-add of published contention curves, and what a reference count taken
//   without a condition costs (the kernel's atomic_inc_return() and atomic_dec_return()).
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
//   Promise: none to other tasks. Full, because that is what an unsuffixed kernel operation is, and
//   what x86 has anyway.
//
// Known limits
//   Two operations a pair; a curve of fetch-adds alone counts twice as many.
#pragma once

#include <array>
#include <cstdint>

#include "lockimpls/yardstick.hpp"
#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class FaaCounter {
 public:
  using Node = Nothing;

  static constexpr const char* name = "faa";
  static constexpr const char* summary = "a counter by fetch-add, which keeps nobody out";
  static constexpr bool excludes = false;

  // unforced: it promises nobody anything; the order of the kernel's atomic_inc_return()
  void acquire(Node&) { static_cast<void>(word_.fetch_add(1, full)); }
  // unforced: the same
  void release(Node&) { static_cast<void>(word_.fetch_sub(1, full)); }

  bool is_idle() const { return word_.load(relaxed) == 0; }
  std::array<NamedWord, 1> words() const { return {{{"count", word_.load(relaxed)}}}; }

 private:
  typename P::template Atomic<std::uint32_t> word_{0};
};

}  // namespace faultline
