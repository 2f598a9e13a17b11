// failures_test.cpp: each kind of failure in a program of a few lines, and the same program put
// right.
#include "tests/checker/failures.hpp"

namespace faultline::checker {
namespace {

using P = Checked;
using Word = P::Atomic<std::uint32_t>;

bool is_set(std::uint32_t value) {
  return value != 0;
}
bool is_zero(std::uint32_t value) {
  return value == 0;
}
bool take(std::uint32_t value, std::uint32_t& wanted) {
  wanted = 1;
  return value == 0;
}

// --- assertion, broken exclusion ---

template <bool atomically>
struct Sections {
  Word held{0}, inside{0};

  void thread(unsigned) {
    if constexpr (atomically) {
      P::await_update("lock", held, take, acquire);
    } else {
      P::await("lock", held, is_zero, acquire);
      held.store(1, relaxed);
    }
    const std::uint32_t others = inside.fetch_add(1, relaxed);
    FL_ASSERT(others == 0);
    inside.sub(1, relaxed);
    held.store(0, release);
  }
};

TEST(Failures, FailedAssertion) {
  expect_failure<Sections<false>>(Failure::assertion,
                                  "others == 0 at tests/checker/failures_test.cpp");
  expect_verified<Sections<true>>();
}

template <bool atomically>
struct Exclusive : Sections<atomically> {
  char section = 0;
  void thread(unsigned) {
    if constexpr (atomically) {
      P::await_update("lock", this->held, take, acquire);
    } else {
      P::await("lock", this->held, is_zero, acquire);
      this->held.store(1, relaxed);
    }
    Execution::current->exclusive(&section, true, Where::current());
    this->held.store(0, release);
  }
};

TEST(Failures, BrokenExclusion) {
  expect_failure<Exclusive<false>>(Failure::broken_exclusion, "may be in as well");
  expect_verified<Exclusive<true>>();
}

template <Failure failure>
struct Fails {
  void thread(unsigned) {}
  void finish() { Execution::current->fail(failure, "as the scenario says", Where::current()); }
};

TEST(Failures, ScenarioMayFailInTheEnd) {
  expect_failure<Fails<Failure::counter_overflow>>(Failure::counter_overflow,
                                                   "as the scenario says");
  expect_failure<Fails<Failure::leaked_exclusion>>(Failure::leaked_exclusion,
                                                   "as the scenario says");
}

struct AssertsInTheEnd {
  Word word{0};
  void thread(unsigned) { word.add(1, relaxed); }
  void finish() { FL_ASSERT(word.load(relaxed) == 3); }
};

TEST(Failures, FinishMayAssert) {
  expect_failure<AssertsInTheEnd>(Failure::assertion, "word.load(relaxed) == 3");
  expect_verified<AssertsInTheEnd>(3);
}

// --- data races ---

template <auto store_order, auto load_order>
struct Message {
  P::Plain<std::uint32_t> data{0};
  Word ready{0};

  void thread(unsigned i) {
    if (i == 0) {
      data.set(7);
      ready.store(1, store_order);
    } else if (ready.load(load_order) != 0) {
      FL_ASSERT(data.get() == 7);
    }
  }
};

TEST(Failures, DataRace) {
  expect_failure<Message<relaxed, acquire>>(Failure::data_race,
                                            "T1: reads a plain variable that T0 writes");
  expect_failure<Message<release, relaxed>>(Failure::data_race,
                                            "T1: reads a plain variable that T0 writes");
  expect_verified<Message<release, acquire>>();
}

template <auto put_order>
struct LastPutReads {
  P::Plain<std::uint32_t> data{0};
  Word count{2};

  void thread(unsigned i) {
    if (i == 0) data.set(7);
    if (count.fetch_sub(1, put_order) == 1) FL_ASSERT(data.get() == 7);
  }
};

TEST(Failures, DataRaceThroughAnUpdate) {
  expect_failure<LastPutReads<release>>(Failure::data_race, "");
  expect_failure<LastPutReads<acquire>>(Failure::data_race, "");
  expect_verified<LastPutReads<acq_rel>>();
}

// Two adds whose result nobody wants: that the second acquires what the first released holds in
// one order only.
template <bool waits>
struct BlindHandOver {
  P::Plain<std::uint32_t> data{0};
  Word count{0};

