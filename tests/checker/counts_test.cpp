// counts_test.cpp: how many executions are explored, where theory knows how many differ.
#include <gtest/gtest.h>

#include <cstdint>

#include "checker/explore.hpp"
#include "lockimpls/spin_lock.hpp"
#include "platform/checked.hpp"

namespace faultline::checker {
namespace {

using P = Checked;
using Word = P::Atomic<std::uint32_t>;

constexpr std::uint64_t factorial(unsigned n) {
  return n == 0 ? 1 : n * factorial(n - 1);
}

template <class S>
std::uint64_t executions(unsigned threads, Rules rules = {}) {
  Options options;
  options.rules = rules;
  const Result result = explore(program_of<S>(threads), options);
  EXPECT_EQ(result.verdict, Verdict::verified) << result.reason << result.counterexample.what;
  return result.executions;
}

Rules without_symmetry() {
  Rules rules;
  rules.symmetry = false;
  return rules;
}

// --- locks: the orders in which the threads hold it ---

template <class Lock>
struct Counting {
  Lock lock;
  P::Plain<std::uint32_t> sections{0};
  unsigned threads = 0;

  explicit Counting(Threads n) : threads(n.count) {}
  void thread(unsigned) {
    lock.lock();
    sections.set(sections.get() + 1);
    lock.unlock();
  }
  void finish() { EXPECT_EQ(sections.get(), threads); }
};

struct Ticket {
  Word next{0};
  Word owner{0};

  void lock() {
    const std::uint32_t mine = next.fetch_add(1, relaxed);
    P::await("ticket: my turn", owner, [mine](std::uint32_t now) { return now == mine; }, acquire);
  }
  // Only the holder writes `owner`.
  void unlock() { owner.store(owner.load(relaxed) + 1, release); }
};

struct Mcs {
  struct Node {
    P::Atomic<Node*> next{nullptr};
    Word granted{0};
  };
  P::Atomic<Node*> tail{nullptr};
  Node nodes[4];

  void lock() {
    Node& mine = nodes[P::self().id()];
    Node* before = tail.exchange(&mine, acq_rel);
    if (before == nullptr) return;
    before->next.store(&mine, release);
    P::await("mcs: to be next", mine.granted, [](std::uint32_t v) { return v != 0; }, acquire);
  }
  void unlock() {
    Node& mine = nodes[P::self().id()];
    Node* after = mine.next.load(acquire);
    if (after == nullptr) {
      Node* expected = &mine;
      if (tail.compare_exchange_strong(expected, nullptr, release)) return;
      after = P::await(
          "mcs: to see who is next", mine.next, [](Node* v) { return v != nullptr; }, acquire);
    }
    after->granted.store(1, release);
  }
};

// Gets its turn with a loop around a compare-exchange: each failed round is one more execution.
struct TestAndSet {
  Word word{0};

  void lock() {
    for (;;) {
      std::uint32_t expected = 0;
      if (word.compare_exchange_strong(expected, 1, acquire)) return;
      P::await("free", word, [](std::uint32_t v) { return v == 0; }, relaxed);
    }
  }
  void unlock() { word.store(0, release); }
};

TEST(Counts, SpinLockIsTakenInEachOrder) {
  for (const unsigned n : {1u, 2u, 3u, 4u}) {
    EXPECT_EQ(executions<Counting<SpinLock<P>>>(n), factorial(n)) << n;
  }
}

TEST(Counts, TicketLockIsTakenInEachOrder) {
  for (const unsigned n : {1u, 2u, 3u, 4u}) {
    EXPECT_EQ(executions<Counting<Ticket>>(n), factorial(n)) << n;
  }
}

// For each of the two orders of the exchanges: the first to come unlocks before the second comes;
// or the second comes and has linked itself in time to be seen; or too late for that, so that the
// first fails to take itself off the tail and waits for the link. That makes three.
TEST(Counts, McsLockHasThreeExecutionsForEachOrder) {
  EXPECT_EQ(executions<Counting<Mcs>>(2), 6u);
}

// For each order: the second finds the word free; or it finds it taken and waits.
TEST(Counts, FailedCompareExchangesCount) {
  EXPECT_EQ(executions<Counting<TestAndSet>>(2), 4u);
}

// --- operations ---

struct Independent {
  Word words[4];
  void thread(unsigned i) {
    words[i].store(1, release);
    words[i].fetch_add(words[i].load(acquire), acq_rel);  // a full one would order them
  }
};

struct Readers {
  Word word{7};
  void thread(unsigned) { FL_ASSERT(word.load(acquire) == 7 && word.load(relaxed) == 7); }
};

struct BlindAdds {
  Word word{0};
  unsigned threads = 0;

  explicit BlindAdds(Threads n) : threads(n.count) {}
  void thread(unsigned) { word.add(1, release); }
  void finish() { EXPECT_EQ(word.load(relaxed), threads); }
};

struct Adds {
  Word word{0};
  std::uint32_t seen[4] = {};

  void thread(unsigned i) { seen[i] = word.fetch_add(1, relaxed); }
};

struct IdenticalAdds : Adds {
  static int group(unsigned, unsigned) { return 0; }
};

// Two threads that do the same, and one that does not.
struct TwoIdenticalAdds : Adds {
  static int group(unsigned thread, unsigned) { return thread < 2 ? 0 : -1; }
};

struct FullFences {
  void thread(unsigned) { P::fence(full); }
};

TEST(Counts, IndependentThreadsHaveOneExecution) {
  for (const unsigned n : {2u, 3u, 4u}) EXPECT_EQ(executions<Independent>(n), 1u) << n;
}

TEST(Counts, ReadersHaveOneExecution) {
  for (const unsigned n : {2u, 3u, 4u}) EXPECT_EQ(executions<Readers>(n), 1u) << n;
}

TEST(Counts, BlindAddsCommute) {
  for (const unsigned n : {2u, 3u, 4u}) EXPECT_EQ(executions<BlindAdds>(n), 1u) << n;
}

TEST(Counts, AddsWhoseResultIsUsedDoNot) {
  for (const unsigned n : {2u, 3u, 4u}) EXPECT_EQ(executions<Adds>(n), factorial(n)) << n;
}

TEST(Counts, FullFencesAreOrdered) {
  for (const unsigned n : {2u, 3u, 4u}) EXPECT_EQ(executions<FullFences>(n), factorial(n)) << n;
}

TEST(Counts, IdenticalThreadsBeginInOneOrder) {
  for (const unsigned n : {2u, 3u, 4u}) {
    EXPECT_EQ(executions<IdenticalAdds>(n), 1u) << n;
    EXPECT_EQ(executions<IdenticalAdds>(n, without_symmetry()), factorial(n)) << n;
  }
  EXPECT_EQ(executions<TwoIdenticalAdds>(3), factorial(3) / factorial(2));
}

}  // namespace
}  // namespace faultline::checker
