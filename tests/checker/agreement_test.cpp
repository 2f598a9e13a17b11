// agreement_test.cpp: small programs over the lock words: the searches that leave out what they
// have seen end in the same states as the search that leaves out nothing.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <set>
#include <string>

#include "checker/explore.hpp"
#include "lockimpls/osq.hpp"
#include "lockimpls/rcuwait.hpp"
#include "lockimpls/registry.hpp"
#include "lockimpls/spin_lock.hpp"
#include "platform/checked.hpp"

namespace faultline::checker {
namespace {

using P = Checked;
using Word = P::Atomic<std::uint32_t>;

// What threads have seen, at the end of each execution.
std::set<std::string> states;

// Threads that do the same may change places: what they have seen counts as a multiset.
template <std::size_t n>
void note_state(const char* what, const std::array<std::uint32_t, n>& seen, std::size_t count) {
  std::multiset<std::uint32_t> sorted;
  for (std::size_t i = 0; i < count; ++i) sorted.insert(seen.at(i));
  std::string state = what;
  for (const std::uint32_t one : sorted) state += " " + std::to_string(one);
  states.insert(state);
}

struct Found {
  Verdict verdict;
  std::set<std::string> states;
  std::uint64_t executions;
};

Found search(const Program& program, Mode mode, bool prune, bool symmetry, const Chances& chances) {
  Options options;
  options.mode = mode;
  options.preemptions = 100;  // more than there are steps
  options.rules.prune_stale = prune;
  options.rules.symmetry = symmetry;
  options.rules.chances = chances;
  states.clear();
  const Result result = explore(program, options);
  EXPECT_EQ(result.reason, "");
  const Found found{result.verdict, states, result.executions};
  // Beginning each execution at its beginning shows nothing else.
  options.rules.go_back = false;
  states.clear();
  const Result whole = explore(program, options);
  EXPECT_EQ(whole.executions, result.executions);
  EXPECT_EQ(whole.blocked, result.blocked);
  EXPECT_EQ(whole.events, result.events);
  EXPECT_EQ(states, found.states);
  return found;
}

constexpr Chances no_chances{0, 0, 0, 0, 0};

// What to compare with: the fewer, the larger the program may be.
enum class With : std::uint8_t { no_symmetry, no_pruning, no_reduction };

template <class S>
void expect_agreement(unsigned threads, With with, const Chances& chances = {}) {
  const Program program = program_of<S>(threads);
  const Found reduced = search(program, Mode::exhaustive, true, true, chances);
  EXPECT_EQ(reduced.verdict, Verdict::verified);
  EXPECT_FALSE(reduced.states.empty());
  std::string counts = std::to_string(reduced.executions);
  const auto expect_same = [&](Mode mode, bool prune, bool symmetry) {
    const Found found = search(program, mode, prune, symmetry, chances);
    EXPECT_EQ(found.verdict, reduced.verdict) << mode_name(mode) << prune << symmetry;
    EXPECT_EQ(found.states, reduced.states) << mode_name(mode) << prune << symmetry;
    EXPECT_GE(found.executions, reduced.executions) << mode_name(mode) << prune << symmetry;
    counts += " " + std::to_string(found.executions);
  };
  expect_same(Mode::exhaustive, true, false);
  if (with >= With::no_pruning) {
    expect_same(Mode::exhaustive, false, true);
    expect_same(Mode::exhaustive, false, false);
  }
  if (with >= With::no_reduction) expect_same(Mode::preemptions, false, false);
  ::testing::Test::RecordProperty("executions_" + std::to_string(threads), counts);
}

// --- one VMA: thread 0 is its writer ---

template <class L>
struct OneVma {
  L lock;
  typename L::VmaPart vma;
  typename L::MmPart mm;
  P::Plain<std::uint32_t> start{0}, end{0};
  std::array<std::uint32_t, 3> seen{};
  unsigned threads = 0;