  void thread(unsigned i) {
    if (i == 0) {
      data.set(7);
      count.add(1, release);
    } else {
      if (waits) P::await("the other", count, is_set, relaxed);
      count.add(1, acquire);
      data.get();
    }
  }
};

TEST(Failures, DataRaceBehindBlindAdds) {
  expect_failure<BlindHandOver<false>>(Failure::data_race,
                                       "T1: reads a plain variable that T0 writes");
  expect_verified<BlindHandOver<true>>();
}

// --- lives of objects ---

template <bool retires_late>
struct FreedWhileRead {
  struct Node {
    Word value{1};
  };
  P::Cache<Node> cache;
  P::Atomic<Node*> shared{nullptr};
  Word done{0};

  FreedWhileRead() { shared.store(cache.alloc(), relaxed); }
  void thread(unsigned i) {
    if (i == 0) {
      Node* node = shared.load(acquire);
      if (node != nullptr) FL_ASSERT(node->value.load(relaxed) == 1);
      done.store(1, release);
    } else {
      Node* node = shared.exchange(nullptr, acq_rel);
      if (retires_late) P::await("the reader", done, is_set, acquire);
      cache.free(node);
    }
  }
};

TEST(Failures, UseAfterFree) {
  expect_failure<FreedWhileRead<false>>(Failure::use_after_free, "free");
  expect_verified<FreedWhileRead<true>>();
}

template <bool in_section>
struct FreedAfterGracePeriod {
  struct Node {
    P::Plain<std::uint32_t> value{1};
  };
  P::Cache<Node> cache;
  P::Atomic<Node*> shared{nullptr};

  FreedAfterGracePeriod() { shared.store(cache.alloc(), relaxed); }
  void thread(unsigned i) {
    if (i == 0) {
      if (in_section) P::rcu_read_lock();
      Node* node = shared.load(acquire);
      if (node != nullptr) FL_ASSERT(node->value.get() == 1);
      if (in_section) P::rcu_read_unlock();
    } else {
      cache.free_rcu(shared.exchange(nullptr, acq_rel));
    }
  }
};

TEST(Failures, UseAfterFreeWithoutReadSideSection) {
  expect_failure<FreedAfterGracePeriod<false>>(Failure::use_after_free, "outside of RCU");
  expect_verified<FreedAfterGracePeriod<true>>();
}

template <auto publish_order>
struct Published {
  struct Node {
    P::Plain<std::uint32_t> value{1};
  };
  P::Cache<Node> cache;
  P::Atomic<Node*> shared{nullptr};

  void thread(unsigned i) {
    if (i == 0) {
      shared.store(cache.alloc(), publish_order);
    } else if (Node* node = shared.load(acquire)) {
      node->value.get();
    }
  }
};

TEST(Failures, UseBeforeConstructionIsSeen) {
  expect_failure<Published<relaxed>>(Failure::data_race, "construction by T0");
  expect_verified<Published<release>>();
}

template <bool waits>
struct Lent {
  P::Atomic<Word*> shared{nullptr};

  void thread(unsigned i) {
    if (i == 0) {
      Word mine{0};
      shared.store(&mine, release);
      if (waits) P::await("the other", mine, is_set, acquire);
    } else {
      Word* word = P::await("a word", shared, [](Word* w) { return w != nullptr; }, acquire);
      word->store(1, release);
    }
  }
};

TEST(Failures, UseOfAStackFrameThatIsGone) {
  expect_failure<Lent<false>>(Failure::use_after_free, "stack frame that is gone");
  expect_verified<Lent<true>>();
}

// A reader that has got hold of a type-stable object may look at its lock, but at nothing else
// before it holds that.
template <bool takes_lock>
struct Recycled {
  struct Node {
    Word users{0};
    P::Plain<std::uint32_t> key{0};
  };
  P::TypeStableCache<Node> cache;
  P::Atomic<Node*> shared{nullptr};

