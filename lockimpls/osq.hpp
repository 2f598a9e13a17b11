// osq.hpp: the optimistic spin queue: an MCS lock whose waiters can give up.
//
// Source
//   kernel/locking/osq_lock.c. Facts only, written anew. MCS: Mellor-Crummey and Scott, TOCS 1991.
//
// Word
//   tail   0: nobody; otherwise 1 + the id of the task that joined last
//   node (one for each task, which spins in at most one queue at a time):
//     next     the task behind, or null
//     prev     the task in front
//     locked   1: the lock was handed to this node
//
// Transitions
//   operation          needs                   becomes                            order
//   lock               -                       tail = me                          full
//   lock, queued       tail was prev           node.prev = prev; prev.next = me   release
//   unqueue, A         prev.next == me         prev.next = null                   acquire
//   unqueue, B         tail == me              tail = prev                        acquire
//   unqueue, B         next != null            next taken (exchange)              full
//   unqueue, C         next taken              next.prev = prev; prev.next = next release
//   unlock             tail == me              tail = 0                           release
//   unlock, queued     next taken (exchange)   next.locked = 1                    release
//
// Invariants
//   A node is entered by one neighbour at a time: whoever takes `next` by exchange owns the link.
//   The exchange, where a plain read would do for MCS, keeps a successor that unqueues itself at
//   the same time from believing that its prev is still valid.
//
// Memory ordering
//   Promise: what the holder did before unlock is visible after lock. The hand-over is a release
//   store of `locked` and an acquire load. Links are published by release and taken by acquire, so
//   that a node's initial values come before what a neighbour writes into it.
//
// Known limits
//   The kernel's node belongs to a CPU and preemption is off; here it belongs to a task.
//   vcpu_is_preempted(prev) is P::on_cpu(prev), see the platform for what that is worth.
#pragma once

#include <cstdint>

#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class Osq {
 public:
  // Returns false when the caller should stop spinning: need_resched, or the task in front is not
  // running.
  bool lock() {
    const std::uint32_t me = P::self().id();
    Node& node = P::template per_task<Node>(me);
    node.locked.store(0, relaxed);
    // unforced(dropped): whoever left the queue has taken this link away; the kernel is sure twice
    node.next.store(nullptr, relaxed);
    if (node.tail.get() == 0) node.tail.set(me + 1);
    // unforced(acq_rel): the kernel's xchg(), which is full
    const std::uint32_t old = tail_.exchange(me + 1, full);
    if (old == 0) return true;

    Node* prev = &P::template per_task<Node>(old - 1);
    node.prev.store(prev, relaxed);
    // unforced(relaxed): the full exchange of tail comes between the node's values and this
    prev->next.store(&node, release);
    for (;;) {
      Stop<typename P::Task> stop;
      stop.owner = &P::task(prev->tail.get() - 1);
      stop.need_resched = true;
      const auto changed = [prev](std::uint32_t locked, Node* now) {
        return locked != 0 || now != prev;
      };
      const bool moved = P::await_until("osq: to be first", stop, changed, node.locked, node.prev);
      if (!moved) return !unqueue(node, prev);
      if (node.locked.load(acquire) != 0) return true;
      // unforced(relaxed): the exchanges of tail have ordered the values of all nodes in front
      prev = node.prev.load(acquire);
    }
  }

  void unlock() {
    Node& node = P::template per_task<Node>(P::self().id());
    std::uint32_t mine = node.tail.get();
    if (tail_.compare_exchange_strong(mine, 0, release)) return;
    // unforced(acq_rel, acquire): the kernel's xchg(); the store below hands over what we did
    Node* next = node.next.exchange(nullptr, full);
    if (next == nullptr) next = wait_next(node, 0);
    // unforced(relaxed): behind a full exchange, here or in wait_next(); either would do alone
    if (next != nullptr) next->locked.store(1, release);
  }

  bool is_locked() const { return tail_.load(relaxed) != 0; }
  std::uint32_t tail() const { return tail_.load(relaxed); }

 private:
  struct alignas(cache_line) Node {
    typename P::template Atomic<Node*> next{nullptr};
    typename P::template Atomic<Node*> prev{nullptr};
    typename P::template Atomic<std::uint32_t> locked{0};
    // 1 + the task's id, written once, before anyone can reach the node.
    typename P::template Plain<std::uint32_t> tail{0};
  };

  static constexpr Stop<typename P::Task> forever{};

  // Takes the node out of the queue. Returns false if the lock was handed to it meanwhile.
  bool unqueue(Node& node, Node* prev) {
    // A: cut the link from prev, unless prev unlocks or unqueues itself first.
    for (;;) {
      Node* me = &node;
      // unforced(changed): saves a compare-exchange that would fail
      // unforced(relaxed): cuts a link; nothing is read because of it
      if (prev->next.load(relaxed) == &node &&
          prev->next.compare_exchange_strong(me, nullptr, acquire)) {
        break;
      }
      if (node.locked.load(acquire) != 0) return false;
      const auto changed = [&node, prev](std::uint32_t locked, Node* now, Node* next) {
        return locked != 0 || now != prev || next == &node;
      };
      P::await_until("osq: prev to let go", forever, changed, node.locked, node.prev, prev->next);
      // unforced(relaxed): the exchanges of tail have ordered the values of all nodes in front
      prev = node.prev.load(acquire);
    }
    // B: make sure of our own next; C: join our neighbours.
    Node* next = wait_next(node, prev->tail.get());
    if (next == nullptr) return true;
    // unforced(relaxed): the exchanges of tail have ordered the values of all nodes in front
    // unforced(dropped): a successor that wants to leave, too, then only waits until it may enter
    next->prev.store(prev, release);
    // unforced(relaxed): the full exchange that took `next` comes before it
    prev->next.store(next, release);
    return true;
  }

  // Our successor, or null if we were last, and the tail is `new_tail` now.
  Node* wait_next(Node& node, std::uint32_t new_tail) {
    const std::uint32_t me = node.tail.get();
    for (;;) {
      std::uint32_t expected = me;
      // unforced(changed): saves a compare-exchange that would fail
      // unforced(release): leaves; nothing is read because of it
      if (tail_.load(relaxed) == me && tail_.compare_exchange_strong(expected, new_tail, acq_rel)) {
        return nullptr;
      }
      // unforced(changed): saves an exchange that would find nothing
      if (node.next.load(relaxed) != nullptr) {
        // unforced(acq_rel, acquire): the kernel's xchg()
        Node* next = node.next.exchange(nullptr, full);
        if (next != nullptr) return next;
      }
      const auto shows = [me](std::uint32_t tail, Node* next) {
        return tail == me || next != nullptr;
      };
      P::await_until("osq: a successor to show up", forever, shows, tail_, node.next);
    }
  }

  typename P::template Atomic<std::uint32_t> tail_{0};
};

}  // namespace faultline
