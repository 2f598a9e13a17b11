// mcs_lock.hpp: first come, first served; everybody waits on a line of their own.
//
// Source
//   Mellor-Crummey and Scott, TOCS 1991; the operations and orders of Linux's mcs_spin_lock()
//   (kernel/locking/mcs_spinlock.h). Facts only, written anew. osq.hpp is the relative whose
//   waiters can give up.
//
// Word
//   tail   null: free; otherwise the node of the task that joined last
//   node (one for each task and lock that it is at):
//     next     the task behind, or null
//     locked   1: the lock was handed to this node
//
// Transitions
//   operation          needs                        becomes          order
//   acquire            -                            tail = node      full
//   acquire, queued    tail was prev                prev.next = node release
//   acquire, waits     locked == 1                  -                acquire
//   release            tail == node                 tail = null      release
//   release, queued    next != null (waits for it)  next.locked = 1  release
//
// Invariants
//   The nodes from the holder's to tail are linked by `next`, but for those whose task has changed
//   tail and not yet linked itself. A node has one predecessor, which writes into it once, and is
//   its task's own again when release returns.
//
// Memory ordering
//   Promise: what a holder did before release is visible to the next one after acquire: through
//   `locked`, or through tail when nobody was there. A node's first values come before what its
//   predecessor writes into it: the link is published by release and read by acquire. (The kernel
//   has the fence of xchg() before the one and an address dependency behind the other.)
//
// Known limits
//   The kernel's spinner has preemption off. In user space a waiter may be preempted when its turn
//   comes, and everybody behind it waits for it.
#pragma once

#include <array>
#include <cstdint>

#include "lockimpls/yardstick.hpp"
#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class McsLock {
 public:
  struct alignas(cache_line) Node {
    typename P::template Atomic<Node*> next{nullptr};
    typename P::template Atomic<std::uint32_t> locked{0};
  };

  static constexpr const char* name = "mcs";
  static constexpr const char* summary = "queued spinlock, each waits on a line of its own";
  static constexpr bool excludes = true;

  void acquire(Node& node) {
    node.locked.store(0, relaxed);
    node.next.store(nullptr, relaxed);
    // unforced(acq_rel): the kernel's xchg(), which is full
    Node* prev = tail_.exchange(&node, full);
    if (prev == nullptr) return;
    // unforced(relaxed): the full exchange comes between the node's values and this
    prev->next.store(&node, faultline::release);
    P::await(
        "mcs: my turn", node.locked, [](std::uint32_t locked) { return locked != 0; },
        faultline::acquire);
  }

  void release(Node& node) {
    Node* next = node.next.load(faultline::acquire);
    if (next == nullptr) {
      Node* mine = &node;
      if (tail_.compare_exchange_strong(mine, nullptr, faultline::release)) return;
      next = P::await(
          "mcs: a successor to show up", node.next, [](Node* link) { return link != nullptr; },
          faultline::acquire);
    }
    next->locked.store(1, faultline::release);
  }

  bool is_idle() const { return tail_.load(relaxed) == nullptr; }
  std::array<NamedWord, 1> words() const {
    return {{{"queued", tail_.load(relaxed) != nullptr ? 1u : 0u}}};
  }

 private:
  typename P::template Atomic<Node*> tail_{nullptr};
};

}  // namespace faultline
