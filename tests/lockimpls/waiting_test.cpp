// waiting_test.cpp: SpinLock, Rcuwait and WaitQueue: exclusion, and that no wake-up is lost.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <type_traits>

#include "lockimpls/rcuwait.hpp"
#include "lockimpls/spin_lock.hpp"
#include "lockimpls/wait_queue.hpp"
#include "platform/native.hpp"
#include "tests/platform/tasks.hpp"

namespace faultline {
namespace {

// Rcuwait and WaitQueue behind one face: sleep until a word is `wanted`.
template <class P>
struct SleepsInRcuwait {
  using On = P;
  static std::string name() { return std::string("rcuwait/") + P::name; }
  void wait(const typename P::template Atomic<std::uint32_t>& word, std::uint32_t wanted) {
    sleeper.wait("the word", word, [wanted](std::uint32_t value) { return value == wanted; });
  }
  void wake() { sleeper.wake(); }
  Rcuwait<P> sleeper;
};

template <class P>
struct SleepsInWaitQueue {
  using On = P;
  static std::string name() { return std::string("wait_queue/") + P::name; }
  void wait(const typename P::template Atomic<std::uint32_t>& word, std::uint32_t wanted) {
    queue.wait("the word", [&word, wanted] { return word.load(acquire) == wanted; });
  }
  void wake() { queue.wake(); }
  WaitQueue<P> queue;
};

template <class Case>
class Sleeping : public ::testing::Test {
 protected:
  using P = typename Case::On;
  TaskScope<P> scope_;
  Case bed_;
  typename P::template Atomic<std::uint32_t> word_{0};
};
using SleepingCases = ::testing::Types<SleepsInRcuwait<Native>, SleepsInWaitQueue<Native>,
                                       SleepsInRcuwait<Tiny>, SleepsInWaitQueue<Tiny>>;
TYPED_TEST_SUITE(Sleeping, SleepingCases, CaseNames);

TYPED_TEST(Sleeping, ReturnsAtOnceWhenTheConditionHolds) {
  this->bed_.wait(this->word_, 0);
  this->bed_.wake();  // it is forgotten: nobody is there to be woken
  if constexpr (std::is_same_v<typename TypeParam::On, Tiny>) {
    EXPECT_EQ(Tiny::counts.unparks, 0u);
  }
  this->bed_.wait(this->word_, 0);
}

TYPED_TEST(Sleeping, SleepsUntilItIsWokenAndTheConditionHolds) {
  OtherTask<typename TypeParam::On> other([&] { this->bed_.wait(this->word_, 2); });
  EXPECT_TRUE(other.still_sleeps());
  this->word_.store(1, release);
  this->bed_.wake();
  EXPECT_TRUE(other.still_sleeps());
  this->word_.store(2, release);
  if constexpr (std::is_same_v<typename TypeParam::On, Tiny>) {
    EXPECT_TRUE(other.still_sleeps());  // it looks only when it is woken
  }
  this->bed_.wake();
  other.join();
}

TYPED_TEST(Sleeping, NoWakeUpIsLost) {
  if constexpr (std::is_same_v<typename TypeParam::On, Tiny>) {
    for (const bool sleeper_first : {false, true}) {
      for (std::uint64_t steps = 0; steps < 30; ++steps) {
        TypeParam bed;
        Tiny::Atomic<std::uint32_t> word{0};
        const auto sleep = [&] { bed.wait(word, 1); };
        const auto wake = [&] {
          word.store(1, release);
          bed.wake();
        };
        ASSERT_EQ(sleeper_first ? interrupt_after(steps, sleep, wake)
                                : interrupt_after(steps, wake, sleep),
                  "")
            << "after " << steps << " steps";
      }
    }
  } else {
    // Two tasks hand a token to and fro; a plain variable goes with it.
    TypeParam other_bed;
    NativePlain<std::uint64_t> trips{0};
    run_crew(2, [&](unsigned i) {
      for (int round = 0; round < 3000; ++round) {
        (i == 0 ? this->bed_ : other_bed).wait(this->word_, i);
        trips.set(trips.get() + 1);
        this->word_.store(1 - i, release);
        (i == 0 ? other_bed : this->bed_).wake();
      }
    });
    EXPECT_EQ(trips.get(), 6000u);
  }
}

TYPED_TEST(Sleeping, TheWakerIsOrderedBeforeTheSleeper) {
  typename TypeParam::On::template Plain<std::uint64_t> told{0};
  std::uint64_t seen = 0;
  OtherTask<typename TypeParam::On> other([&] {
    this->bed_.wait(this->word_, 1);
    seen = told.get();
  });
  told.set(42);
  this->word_.store(1, release);
  this->bed_.wake();
  other.join();
  EXPECT_EQ(seen, 42u);
}

TEST(RcuwaitTest, TheWakerFencesBeforeItLooks) {
  TaskScope<Tiny> scope;
  Rcuwait<Tiny> rcuwait;
  Tiny::counts = {};
  rcuwait.wake();
  EXPECT_EQ(Tiny::counts.fences, 1u);
  EXPECT_EQ(Tiny::counts.fulls, 1u);
  EXPECT_EQ(Tiny::counts.writes() + Tiny::counts.unparks, 0u);
}

class RcuwaitKillable : public ::testing::Test {
 protected:
  bool wait(std::uint32_t wanted) {
    return rcuwait_.wait_killable("the word", word_,
                                  [wanted](std::uint32_t value) { return value == wanted; });
  }
  unsigned tasks_woken() {
    Tiny::counts = {};
    rcuwait_.wake();
    return Tiny::counts.unparks;
  }

