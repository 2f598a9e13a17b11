// native_rcu.hpp: RCU of the native platform, by liburcu (the `memb` flavour: a read-side section
// is two stores to the thread's own word and compiler barriers).
#pragma once

#include "platform/native_atomic.hpp"

// Inlined, a read-side section costs a nanosecond less. Not under ThreadSanitizer, which does not
// understand liburcu's own accesses when it sees them.
#ifndef FL_TSAN
#define _LGPL_SOURCE
#define URCU_INLINE_SMALL_FUNCTIONS
#endif
#include <urcu/urcu-memb.h>

#include <cstddef>

#ifdef FL_TSAN
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace faultline {

// liburcu is not built with ThreadSanitizer, which therefore cannot see that a grace period orders
// all earlier read-side sections before the frees, nor what its queues order. These tell it.
inline char native_rcu_order = 0;
inline void native_rcu_before() {
#ifdef FL_TSAN
  __tsan_release(&native_rcu_order);
#endif
}
inline void native_rcu_after() {
#ifdef FL_TSAN
  __tsan_acquire(&native_rcu_order);
#endif
}

inline void native_rcu_read_lock() {
  urcu_memb_read_lock();
}
inline void native_rcu_read_unlock() {
  native_rcu_before();
  urcu_memb_read_unlock();
}

void native_rcu_register();
void native_rcu_unregister();
// Waits until every free deferred so far, by any task, has been carried out.
void native_rcu_barrier();

// A batch of objects whose memory goes back to its cache after a grace period. One callback a batch
// instead of one an object: all tasks share the queue of callbacks, which the kernel's do not.
struct NativeRcuBatch {
  static constexpr std::size_t capacity = 64;
  rcu_head head;
  void (*give_back)(void* cache, void** objects, std::size_t count) = nullptr;
  void* cache = nullptr;
  std::size_t count = 0;
  void* objects[capacity];
};

// Takes the batch over.
void native_rcu_defer(NativeRcuBatch* batch);

}  // namespace faultline
