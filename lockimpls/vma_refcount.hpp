// vma_refcount.hpp: the VMA as a reference count with an exclude-readers bit.
//
// Source
//   Linux 6.15 to 7.x: vm_refcnt (include/linux/mmap_lock.h, mm/mmap_lock.c), series v6 to v10,
//   December 2024 to February 2025; the writer that can be killed: vma_start_write_killable() of
//   7.0. Facts only, written anew. Constants are those of 7.0.
//
// Word
//   vm_refcnt, 32 bits; X = 1 << 30 is the exclude-readers bit, X - 1 the limit.
//   0          detached: not in the tree. Readers cannot raise it.
//   1          attached; nobody reads (write-locked or not is told by the stamps, not by the word)
//   2 .. X-1   attached, value - 1 readers
//   X          a detacher waited for a reader that looked in, and is about to make it 0
//   X+1        attached, readers excluded; or a detacher waits for one reader
//   > X+1      readers excluded, some still in
//   vma_writer_wait (in the mm): the one task that waits for readers to leave
//
// Transitions (nothing else writes the word)
//   operation        needs             word becomes   order
//   try_read         1 <= word < X-1   word + 1       acquire
//   end_read         word > 0          word - 1       release
//   exclude_readers  word != 0         word + X       relaxed, then an acquire load sees X+1
//   exclude, killed  word > X          word - X       release
//   admit_readers    word > X          word - X       release
//   attach           word == 0         1              release (plain store)
//   detach           word > 0          word - 1       release
//   detach, slow     word != 0         word + X       relaxed, then an acquire load sees X
//   detach, last     word == X         0              relaxed
//
// Invariants
//   At most one task adds X at a time (mmap_lock is held for write), so word < 2X always and the
//   sign bit, which the kernel's refcount_t takes for saturation, is never reached. A refused
//   reader writes nothing. A writer that gives up takes its X back before it returns: an early
//   version of that work left it in the word, which kept readers out for good.
//
// Memory ordering
//   Promise: what the writer did before admit_readers() or attach() is visible to a reader after
//   try_read(); what a reader did is visible to the writer after exclude_readers() or detach().
//   try_read's acquire reads the release of admit_readers or attach, or a later read-modify-write
//   that continues its release sequence. end_read's release is continued by the other readers'
//   read-modify-writes, so the writer's acquire load of X+1 synchronizes with all of them. The
//   acquire in try_read is also what makes the re-validation of a reused VMA sound: the reader that
//   got in sees the identity that was written before attach(). No lost wake-up: see rcuwait.hpp;
//   the decrement that could be the last is followed by wake()'s full fence. A killed writer owes
//   nobody anything: it has seen no reader out and has changed nothing but the word.
//
// Known limits
//   The wake-up at X serves the detacher; a writer that waits for X+1 may see it as a spurious one.
//   The uncontended writer pays for the wait anyway: two shared lines and a full fence.
#pragma once

#include <cstdint>

#include "lockimpls/lock.hpp"
#include "lockimpls/rcuwait.hpp"
#include "platform/platform.hpp"

namespace faultline {

// `exclude_bit` is 30 in the kernel; tests use a small one to reach the limit.
template <Platform P, unsigned exclude_bit>
class BasicVmaRefcount {
 public:
  using VmaPart = Nothing;
  using MmPart = Rcuwait<P>;

  static constexpr const char* name = "refcount";
  static constexpr const char* summary = "reference count with a writer bit, Linux 6.15 and later";
  static constexpr bool per_vma = true;
  static constexpr FreePolicy free_policy = FreePolicy::type_stable;
  static constexpr std::size_t embedded_offset = 128;
  static constexpr bool embedded_in_kernel = true;
  static constexpr std::uint32_t exclude_readers_flag = 1u << exclude_bit;
  static constexpr std::uint32_t limit = exclude_readers_flag - 1;

  TryRead try_read() {
    std::uint32_t seen = 0;
    const auto raise = [](std::uint32_t count, std::uint32_t& wanted) {
      wanted = count + 1;
      return count != 0 && count < limit;
    };
    if (refcnt_.try_update(seen, raise, acquire)) return TryRead::ok;
    return seen == 0 ? TryRead::gone : TryRead::busy;
  }

  void end_read(MmPart& mm) {
    const std::uint32_t before = refcnt_.fetch_sub(1, release);
    FL_ASSERT(before != 0);
    const std::uint32_t now = before - 1;
    if ((now & exclude_readers_flag) != 0 && now <= exclude_readers_flag + 1) mm.wake();
  }

  bool exclude_readers(MmPart& mm) {
    if (!close()) return false;
    mm.wait(wait_site, refcnt_, only_writer);
    return true;
  }

  Excluded exclude_readers_killable(MmPart& mm) {
    if (!close()) return Excluded::detached;
    if (mm.wait_killable(wait_site, refcnt_, only_writer)) return Excluded::yes;
    admit_readers();  // a flag left behind would keep readers out for good
    return Excluded::interrupted;
  }

  void admit_readers() {
    const std::uint32_t before = refcnt_.fetch_sub(exclude_readers_flag, release);
    FL_ASSERT(before > exclude_readers_flag);
  }

  void attach(VmaPart&) {
    FL_ASSERT(refcnt_.load(relaxed) == 0);
    refcnt_.store(1, release);
  }

  void detach(VmaPart&, MmPart& mm) {
    // unforced(relaxed): what a reader has to see, admit_readers() has released, and no store comes
    // between the two; the kernel's refcount_dec_and_test()
    const std::uint32_t before = refcnt_.fetch_sub(1, release);
    FL_ASSERT(before != 0 && before < exclude_readers_flag);
    if (before == 1) {
      synchronize_with_readers();
      return;
    }
    // A reader looked in before it could see the stamp. If it has left meanwhile, the word is 0.
    if (!close()) return;
    mm.wait(wait_site, refcnt_, nobody);
    const std::uint32_t last = refcnt_.fetch_sub(exclude_readers_flag, relaxed);
    FL_ASSERT(last == exclude_readers_flag);
  }

  bool is_attached(const VmaPart&) const { return refcnt_.load(relaxed) != 0; }

  std::array<NamedWord, 1> words() const { return {{{"vm_refcnt", refcnt_.load(relaxed)}}}; }

 private:
  static constexpr const char* wait_site = "refcount: readers to leave";

  // Keeps new readers out, by adding X; false if the word is 0.
  bool close() {
    std::uint32_t before = 0;
    const auto add_flag = [](std::uint32_t count, std::uint32_t& wanted) {
      wanted = count + exclude_readers_flag;
      return count != 0;
    };
    if (!refcnt_.try_update(before, add_flag, relaxed)) {
      synchronize_with_readers();
      return false;
    }
    FL_ASSERT(before < exclude_readers_flag);
    return true;
  }

  static bool only_writer(std::uint32_t count) { return count == exclude_readers_flag + 1; }
  static bool nobody(std::uint32_t count) { return count == exclude_readers_flag; }

  // The word is 0: what its readers did happened before what the writer does to the VMA now.
  void synchronize_with_readers() { static_cast<void>(refcnt_.load(acquire)); }

  typename P::template Atomic<std::uint32_t> refcnt_{0};
};

template <Platform P>
using VmaRefcount = BasicVmaRefcount<P, 30>;

}  // namespace faultline
