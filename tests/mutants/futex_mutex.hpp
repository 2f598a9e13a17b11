// futex_mutex.hpp: a mutex whose waiters sleep, and its two releases.
//
// Source
//   db7's futex mutex of Dat3M (issue 163), its variant mutex-4-rel2rx-futex: the wake-up counts
//   without release, and a waiter hangs on Arm. The futex is park() and unpark() here.
//
// Word
//   word     0 free, 1 held
//   wakes    how often a holder has let go: a sleeper that saw it before it saw the mutex held
//            sleeps only while it stands still
//   sleeper  the one task that may sleep
#pragma once

#include "tests/mutants/mutant.hpp"

namespace faultline::mutants {

template <class UnlockOrder, class WakeOrder>
class FutexMutex {
  using P = Checked;

 public:
  void lock() {
    while (word_.exchange(1, acquire) != 0) wait_while_held();
  }
  void unlock() {
    word_.store(0, UnlockOrder{});
    wakes_.add(1, WakeOrder{});
    P::fence(full);
    P::Task* task = sleeper_.load(relaxed);
    if (task != nullptr) P::unpark(*task);
  }

 private:
  void wait_while_held() {
    sleeper_.store(&P::self(), relaxed);
    const std::uint32_t seen = wakes_.load(acquire);
    if (word_.load(acquire) == 0) return;
    P::prepare_to_park("futex: the holder to wake us");
    if (wakes_.load(relaxed) == seen) P::park();
    P::finish_park();
  }

  P::Atomic<std::uint32_t> word_{0};
  P::Atomic<std::uint32_t> wakes_{0};
  P::Atomic<P::Task*> sleeper_{nullptr};
};

template <class Mutex>
struct TwoTasks {
  Mutex mutex;
  Exclusion inside;

  void thread(unsigned) {
    mutex.lock();
    inside.write();
    mutex.unlock();
  }
  static int group(unsigned, unsigned) { return 1; }
};

using Relaxed = Order<std::memory_order_relaxed>;
using Release = Order<std::memory_order_release>;

struct FutexUnlockRelaxed {
  static constexpr const char* name = "futex_unlock_relaxed";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::broken_exclusion;

  using Mutant = TwoTasks<FutexMutex<Relaxed, Release>>;
  using Fixed = TwoTasks<FutexMutex<Release, Release>>;
};

struct FutexWakeRelaxed {
  static constexpr const char* name = "futex_wake_relaxed";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::lost_wakeup;

  using Mutant = TwoTasks<FutexMutex<Release, Relaxed>>;
  using Fixed = TwoTasks<FutexMutex<Release, Release>>;
};

}  // namespace faultline::mutants
