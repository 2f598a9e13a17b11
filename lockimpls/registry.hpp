// registry.hpp: the one list of lock words. A new one is its header plus one line here; the runner,
// the tests and the report read this list.
#pragma once

#include "lockimpls/lock.hpp"
#include "lockimpls/mmap_lock_only.hpp"
#include "lockimpls/vma_atomic.hpp"
#include "lockimpls/vma_refcount.hpp"
#include "lockimpls/vma_rwsem.hpp"

namespace faultline {

template <template <Platform> class... Locks>
struct LockList {
  static constexpr std::size_t size = sizeof...(Locks);
  template <template <class...> class Into, Platform P>
  using on = Into<Locks<P>...>;
};

using VmaLocks = LockList<MmapLockOnly,  //
                          VmaRwsem,      //
                          VmaAtomic,     //
                          VmaRefcount>;

}  // namespace faultline
