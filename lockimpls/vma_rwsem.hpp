// vma_rwsem.hpp: one rw_semaphore for each VMA.
//
// Source
//   Linux 6.4 to 6.14: struct vma_lock (include/linux/mm.h); series of February 2023. Embedded in
//   the VMA: series v2 to v5, November and December 2024. Facts only, written anew.
//
// Word
//   lock       an rw_semaphore, 40 bytes: see rwsem.hpp
//   detached   (in the VMA) a flag
//
// Transitions
//   operation        is                    order
//   try_read         down_read_trylock     acquire
//   end_read         up_read               release
//   exclude_readers  down_write            acquire
//   admit_readers    up_write              release
//
// Invariants
//   The rw_semaphore's. Readers only try, so nobody but the writer is ever queued.
//
// Memory ordering
//   Promise: that of the rw_semaphore: a critical section sees all earlier conflicting ones.
//
// Known limits
//   up_read still touches the semaphore after the count has dropped, when it wakes the writer; RCU
//   keeps the memory alive, hence the read-side section in end_read. A separate lock object is 40
//   bytes and not aligned, so locks of unrelated VMAs share cache lines, as they did in the kernel.
#pragma once

#include "lockimpls/lock.hpp"
#include "lockimpls/rwsem.hpp"
#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class VmaRwsem {
 public:
  using VmaPart = DetachedFlag<P>;
  using MmPart = Nothing;

  static constexpr const char* name = "rwsem";
  static constexpr const char* summary = "one rw_semaphore for each VMA, Linux 6.4 to 6.14";
  static constexpr bool per_vma = true;
  static constexpr FreePolicy free_policy = FreePolicy::rcu;
  static constexpr std::size_t embedded_offset = 192;
  static constexpr bool embedded_in_kernel = false;

  TryRead try_read() { return lock_.down_read_trylock() ? TryRead::ok : TryRead::busy; }

  void end_read(MmPart&) {
    RcuReader<P> alive;
    lock_.up_read();
  }

  bool exclude_readers(MmPart&) {
    lock_.down_write();
    return true;
  }

  void admit_readers() { lock_.up_write(); }

  void attach(VmaPart& vma) {
    FL_ASSERT(vma.detached.get());
    vma.detached.set(false);
  }
  void detach(VmaPart& vma, MmPart&) {
    FL_ASSERT(!vma.detached.get());
    vma.detached.set(true);
  }
  bool is_attached(const VmaPart& vma) const { return !vma.detached.get(); }

  auto words() const { return lock_.words(); }

 private:
  RwSem<P> lock_;
};

}  // namespace faultline
