// rcuwait.hpp: one sleeper, many wakers, in one pointer.
//
// Source
//   The kernel's rcuwait (include/linux/rcuwait.h, kernel/exit.c); facts only, written anew.
//
// Word
//   task   the one task that waits, or null
//
// Transitions
//   operation    needs            word becomes   order
//   wait, begin  no other waiter  self           release
//   wait, end    self             null           relaxed
//   wake         -                unchanged      full fence, then a relaxed load
//   (wait_killable as wait: it clears the word when it gives up, too)
//
// Invariants
//   At most one task waits at a time; the caller guarantees it (a VMA's writer holds mmap_lock).
//
// Memory ordering
//   Promise: no lost wake-up. The sleeper stores `task`, announces its sleep (a full fence in
//   prepare_to_park), then loads the condition; the waker changes the condition, executes a full
//   fence, then loads `task`. Two full fences between store and load on both sides: one of them
//   sees the other (store buffering is excluded). The condition is loaded with acquire, so what
//   happened before the store that made it true is visible after wait().
//
// Known limits
//   The kernel holds RCU in wake() so that the task cannot be freed; here tasks are type-stable and
//   a late wake-up is harmless.
#pragma once

#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class Rcuwait {
 public:
  // Sleeps until ready(value of word).
  template <class Word, class Ready>
  void wait(const char* site, const Word& word, Ready ready) {
    sleep(site, word, ready, [] { return false; });
  }

  // As wait(), but gives up when a fatal signal comes first: returns whether the condition holds.
  template <class Word, class Ready>
  bool wait_killable(const char* site, const Word& word, Ready ready) {
    return sleep(site, word, ready, [] { return P::fatal_signal_pending(); });
  }

  void wake() {
    P::fence(full);
    typename P::Task* task = task_.load(relaxed);
    if (task != nullptr) P::unpark(*task);
  }

 private:
  template <class Word, class Ready, class GiveUp>
  bool sleep(const char* site, const Word& word, Ready ready, GiveUp give_up) {
    // unforced(relaxed): the full fence of prepare_to_park() follows; the kernel's
    // rcu_assign_pointer()
    task_.store(&P::self(), release);
    bool holds = false;
    for (;;) {
      P::prepare_to_park(site);
      holds = ready(word.load(acquire));
      if (holds || give_up()) break;
      P::park();
    }
    P::finish_park();
    task_.store(nullptr, relaxed);  // unforced: to wake one that waits no more does no harm
    return holds;
  }

  typename P::template Atomic<typename P::Task*> task_{nullptr};
};

}  // namespace faultline
