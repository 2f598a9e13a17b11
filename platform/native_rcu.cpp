// native_rcu.cpp: liburcu registration and deferred frees.
#include "platform/native_rcu.hpp"

#include <atomic>
#include <cstddef>

namespace faultline {

namespace {

// How many frees were deferred, and up to which of them a barrier has waited.
std::atomic<unsigned long> deferred{0};
std::atomic<unsigned long> waited_for{0};

// A worker that looks at its queue every 10 ms. The default one is woken by each first callback,
// and the wake-up would be charged to the thread that is being measured.
call_rcu_data* worker() {
  static call_rcu_data* const shared = urcu_memb_create_call_rcu_data(URCU_CALL_RCU_RT, -1);
  FL_ASSERT(shared != nullptr);
  return shared;
}

void after_grace_period(rcu_head* head) {
  static_assert(offsetof(NativeRcuBatch, head) == 0);
  auto* batch = reinterpret_cast<NativeRcuBatch*>(head);
  native_rcu_after();
  batch->give_back(batch->cache, batch->objects, batch->count);
  delete batch;
  native_rcu_before();
}

}  // namespace

void native_rcu_register() {
  urcu_memb_register_thread();
  urcu_memb_set_thread_call_rcu_data(worker());
}

void native_rcu_unregister() {
  urcu_memb_set_thread_call_rcu_data(nullptr);
  urcu_memb_unregister_thread();
}

void native_rcu_barrier() {
  const unsigned long until = deferred.load();
  if (waited_for.load() >= until) return;
  urcu_memb_barrier();
  native_rcu_after();
  waited_for.store(until);
}

void native_rcu_defer(NativeRcuBatch* batch) {
  native_rcu_before();
  deferred.fetch_add(1);
  urcu_memb_call_rcu(&batch->head, after_grace_period);
}

}  // namespace faultline

#ifdef FL_TSAN
// What liburcu itself allocates and locks is not ours to check.
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:liburcu-memb\n";
}
#endif
