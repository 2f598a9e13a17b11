// wait_queue.hpp: a list of sleeping tasks under a spinlock.
//
// Source
//   The kernel's wait_queue_head (include/linux/wait.h, kernel/sched/wait.c); facts only.
//
// Word
//   lock    a spinlock
//   first   the list of sleepers, guarded by lock
//
// Transitions
//   operation   needs       list becomes                      order
//   wait        lock held   self prepended, unless queued     the lock's
//   wait, end   lock held   self taken out                    the lock's
//   wake        lock held   unchanged; every sleeper is woken the lock's
//
// Invariants
//   An entry lives on its sleeper's stack and is in the list only while that task is in wait().
//
// Memory ordering
//   Promise: no lost wake-up. A sleeper queues itself and announces its sleep (a full fence) before
//   it tests the condition; a waker changes the condition before it takes the lock. If the waker's
//   section comes first, the sleeper's lock acquires it and the test sees the change; if second,
//   the waker finds the entry.
//
// Known limits
//   Wakes everyone; there is one sleeper at a time where it is used here.
#pragma once

#include "lockimpls/spin_lock.hpp"
#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class WaitQueue {
 public:
  // Sleeps until ready() returns true. ready() may change things: it is called until it succeeds.
  template <class Ready>
  void wait(const char* site, Ready ready) {
    Entry entry{P::self()};
    for (;;) {
      {
        SpinGuard<P> guard(lock_);
        if (!entry.queued) push(entry);
        P::prepare_to_park(site);
      }
      if (ready()) break;
      P::park();
    }
    P::finish_park();
    SpinGuard<P> guard(lock_);
    remove(entry);
  }

  void wake() {
    SpinGuard<P> guard(lock_);
    for (Entry* entry = first_.get(); entry != nullptr; entry = entry->next.get()) {
      P::unpark(entry->task);
    }
  }

 private:
  struct Entry {
    typename P::Task& task;
    bool queued = false;
    typename P::template Plain<Entry*> next{nullptr};
  };

  void push(Entry& entry) {
    entry.next.set(first_.get());
    entry.queued = true;
    first_.set(&entry);
  }

  void remove(Entry& entry) {
    auto* link = &first_;
    while (link->get() != &entry) link = &link->get()->next;
    link->set(entry.next.get());
  }

  SpinLock<P> lock_;
  typename P::template Plain<Entry*> first_{nullptr};
};

}  // namespace faultline
