// osq_unqueue.hpp: whoever leaves the queue reads its successor instead of taking it.
//
// Source
//   kernel/locking/osq_lock.c, the comment above its xchg(&node->next, NULL): with a plain read a
//   successor that leaves at the same time still finds itself in our `next`, cuts that link, and
//   believes that its `prev` is right.
#pragma once

#include "lockimpls/osq.hpp"
#include "tests/mutants/mutant.hpp"

namespace faultline::mutants {

template <class P>
struct OsqCancel {
  Osq<P> osq;
  Exclusion inside;

  void thread(unsigned) {
    if (!osq.lock()) return;
    inside.write();
    osq.unlock();
  }
  void finish() {
    expect(!osq.is_locked(), Failure::leaked_exclusion,
           "everybody has gone, and the queue is not empty");
  }
  static int group(unsigned, unsigned) { return 1; }
};

struct OsqUnqueue {
  static constexpr const char* name = "osq_unqueue";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::leaked_exclusion;

  struct Broken : Checked {};
  using Mutant = OsqCancel<Broken>;
  using Fixed = OsqCancel<Checked>;
};

}  // namespace faultline::mutants

namespace faultline {

template <>
inline auto Osq<mutants::OsqUnqueue::Broken>::wait_next(Node& node, std::uint32_t new_tail)
    -> Node* {
  const std::uint32_t me = node.tail.get();
  for (;;) {
    std::uint32_t expected = me;
    if (tail_.load(relaxed) == me && tail_.compare_exchange_strong(expected, new_tail, acq_rel)) {
      return nullptr;
    }
    Node* next = node.next.load(acquire);  // and it stays there
    if (next != nullptr) return next;
    const auto shows = [me](std::uint32_t tail, Node* behind) {
      return tail == me || behind != nullptr;
    };
    Checked::await_until("osq: a successor to show up", forever, shows, tail_, node.next);
  }
}

}  // namespace faultline
