// lock.hpp: the contract of a VMA lock word: how the readers and the one writer of a VMA exclude
// each other. What the address space adds (the mm_lock_seq stamps, re-validation, the fall-back to
// mmap_lock) is not known here: see mm/.
//
// Rules that every caller keeps, from the kernel's protocol:
//   W  Nobody calls exclude_readers, attach or detach without holding mmap_lock for write, so there
//      is at most one writer in an mm at any time.
//   R  A reader tries once and never waits: try_read() returns at once.
//
// A lock word keeps its state in up to three places, all given by the lock:
//   the lock object itself   embedded in the VMA, or a separate object
//   L::VmaPart               a field of the VMA beside its other fields (a flag `detached`), or
//   empty L::MmPart                a field of the mm, one for all its VMAs (where writers sleep),
//   or empty
//
//   try_read()          takes a read lock. `busy`: a writer is in or wants in, or the count is at
//                       its limit. `gone`: the VMA is detached (only words that can tell). On ok,
//                       everything a writer did before admit_readers(), and before attach(), is
//                       visible.
//   end_read(mm)        gives it back; what the reader did is visible to the next writer. May wake
//                       the writer of `mm`, which must be alive; the VMA may go as soon as this
//                       reader's share is returned.
//   exclude_readers(mm) waits until the last reader has left and lets no new one in. Returns false
//                       if the VMA is detached, so that no reader can be there: then
//                       admit_readers() must not be called.
//   exclude_readers_killable(mm)
//                       optional: as exclude_readers(), but gives up when a fatal signal comes
//                       while it waits. Then no reader is kept out and the word is as before:
//                       `interrupted`.
//   admit_readers()     lets readers in again
//   attach(vma)         the VMA is about to enter the tree. It is write-locked and detached.
//   detach(vma, mm)     the VMA has left the tree; waits for readers that are just looking in
//   is_attached(vma)    asked by the writer, or by a reader that holds a read lock
//   words()             the words by name, for the report of a hung run
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "platform/platform.hpp"

namespace faultline {

enum class TryRead : std::uint8_t { ok, busy, gone };

// What came of excluding the readers.
enum class Excluded : std::uint8_t {
  yes,
  detached,     // no reader can be there: nothing was done
  interrupted,  // a fatal signal came first: readers are let in as before
};

// What happens to a VMA that was unmapped.
enum class FreePolicy : std::uint8_t {
  rcu,          // its memory is reused after a grace period (call_rcu)
  type_stable,  // it may be another VMA at once, in another mm even (SLAB_TYPESAFE_BY_RCU)
};

struct NamedWord {
  const char* name;
  std::uint64_t value;
};

struct Nothing {};

template <class L, class P>
concept VmaLock = Platform<P> && requires(L& lock, const L& seen, typename L::VmaPart& vma,
                                          typename L::MmPart& mm) {
  { L::name } -> std::convertible_to<const char*>;
  { L::summary } -> std::convertible_to<const char*>;
  { L::per_vma } -> std::convertible_to<bool>;  // false: there is no lock in the VMA
  { L::free_policy } -> std::convertible_to<FreePolicy>;
  { L::embedded_offset } -> std::convertible_to<std::size_t>;  // in the VMA, when embedded
  { L::embedded_in_kernel } -> std::convertible_to<bool>;      // where its source has it
  { lock.try_read() } -> std::same_as<TryRead>;
  { lock.end_read(mm) } -> std::same_as<void>;
  { lock.exclude_readers(mm) } -> std::same_as<bool>;
  { lock.admit_readers() } -> std::same_as<void>;
  { lock.attach(vma) } -> std::same_as<void>;
  { lock.detach(vma, mm) } -> std::same_as<void>;
  { seen.is_attached(vma) } -> std::same_as<bool>;
  { seen.words()[0] } -> std::convertible_to<NamedWord>;
};

template <class L>
concept KillableVmaLock = requires(L& lock, typename L::MmPart& mm) {
  { lock.exclude_readers_killable(mm) } -> std::same_as<Excluded>;
};

// The VMA's own flag, for lock words that cannot express it (kernels 6.4 to 6.14). Written under
// the write lock, read under either lock.
template <Platform P>
struct DetachedFlag {
  typename P::template Plain<bool> detached{true};
};

}  // namespace faultline
