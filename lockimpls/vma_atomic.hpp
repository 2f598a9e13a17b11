// vma_atomic.hpp: the custom atomic_t word of November 2024.
//
// Source
//   "mm: replace rw_semaphore with atomic_t in vma_lock", series v1 of 11 November 2024, patch 3/4
//   (20241111205506.3404479-4-surenb@google.com). Never merged. Facts only, written anew.
//
// Word
//   bit  31      locked    the writer owns the word
//   bit  30      waiting   the writer sleeps until the readers have left
//   bits 0..29   readers   number of readers
//   vma_writer_wait (in the mm): one wait queue for the writers of the whole process
//   detached (in the VMA): a flag
//
// Transitions
//   operation               needs                         word becomes   order
//   try_read                no bit 30, 31; not the limit  word + 1       full
//   end_read                readers > 0                   word - 1       full
//   exclude_readers, free   readers == 0                  locked         full
//   exclude_readers, else   readers > 0                   | waiting      full
//   exclude_readers, woken  word == waiting               locked         full
//   admit_readers           locked                        0              release (plain store)
//
// Invariants
//   Readers change the word only when neither bit 31 nor (on entry) bit 30 is set, so nobody writes
//   it while it is locked and the plain store of admit_readers loses nothing. A refused reader
//   writes nothing.
//
// Memory ordering
//   Promise: what the writer did before admit_readers() is visible to a reader after try_read(),
//   and the other way round for end_read() and exclude_readers(). Every change but the last is the
//   kernel's unsuffixed compare-exchange, ordered against everything; the last is a release store.
//   The patch has smp_wmb() and a relaxed store there; a release store is what its reviewer asked
//   for and at least as strong. No lost wake-up: see wait_queue.hpp.
//
// Known limits
//   The reviewers': more barriers than needed, and one queue for all writers of an mm. The patch
//   counts up to 2^30 - 1 readers and undoes the wrap in end_read; here a reader at the limit is
//   refused before it writes.
#pragma once

#include <cstdint>

#include "lockimpls/lock.hpp"
#include "lockimpls/wait_queue.hpp"
#include "platform/platform.hpp"

namespace faultline {

// `reader_bits` is 30 in the patch; tests use a small one to reach the limit.
template <Platform P, unsigned reader_bits>
class BasicVmaAtomic {
 public:
  using VmaPart = DetachedFlag<P>;
  using MmPart = WaitQueue<P>;

  static constexpr const char* name = "atomic";
  static constexpr const char* summary = "atomic_t word of series v1, November 2024, never merged";
  static constexpr bool per_vma = true;
  static constexpr FreePolicy free_policy = FreePolicy::rcu;
  static constexpr std::size_t embedded_offset = 128;
  static constexpr bool embedded_in_kernel = true;
  static constexpr std::uint32_t locked = 1u << (reader_bits + 1);
  static constexpr std::uint32_t waiting = 1u << reader_bits;
  static constexpr std::uint32_t readers = waiting - 1;

  TryRead try_read() {
    std::uint32_t seen = 0;
    const auto raise = [](std::uint32_t count, std::uint32_t& wanted) {
      wanted = count + 1;
      return (count & (locked | waiting)) == 0 && count != readers;
    };
    // unforced(acq_rel, acquire): the patch's; the reviewers asked for acquire
    return count_.try_update(seen, raise, full) ? TryRead::ok : TryRead::busy;
  }

  void end_read(MmPart& mm) {
    std::uint32_t before = 0;
    const auto lower = [](std::uint32_t count, std::uint32_t& wanted) {
      wanted = count - 1;
      return (count & readers) != 0;
    };
    // unforced(acq_rel, release): the patch's; the wait queue's lock orders the wake-up
    const bool was_held = count_.try_update(before, lower, full);
    FL_ASSERT(was_held);
    if (before - 1 == waiting) mm.wake();
  }

  bool exclude_readers(MmPart& mm) {
    std::uint32_t before = 0;
    const auto close = [](std::uint32_t count, std::uint32_t& wanted) {
      if ((count & (locked | waiting)) != 0) return false;
      wanted = count | (count != 0 ? waiting : locked);
      return true;
    };
    // unforced(acq_rel, acquire): the patch's; acquire is what a writer needs
    const bool only_writer = count_.try_update(before, close, full);
    FL_ASSERT(only_writer);
    if (before != 0) {
      mm.wait("atomic: readers to leave", [this] {
        std::uint32_t none = waiting;
        // unforced(acq_rel, acquire): the patch's; acquire is what a writer needs
        return count_.compare_exchange_strong(none, locked, full);
      });
    }
    return true;
  }

  void admit_readers() {
    FL_ASSERT(count_.load(relaxed) == locked);
    count_.store(0, release);
  }

  void attach(VmaPart& vma) {
    FL_ASSERT(vma.detached.get());
    vma.detached.set(false);
  }
  void detach(VmaPart& vma, MmPart&) {
    FL_ASSERT(!vma.detached.get());
    vma.detached.set(true);
  }
  bool is_attached(const VmaPart& vma) const { return !vma.detached.get(); }

  std::array<NamedWord, 1> words() const { return {{{"count", count_.load(relaxed)}}}; }

 private:
  typename P::template Atomic<std::uint32_t> count_{0};
};

template <Platform P>
using VmaAtomic = BasicVmaAtomic<P, 30>;

}  // namespace faultline