  TaskScope<Tiny> scope_;
  Rcuwait<Tiny> rcuwait_;
  Tiny::Atomic<std::uint32_t> word_{0};
};

TEST_F(RcuwaitKillable, WaitsLikeTheOtherWithoutASignal) {
  bool held = false;
  Tiny::start(1, [&] { held = wait(1); });
  EXPECT_TRUE(Tiny::task(1).asleep());
  word_.store(1, release);
  EXPECT_EQ(tasks_woken(), 1u);
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_TRUE(held);
  EXPECT_EQ(tasks_woken(), 0u);
}

TEST_F(RcuwaitKillable, SignalEndsTheSleepAndLeavesNobodyToWake) {
  bool held = true;
  Tiny::start(1, [&] { held = wait(1); });
  EXPECT_TRUE(Tiny::task(1).asleep());
  Tiny::task(1).fatal_signal = true;
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_FALSE(held);
  EXPECT_EQ(tasks_woken(), 0u);
}

TEST_F(RcuwaitKillable, PendingSignalKeepsItFromSleepingButTheConditionCountsFirst) {
  Tiny::self().fatal_signal = true;
  EXPECT_FALSE(wait(1));
  EXPECT_TRUE(wait(0));
  EXPECT_EQ(tasks_woken(), 0u);
}

TEST_F(RcuwaitKillable, OtherWaitsAreNotGivenUp) {
  Tiny::start(1, [&] { rcuwait_.wait("the word", word_, [](auto value) { return value == 1; }); });
  Tiny::task(1).fatal_signal = true;
  EXPECT_TRUE(Tiny::run(1).asleep());
  word_.store(1, release);
  EXPECT_EQ(tasks_woken(), 1u);
  EXPECT_TRUE(Tiny::run(1).ended());
}

TEST_F(RcuwaitKillable, NeitherSignalNorWakeUpIsLost) {
  for (const bool signal : {false, true}) {
    for (std::uint64_t steps = 0; steps < 12; ++steps) {
      word_.store(0, relaxed);
      Tiny::task(1).fatal_signal = false;
      bool held = false;
      const auto end_it = [&] {
        Tiny::task(1).fatal_signal = signal;
        if (signal) return;
        word_.store(1, release);
        rcuwait_.wake();
      };
      ASSERT_EQ(interrupt_after(steps, [&] { held = wait(1); }, end_it), "") << steps;
      EXPECT_EQ(held, !signal);
      EXPECT_EQ(tasks_woken(), 0u);
    }
  }
}

TEST(WaitQueueTest, WakesEverySleeperAndForgetsThoseThatLeft) {
  TaskScope<Tiny> scope;
  WaitQueue<Tiny> queue;
  Tiny::Atomic<std::uint32_t> word{0};
  for (const std::uint32_t id : {1u, 2u, 3u}) {
    Tiny::start(id, [&, id] { queue.wait("its turn", [&] { return word.load(acquire) >= id; }); });
    EXPECT_TRUE(Tiny::task(id).asleep());
  }
  word.store(2, release);
  queue.wake();
  EXPECT_EQ(Tiny::counts.unparks, 3u);
  for (const std::uint32_t id : {1u, 2u, 3u}) EXPECT_EQ(Tiny::run(id).ended(), id <= 2) << id;
  word.store(3, release);
  queue.wake();
  EXPECT_EQ(Tiny::counts.unparks, 4u);
  EXPECT_TRUE(Tiny::run(3).ended());
  queue.wake();
  EXPECT_EQ(Tiny::counts.unparks, 4u);
}

TEST(WaitQueueTest, TheConditionMayTakeWhatItWaitsFor) {
  TaskScope<Tiny> scope;
  WaitQueue<Tiny> queue;
  Tiny::Atomic<std::uint32_t> tokens{0};
  const auto take = [&] {
    std::uint32_t one = 1;
    return tokens.compare_exchange_strong(one, 0, full);
  };
  for (const std::uint32_t id : {1u, 2u}) Tiny::start(id, [&] { queue.wait("a token", take); });
  for (const std::uint32_t id : {2u, 1u}) {
    tokens.store(1, release);
    queue.wake();
    EXPECT_TRUE(Tiny::run(id).ended());
    EXPECT_EQ(tokens.load(relaxed), 0u);
    if (id == 2) {
      EXPECT_FALSE(Tiny::run(1).ended());
    }
  }
}

TEST(SpinLockTest, OneAtATime) {
  TaskScope<Tiny> scope;
  SpinLock<Tiny> lock;
  Tiny::counts = {};
  lock.lock();
  EXPECT_EQ(Tiny::counts.acquires, 1u);
  Tiny::start(1, [&] {
    SpinGuard<Tiny> guard(lock);
    Tiny::start(2, [&] { lock.lock(); });
  });
  EXPECT_EQ(Tiny::task(1).waits_for(), "spin_lock: held");
  EXPECT_FALSE(Tiny::run(1).ended());
  Tiny::counts = {};
  lock.unlock();
  EXPECT_EQ(Tiny::counts.releases, 1u);
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_TRUE(Tiny::run(2).ended());
  EXPECT_THROW(lock.lock(), Tiny::Stuck);
}

TEST(SpinLockTest, ExcludesRealThreads) {
  SpinLock<Native> lock;
  NativePlain<std::uint64_t> sections{0};
  run_crew(3, [&](unsigned) {
    for (int i = 0; i < 20'000; ++i) {
      SpinGuard<Native> guard(lock);
      sections.set(sections.get() + 1);
    }
  });
  EXPECT_EQ(sections.get(), 60'000u);
}

}  // namespace
}  // namespace faultline