  Recycled() {
    Node* node = cache.alloc();
    node->key.set(1);
    node->users.store(1, relaxed);
    shared.store(node, relaxed);
  }
  static bool get(Node& node) {
    std::uint32_t seen = 0;
    const auto raise = [](std::uint32_t users, std::uint32_t& wanted) {
      wanted = users + 1;
      return users != 0;
    };
    return node.users.try_update(seen, raise, acquire);
  }
  void put(Node& node) {
    if (node.users.fetch_sub(1, acq_rel) == 1) cache.free(&node);
  }
  void thread(unsigned i) {
    if (i == 0) {
      Node* node = shared.load(acquire);
      if (takes_lock && !get(*node)) return;
      node->key.get();
      if (takes_lock) put(*node);
    } else {
      put(*shared.load(relaxed));
      Node* node = cache.alloc();
      node->key.set(2);
      node->users.store(1, release);
    }
  }
};

TEST(Failures, StaleReuse) {
  expect_failure<Recycled<false>>(Failure::stale_reuse, "a plain variable that T");
  expect_verified<Recycled<true>>();
}

// --- waiting ---

template <bool checks_again, bool loops>
struct Sleeper {
  Word ready{0};

  void thread(unsigned i) {
    if (i == 1) {
      ready.store(1, relaxed);
      P::unpark(P::task(0));
      return;
    }
    while (ready.load(acquire) == 0) {
      P::prepare_to_park("ready");
      if (!checks_again || ready.load(acquire) == 0) P::park();
      P::finish_park();
      if (!loops) return;
    }
  }
};

TEST(Failures, LostWakeup) {
  expect_failure<Sleeper<false, true>>(Failure::lost_wakeup, "T0 sleeps for ever (ready)");
  expect_verified<Sleeper<true, true>>();
}

// That sleeps may end for nothing must not hide that this one need not end.
TEST(Failures, LostWakeupThatASpuriousOneWouldHide) {
  expect_failure<Sleeper<false, false>>(Failure::lost_wakeup, "T0 sleeps for ever (ready)");
  expect_verified<Sleeper<true, false>>();
}

template <bool same_order>
struct TwoLocks {
  Word a{0}, b{0};

  static void lock(Word& word) { P::await_update("lock", word, take, acquire); }
  void thread(unsigned i) {
    const bool swapped = i == 1 && !same_order;
    lock(swapped ? b : a);
    lock(swapped ? a : b);
    b.store(0, release);
    a.store(0, release);
  }
};

TEST(Failures, Deadlock) {
  expect_failure<TwoLocks<false>>(Failure::deadlock,
                                  "T0 spins for ever (lock); T1 spins for ever (lock)");
  expect_verified<TwoLocks<true>>();
}

struct SleepsOnNobody {
  void thread(unsigned) {
    for (;;) {
      P::prepare_to_park("nothing");
      P::park();
      P::finish_park();
    }
  }
};

TEST(Failures, DeadlockOfSleepers) {
  expect_failure<SleepsOnNobody>(Failure::deadlock, "T0 sleeps for ever (nothing)", 1);
}

// Nobody changes anything any more.
struct WaitsForNobody {
  Word word{0};
  void thread(unsigned) {
    while (word.load(relaxed) == 0) P::retry("nobody");
  }
};

TEST(Failures, Livelock) {
  expect_failure<WaitsForNobody>(Failure::livelock, "T0 goes round for ever (nobody)");
}

struct GoesRoundUntilSet {
  Word word{0};
  void thread(unsigned i) {
    if (i == 1) word.store(1, release);
    while (word.load(acquire) == 0) P::retry("the other");
  }
};

TEST(Failures, RetryThatSomebodyEnds) {
  expect_verified<GoesRoundUntilSet>();
}

struct SpinsForEver {
  Word word{0};
  void thread(unsigned i) {
    while (i == 0 && word.load(relaxed) == 0) {
    }
  }
};

TEST(Failures, UnboundedSpinning) {
  expect_failure<SpinsForEver>(Failure::unbounded_spinning,
                               "T0 goes on and on at tests/checker/failures_test.cpp");
}

}  // namespace
}  // namespace faultline::checker
