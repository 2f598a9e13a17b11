// spin_lock.hpp: test-and-test-and-set spinlock in one 32-bit word.
//
// Source
//   Rudolph and Segall, ISCA 1984. Stands in for the kernel's raw_spinlock_t around a handful of
//   instructions: a semaphore's wait list, a page table, a wait queue. Not one of the designs.
//
// Word
//   0 free, 1 held
//
// Transitions
//   operation   needs      word becomes   order
//   lock        word == 0  1              acquire
//   unlock      held       0              release
//
// Invariants
//   Between lock and unlock of one task no other task's lock returns.
//
// Memory ordering
//   Promise: what a holder did before unlock is visible to the next one after lock. The release
//   store pairs with the acquire of the update that reads it.
//
// Known limits
//   Unfair, where the kernel's queued spinlock is first come, first served. In user space the
//   holder can be preempted; await() then yields.
#pragma once

#include <cstdint>

#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class SpinLock {
 public:
  void lock() {
    P::await_update(
        "spin_lock: held", word_,
        [](std::uint32_t word, std::uint32_t& wanted) {
          wanted = 1;
          return word == 0;
        },
        acquire);
  }
  void unlock() { word_.store(0, release); }

 private:
  typename P::template Atomic<std::uint32_t> word_{0};
};

// Holds a SpinLock for the length of a scope.
template <Platform P>
class SpinGuard {
 public:
  explicit SpinGuard(SpinLock<P>& lock) : lock_(lock) { lock_.lock(); }
  ~SpinGuard() { lock_.unlock(); }
  SpinGuard(const SpinGuard&) = delete;
  SpinGuard& operator=(const SpinGuard&) = delete;

 private:
  SpinLock<P>& lock_;
};

}  // namespace faultline