  explicit OneVma(Threads n) : threads(n.count) { lock.attach(vma); }
  static int group(unsigned thread, unsigned) { return thread == 0 ? -1 : 1; }

  void thread(unsigned i) {
    if (i != 0) {
      seen[i] = 8 + static_cast<std::uint32_t>(lock.try_read());
      if (seen[i] != 8) return;
      seen[i] = 10 * start.get() + end.get();
      lock.end_read(mm);
      return;
    }
    lock.exclude_readers(mm);
    start.set(1);
    end.set(1);
    lock.admit_readers();
  }
  void finish() {
    std::array<std::uint32_t, 3> readers{seen[1], seen[2], 0};
    note_state("readers", readers, threads - 1);
    EXPECT_EQ(lock.try_read(), TryRead::ok);
  }
};

TEST(Agreement, Refcount) {
  expect_agreement<OneVma<VmaRefcount<P>>>(2, With::no_reduction);
  expect_agreement<OneVma<VmaRefcount<P>>>(3, With::no_pruning);
}
TEST(Agreement, Atomic) {
  expect_agreement<OneVma<VmaAtomic<P>>>(2, With::no_reduction);
  expect_agreement<OneVma<VmaAtomic<P>>>(3, With::no_pruning);
}
TEST(Agreement, RwSemaphore) {
  expect_agreement<OneVma<VmaRwsem<P>>>(2, With::no_pruning);
  expect_agreement<OneVma<VmaRwsem<P>>>(2, With::no_reduction, no_chances);
  expect_agreement<OneVma<VmaRwsem<P>>>(3, With::no_symmetry, no_chances);
}

// --- waiting ---

struct SpinLocked {
  SpinLock<P> lock;
  P::Plain<std::uint32_t> next{0};
  std::array<std::uint32_t, 4> turn{};
  unsigned threads = 0;

  explicit SpinLocked(Threads n) : threads(n.count) {}
  static int group(unsigned, unsigned) { return 0; }
  void thread(unsigned i) {
    for (unsigned round = 0; round < 2; ++round) {
      const SpinGuard<P> guard(lock);
      turn[i] = 10 * turn[i] + next.get() + 1;
      next.set(next.get() + 1);
    }
  }
  void finish() { note_state("turns", turn, threads); }
};

TEST(Agreement, SpinLock) {
  expect_agreement<SpinLocked>(2, With::no_reduction);
  expect_agreement<SpinLocked>(3, With::no_reduction);
}

struct Wakes {
  Rcuwait<P> wait;
  Word ready{0};
  P::Plain<std::uint32_t> data{0};
  std::array<std::uint32_t, 2> seen{};

  void thread(unsigned i) {
    if (i == 0) {
      seen[1] = ready.load(relaxed);
      wait.wait("data", ready, [](std::uint32_t n) { return n != 0; });
      seen[0] = data.get();
    } else {
      data.set(7);
      ready.store(1, release);
      wait.wake();
    }
  }
  void finish() { note_state("seen", seen, 2); }
};

TEST(Agreement, Rcuwait) {
  expect_agreement<Wakes>(2, With::no_reduction);
}

struct Queue {
  Osq<P> osq;
  P::Plain<std::uint32_t> holders{0};
  std::array<std::uint32_t, 3> got{};
  unsigned threads = 0;

  explicit Queue(Threads n) : threads(n.count) {}
  static int group(unsigned, unsigned) { return 0; }
  void thread(unsigned i) {
    if (!osq.lock()) return;
    holders.set(holders.get() + 1);
    got[i] = holders.get();
    osq.unlock();
  }
  void finish() {
    note_state("got", got, threads);
    EXPECT_FALSE(osq.is_locked());
  }
};

TEST(Agreement, Osq) {
  expect_agreement<Queue>(2, With::no_reduction);
  expect_agreement<Queue>(3, With::no_pruning, no_chances);
}

}  // namespace
}  // namespace faultline::checker
