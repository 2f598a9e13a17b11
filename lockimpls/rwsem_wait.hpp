// rwsem_wait.hpp: who waits for an rw_semaphore, and who is to be woken.
//
// Source
//   struct rwsem_waiter and wake_q of kernel/locking/rwsem.c and kernel/sched/core.c; facts only.
//
// Word
//   first, last: the wait list, first come, first served
//   waiter.task: the sleeper; null once the lock has been granted to it
//
// Transitions
//   operation       needs      becomes                                             order
//   push_back       wait_lock  the waiter is last                                  wait_lock's
//   take_readers    wait_lock  up to n readers leave the list, writers stay        wait_lock's
//   remove          wait_lock  one waiter leaves the list                          wait_lock's
//   grant           wait_lock  waiter.task = null                                  release
//
// Invariants
//   A waiter lives on its task's stack until it is granted or has removed itself.
//
// Memory ordering
//   Everything but waiter.task is guarded by wait_lock. handoff_set is also read outside of it by
//   its own task, where a stale value only costs a sleep.
//
// Known limits
//   The kernel chains woken tasks through the task; here they are an array of the wake-up limit.
#pragma once

#include <array>
#include <cstdint>

#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
struct RwSemWaiter {
  using Task = typename P::Task;

  RwSemWaiter(Task& sleeper, bool writer, std::uint64_t timeout)
      : task(&sleeper), is_writer(writer), timeout_ns(timeout) {}

  typename P::template Atomic<Task*> task;
  typename P::template Plain<RwSemWaiter*> prev{nullptr};
  typename P::template Plain<RwSemWaiter*> next{nullptr};
  const bool is_writer;
  const std::uint64_t timeout_ns;  // from then on it may demand a hand-off
  typename P::template Atomic<bool> handoff_set{false};
};

// Guarded by the semaphore's wait_lock.
template <Platform P>
class RwSemWaitList {
 public:
  using Waiter = RwSemWaiter<P>;

  bool empty() const { return first_.get() == nullptr; }
  Waiter* front() const { return first_.get(); }
  bool only(const Waiter& waiter) const {
    return first_.get() == &waiter && waiter.next.get() == nullptr;
  }

  void push_back(Waiter& waiter) {
    waiter.prev.set(last_.get());
    waiter.next.set(nullptr);
    link_after(waiter.prev.get(), &waiter);
    last_.set(&waiter);
  }

  void remove(Waiter& waiter) {
    Waiter* before = waiter.prev.get();
    Waiter* after = waiter.next.get();
    link_after(before, after);
    if (after != nullptr) {
      after->prev.set(before);
    } else {
      last_.set(before);
    }
  }

  // Takes out up to `most` readers; returns them chained by `next`, in the order of the queue.
  Waiter* take_readers(std::uint32_t most) {
    Waiter* taken = nullptr;
    Waiter* tail = nullptr;
    std::uint32_t n = 0;
    for (Waiter* waiter = front(); waiter != nullptr && n < most;) {
      Waiter* following = waiter->next.get();
      if (!waiter->is_writer) {
        remove(*waiter);
        waiter->next.set(nullptr);
        if (tail != nullptr) {
          tail->next.set(waiter);
        } else {
          taken = waiter;
        }
        tail = waiter;
        ++n;
      }
      waiter = following;
    }
    return taken;
  }

 private:
  void link_after(Waiter* before, Waiter* waiter) {
    if (before != nullptr) {
      before->next.set(waiter);
    } else {
      first_.set(waiter);
    }
  }

  typename P::template Plain<Waiter*> first_{nullptr};
  typename P::template Plain<Waiter*> last_{nullptr};
};

// Tasks to wake once wait_lock has been dropped.
template <Platform P, std::uint32_t capacity>
class RwSemWakeQueue {
 public:
  bool empty() const { return count_ == 0; }
  void add(typename P::Task& task) { tasks_[count_++] = &task; }
  void wake_all() {
    for (std::uint32_t i = 0; i < count_; ++i) P::unpark(*tasks_[i]);
    count_ = 0;
  }

 private:
  std::uint32_t count_ = 0;
  std::array<typename P::Task*, capacity> tasks_;  // only the first count_ are set
};

}  // namespace faultline
