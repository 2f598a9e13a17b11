// rwsem.hpp: the kernel's rw_semaphore: mmap_lock, and one for each VMA from 6.4 to 6.14.
//
// Source
//   kernel/locking/rwsem.c as of 2025/26 (after reader spinning was replaced by stealing in 5.11).
//   Facts only, written anew. Reader wake-up after Brandenburg and Anderson's phase-fair locks.
//
// Word
//   count, 64 bits
//     bit 0       writer     a writer holds it
//     bit 1       waiters    the wait list is not empty
//     bit 2       handoff    the first waiter gets it next; nobody may steal
//     bits 8..62  readers    number of readers, in steps of 256
//     bit 63      readfail   guard against overflow
//   owner, 64 bits: task pointer; bit 0 a reader owns it (then the task is only the last one that
//     came in), bit 1 nonspinnable. A reader's unlock leaves it stale.
//   osq       the queue of optimistic spinners
//   wait_lock, first, last: the wait list, guarded by wait_lock
//
// Transitions of count
//   operation            needs                           becomes                order
//   down_read            -                               + reader               acquire
//   down_read_trylock    no writer, waiters, handoff     + reader               acquire
//   down_write           count == 0                      writer                 acquire
//   spinner              no writer, readers, handoff     | writer               acquire
//   reader queues        bias was added                  - reader, + waiters    full
//   writer queues        first in the list               | waiters              relaxed
//   writer, woken        free; first, or no hand-off     writer, - handoff,     acquire
//                        promised                        - waiters if alone
//   writer, woken        held; its 4 ms are over         | handoff              acquire
//   up_read              -                               - reader               release
//   up_write             -                               - writer               release
//   downgrade_write      -                               - writer + reader      release
//   wake readers         under wait_lock                 + woken readers,       full
//                                                        - waiters, - handoff
//
// Invariants
//   writer excludes readers. Only under wait_lock: the list, handoff_set, and changes of waiters
//   and handoff. A reader is granted the lock before it is woken; a writer is woken and must win
//   it. Only the last reader to leave wakes anyone.
//
// Memory ordering
//   Promise: a critical section sees all earlier conflicting ones. Every acquisition is an acquire
//   and every release a release read-modify-write of count, or, for a reader that was queued, the
//   release store of its waiter's `task` by a waker that itself acquired. As nothing but
//   read-modify-writes touches count, each release heads a release sequence that a later
//   acquisition reads. No lost wake-up: prepare_to_park's full fence lies between announcing the
//   sleep and the test; a waker changes count or `task` first and then unparks.
//
// Known limits
//   on_cpu(owner) and need_resched() are the platform's stand-ins: see there. No real-time tasks,
//   no signals (killable), no lockdep. Preemption between setting count and owner is not disabled
//   on the host.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "lockimpls/lock.hpp"
#include "lockimpls/osq.hpp"
#include "lockimpls/rwsem_wait.hpp"
#include "lockimpls/spin_lock.hpp"
#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class RwSem {
 public:
  using Task = typename P::Task;

  static constexpr std::uint64_t handoff_after_ns = 4'000'000;
  static constexpr std::uint32_t readers_woken_max = 256;

  void down_read() {
    const std::uint64_t count = count_.fetch_add(reader, acquire) + reader;
    if ((count & readfail) != 0) set_nonspinnable();
    if ((count & read_failed_mask) == 0) {
      set_reader_owned(P::self());
    } else {
      down_read_slow(count);
    }
  }

  bool down_read_trylock() {
    std::uint64_t seen = 0;
    const auto add_reader = [](std::uint64_t count, std::uint64_t& wanted) {
      wanted = count + reader;
      return (count & read_failed_mask) == 0;
    };
    if (!count_.try_update(seen, add_reader, acquire)) return false;
    set_reader_owned(P::self());
    return true;
  }

  void up_read() {
    const std::uint64_t before = count_.fetch_sub(reader, release);
    FL_ASSERT((before & readers_mask) != 0);
    const std::uint64_t now = before - reader;
    if ((now & (lock_mask | waiters)) == waiters) [[unlikely]] {
      clear_nonspinnable();
      wake();
    }
  }

  void down_write() {
    if (!down_write_trylock()) down_write_slow();
  }

  bool down_write_trylock() {
    std::uint64_t none = 0;
    if (!count_.compare_exchange_strong(none, writer, acquire)) return false;
    set_owner(P::self());
    return true;
  }

  void up_write() {
    // First, so that no spinner sees a writer that has let go.
    // unforced: a hint; a spinner that believes in it stops for need_resched()
    owner_.store(0, relaxed);
    const std::uint64_t before = count_.fetch_sub(writer, release);
    FL_ASSERT((before & writer) != 0);
    if ((before & waiters) != 0) wake();
  }

  // From writer to reader, without letting another writer in between.
  void downgrade_write() {
    const std::uint64_t before = count_.fetch_add(reader - writer, release);
    FL_ASSERT((before & writer) != 0);
    set_reader_owned(P::self());
    if ((before & waiters) == 0) return;
    WakeQueue woken;
    {
      SpinGuard<P> guard(wait_lock_);
      if (!list_.empty()) mark_wake(Wake::read_owned, woken);
    }
    woken.wake_all();
  }

  bool is_write_locked() const { return (count_.load(relaxed) & writer) != 0; }
  bool is_locked() const { return (count_.load(relaxed) & lock_mask) != 0; }
  bool has_waiters() const { return (count_.load(relaxed) & waiters) != 0; }

  std::array<NamedWord, 3> words() const {
    return {
        {{"count", count_.load(relaxed)}, {"owner", owner_.load(relaxed)}, {"osq", osq_.tail()}}};
  }

 private:
  using Waiter = RwSemWaiter<P>;
  using WakeQueue = RwSemWakeQueue<P, readers_woken_max>;

  static constexpr std::uint64_t writer = 1;
  static constexpr std::uint64_t waiters = 2;
  static constexpr std::uint64_t handoff = 4;
  static constexpr std::uint64_t reader = 256;
  static constexpr std::uint64_t readfail = std::uint64_t{1} << 63;
  static constexpr std::uint64_t readers_mask = ~(reader - 1) & ~readfail;
  static constexpr std::uint64_t lock_mask = writer | readers_mask;
  static constexpr std::uint64_t read_failed_mask = writer | waiters | handoff | readfail;

  static constexpr std::uint64_t reader_owned = 1;
  static constexpr std::uint64_t nonspinnable = 2;
  static constexpr std::uint64_t owner_flags = reader_owned | nonspinnable;
  static_assert(alignof(Task) > owner_flags);

  enum class Owner : std::uint8_t { none, writer, reader, nonspinnable };
  enum class Wake : std::uint8_t { any, readers, read_owned };

  // --- owner ---

  static std::uint64_t bits(const Task& task) { return reinterpret_cast<std::uintptr_t>(&task); }
  static Task* task_of(std::uint64_t owner) {
    return reinterpret_cast<Task*>(owner & ~owner_flags);
  }

  // unforced: a hint, for spinners
  void set_owner(Task& task) { owner_.store(bits(task), relaxed); }
  void set_reader_owned(Task& task) {
    const std::uint64_t kept = owner_.load(relaxed) & nonspinnable;
    // unforced: a hint, for spinners and for who steals
    owner_.store(bits(task) | reader_owned | kept, relaxed);
  }
  void set_nonspinnable() {
    std::uint64_t seen = 0;
    const auto set_bit = [](std::uint64_t owner, std::uint64_t& wanted) {
      wanted = owner | nonspinnable;
      return (owner & owner_flags) == reader_owned;
    };
    owner_.try_update(seen, set_bit, relaxed);
  }
  void clear_nonspinnable() {
    if ((owner_.load(relaxed) & nonspinnable) != 0) owner_.and_(~nonspinnable, relaxed);
  }
  static Owner owner_state(std::uint64_t owner) {
    if ((owner & nonspinnable) != 0) return Owner::nonspinnable;
    if ((owner & reader_owned) != 0) return Owner::reader;
    return owner != 0 ? Owner::writer : Owner::none;
  }

  // --- the reader's slow path; its bias is in `count` already ---

  void down_read_slow(std::uint64_t count) {
    const std::uint64_t readers_seen = count >> 8;
    // Do not join readers past a queued writer: a constant stream of them would starve it.
    const bool behind_readers =
        (owner_.load(relaxed) & reader_owned) != 0 && readers_seen > 1 && (count & writer) == 0;
    if (!behind_readers && (count & (writer | handoff)) == 0) {
      steal(readers_seen, count);
      return;
    }
    Waiter waiter(P::self(), /*is_writer=*/false, P::now() + handoff_after_ns);
    WakeQueue woken;
    {
      SpinGuard<P> guard(wait_lock_);
      std::uint64_t adjustment = std::uint64_t{0} - reader;
      if (list_.empty()) {
        // unforced(changed): saves the queueing; wake_if_free() would grant us the lock
        if ((count_.load(acquire) & writer) == 0) {  // the writer has gone: our bias is the lock
          set_reader_owned(P::self());
          return;
        }
        adjustment += waiters;
      }
      list_.push_back(waiter);
      // unforced(acq_rel, acquire, release): the kernel's unsuffixed add. It protects nothing: the
      // list has its lock, and who grants is ordered in mark_wake().
      const std::uint64_t now = count_.fetch_add(adjustment, full) + adjustment;
      wake_if_free(now, woken);
    }
    woken.wake_all();
    for (;;) {
      P::prepare_to_park("rwsem: to be granted for reading");
      if (waiter.task.load(acquire) == nullptr) break;
      P::park();
    }
    P::finish_park();
  }

  // Keeps the lock ahead of the queue; the first reader to do so lets the queued readers in too.
  void steal(std::uint64_t readers_seen, std::uint64_t count) {
    set_reader_owned(P::self());
    if (readers_seen != 1 || (count & waiters) == 0) return;
    WakeQueue woken;
    {
      SpinGuard<P> guard(wait_lock_);
      if (!list_.empty()) mark_wake(Wake::read_owned, woken);
    }
    woken.wake_all();
  }

  // --- the writer's slow path ---

  void down_write_slow() {
    if (optimistic_spin()) return;
    Waiter waiter(P::self(), /*is_writer=*/true, P::now() + handoff_after_ns);
    wait_lock_.lock();
    const bool first = list_.empty();
    list_.push_back(waiter);
    if (first) {
      count_.or_(waiters, relaxed);
    } else {
      WakeQueue woken;
      // unforced(changed): lets readers in sooner; those ahead have looked for themselves
      wake_if_free(count_.load(relaxed), woken);
      if (!woken.empty()) {
        wait_lock_.unlock();
        woken.wake_all();
        wait_lock_.lock();
      }
    }
    // unforced(dropped): the first park() returns at once: one more round
    P::prepare_to_park("rwsem: to hold it for writing");
    while (!try_write_lock(waiter)) {
      wait_lock_.unlock();
      if (waiter.handoff_set.load(relaxed) && owner_has_just_left()) {
        P::retry("rwsem: the count to follow the owner");
      } else {
        P::park();
        P::prepare_to_park("rwsem: to hold it for writing");
      }
      wait_lock_.lock();
    }
    P::finish_park();
    wait_lock_.unlock();
  }

  bool owner_has_just_left() {
    P::preempt_disable();
    const Owner state = spin_on_owner();
    P::preempt_enable();
    return state == Owner::none;
  }

  // Under wait_lock.
  bool try_write_lock(Waiter& waiter) {
    Waiter* first = list_.front();
    std::uint64_t count = count_.load(relaxed);
    std::uint64_t wanted = 0;
    do {
      const bool promised = (count & handoff) != 0;
      // unforced(changed): fairness: the first has waited longest
      if (promised && first->handoff_set.load(relaxed) && &waiter != first) return false;
      wanted = count;
      if ((count & lock_mask) != 0) {
        if (promised || P::now() <= waiter.timeout_ns) return false;
        wanted |= handoff;
      } else {
        wanted |= writer;
        wanted &= ~handoff;
        if (list_.only(waiter)) wanted &= ~waiters;
      }
    } while (!count_.compare_exchange_weak(count, wanted, acquire));
    if ((wanted & handoff) != 0) {
      first->handoff_set.store(true, relaxed);  // unforced: fairness: the first has waited longest
      return false;
    }
    list_.remove(waiter);
    set_owner(P::self());
    return true;
  }

  // --- waking ---

  void wake() {
    WakeQueue woken;
    {
      SpinGuard<P> guard(wait_lock_);
      if (!list_.empty()) mark_wake(Wake::any, woken);
    }
    woken.wake_all();
  }

  // Under wait_lock: what a task that queues does for those ahead of it.
  void wake_if_free(std::uint64_t count, WakeQueue& woken) {
    if ((count & writer) != 0) return;
    if ((count & readers_mask) != 0) {
      mark_wake(Wake::readers, woken);
    } else {
      clear_nonspinnable();
      mark_wake(Wake::any, woken);
    }
  }

  // Under wait_lock, with a list that is not empty: grants the lock to readers, or picks the writer
  // to wake.
  void mark_wake(Wake type, WakeQueue& woken) {
    Waiter* first = list_.front();
    if (first->is_writer) {
      if (type == Wake::any) woken.add(*first->task.load(relaxed));
      return;
    }
    if ((count_.load(relaxed) & readfail) != 0) return;
    std::uint64_t added = 0;
    if (type != Wake::read_owned) {
      // Take the lock for the first reader before its waiter is touched: a writer may steal it.
      // unforced(acq_rel, acquire): the kernel's unsuffixed add; acquire is for those it grants
      const std::uint64_t before = count_.fetch_add(reader, full);
      if ((before & writer) != 0) {
        std::uint64_t undo = std::uint64_t{0} - reader;
        if (P::now() > first->timeout_ns) {
          if ((before & handoff) == 0) undo += handoff;
          first->handoff_set.store(true, relaxed);  // unforced: fairness
        }
        // unforced: the kernel's unsuffixed add; takes back what let nobody in
        count_.add(undo, full);
        return;
      }
      added = reader;
      set_reader_owned(*first->task.load(relaxed));
    }
    grant_readers(added, woken);
  }

  // All queued readers, skipping over writers, up to the limit.
  void grant_readers(std::uint64_t added, WakeQueue& woken) {
    Waiter* granted = list_.take_readers(readers_woken_max);
    std::uint64_t n = 0;
    for (Waiter* waiter = granted; waiter != nullptr; waiter = waiter->next.get()) ++n;
    std::uint64_t adjustment = n * reader - added;
    if (list_.empty()) adjustment -= waiters;
    if (n != 0 && (count_.load(relaxed) & handoff) != 0) adjustment -= handoff;
    // unforced: the kernel's unsuffixed add; whoever grants has acquired the lock before
    if (adjustment != 0) count_.add(adjustment, full);
    // Only now that the count is right may they run. A waiter is gone as soon as it is granted.
    while (granted != nullptr) {
      Waiter* waiter = granted;
      granted = waiter->next.get();
      Task* task = waiter->task.load(relaxed);
      woken.add(*task);
      waiter->task.store(nullptr, release);
    }
  }

  // --- optimistic spinning: writers only ---

  bool can_spin() const {
    if (P::need_resched()) return false;
    const std::uint64_t owner = owner_.load(relaxed);
    if ((owner & nonspinnable) != 0) return false;
    const bool by_writer = owner != 0 && (owner & reader_owned) == 0;
    return !by_writer || P::on_cpu(*task_of(owner));
  }

  // Spins while a writer that runs owns the lock.
  Owner spin_on_owner() {
    const std::uint64_t seen = owner_.load(relaxed);
    const Owner state = owner_state(seen);
    if (state != Owner::writer) return state;
    Stop<Task> stop;
    stop.owner = task_of(seen);
    stop.need_resched = true;
    const auto another = [seen](std::uint64_t owner) { return owner != seen; };
    const bool changed = P::await_until("rwsem: the owner to leave", stop, another, owner_);
    return changed ? owner_state(owner_.load(relaxed)) : Owner::nonspinnable;
  }

  // Waiters are ignored: this is stealing.
  bool try_write_lock_unqueued() {
    std::uint64_t seen = 0;
    const auto set_writer = [](std::uint64_t count, std::uint64_t& wanted) {
      wanted = count | writer;
      return (count & (lock_mask | handoff)) == 0;
    };
    if (!count_.try_update(seen, set_writer, acquire)) return false;
    set_owner(P::self());
    return true;
  }

  // How long to spin on readers: 10 us and 0.5 us for each, at most 25 us.
  std::uint64_t reader_spin_deadline() const {
    const std::uint64_t readers_now = (count_.load(relaxed) & readers_mask) / reader;
    return P::now() + (20 + std::min<std::uint64_t>(readers_now, 30)) * 500;
  }

  bool optimistic_spin() {
    P::preempt_disable();
    bool taken = false;
    if (can_spin() && osq_.lock()) {
      taken = spin_as_first();
      osq_.unlock();
    }
    P::preempt_enable();
    return taken;
  }

  bool spin_as_first() {
    Owner before = Owner::none;
    std::uint64_t deadline_ns = 0;
    for (;;) {
      const Owner state = spin_on_owner();
      if (state == Owner::nonspinnable) return false;
      if (try_write_lock_unqueued()) return true;
      if (state == Owner::reader && before != Owner::reader) deadline_ns = reader_spin_deadline();
      if (state != Owner::writer) {
        Stop<Task> stop;
        stop.need_resched = true;
        if (state == Owner::reader) stop.deadline_ns = deadline_ns;
        const std::uint64_t seen = owner_.load(relaxed);
        const auto open = [seen](std::uint64_t count, std::uint64_t owner) {
          return (count & (lock_mask | handoff)) == 0 || owner != seen;
        };
        const bool moved = P::await_until("rwsem: readers to leave", stop, open, count_, owner_);
        if (P::need_resched()) return false;
        if (state == Owner::reader && (!moved || P::now() > deadline_ns)) {
          set_nonspinnable();
          return false;
        }
      }
      before = state;
    }
  }

  typename P::template Atomic<std::uint64_t> count_{0};
  typename P::template Atomic<std::uint64_t> owner_{0};
  Osq<P> osq_;
  SpinLock<P> wait_lock_;
  RwSemWaitList<P> list_;
};

}  // namespace faultline
