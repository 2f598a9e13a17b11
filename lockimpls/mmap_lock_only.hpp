// mmap_lock_only.hpp: no lock in the VMA at all, the control.
//
// Source
//   Linux up to 6.3, and later kernels built without CONFIG_PER_VMA_LOCK: every fault takes
//   mmap_lock for read. mmap_lock itself is the rw_semaphore of rwsem.hpp.
//
// Word
//   none; detached (in the VMA) is kept for the checks only
//
// Transitions
//   operation        is
//   try_read         always busy: the fault goes to mmap_lock
//   exclude_readers  nothing to exclude: mmap_lock, held for write, already does
//
// Invariants
//   mmap_lock's.
//
// Memory ordering
//   mmap_lock's.
//
// Known limits
//   Kernels before 6.4 had no VMA stamps either; mm/ stamps all the same, one store a VMA.
#pragma once

#include "lockimpls/lock.hpp"
#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class MmapLockOnly {
 public:
  using VmaPart = DetachedFlag<P>;
  using MmPart = Nothing;

  static constexpr const char* name = "mmap_lock";
  static constexpr const char* summary = "no per-VMA lock, Linux up to 6.3: the control";
  static constexpr bool per_vma = false;
  static constexpr FreePolicy free_policy = FreePolicy::rcu;
  static constexpr std::size_t embedded_offset = 0;
  static constexpr bool embedded_in_kernel = false;

  TryRead try_read() { return TryRead::busy; }
  void end_read(MmPart&) {}
  bool exclude_readers(MmPart&) { return false; }
  void admit_readers() {}
  void attach(VmaPart& vma) {
    FL_ASSERT(vma.detached.get());
    vma.detached.set(false);
  }
  void detach(VmaPart& vma, MmPart&) {
    FL_ASSERT(!vma.detached.get());
    vma.detached.set(true);
  }
  bool is_attached(const VmaPart& vma) const { return !vma.detached.get(); }
  std::array<NamedWord, 0> words() const { return {}; }
};

}  // namespace faultline
