// registry.hpp: the one list of lock words, and that of yardsticks, which guard no VMA. A new one
// is its header plus one line here; the runner, the tests and the report read these lists.
#pragma once

#include "lockimpls/cas_counter.hpp"
#include "lockimpls/cas_reuse_counter.hpp"
#include "lockimpls/cas_rw_lock.hpp"
#include "lockimpls/faa_counter.hpp"
#include "lockimpls/lock.hpp"
#include "lockimpls/mcs_lock.hpp"
#include "lockimpls/mmap_lock_only.hpp"
#include "lockimpls/ticket_lock.hpp"
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

// Locks that meet YardstickLock (lockimpls/yardstick.hpp): for the workload `pair`.
using YardstickLocks = LockList<FaaCounter,       //
                                CasCounter,       //
                                CasReuseCounter,  //
                                TicketLock,       //
                                CasRwLock,        //
                                McsLock>;

}  // namespace faultline
