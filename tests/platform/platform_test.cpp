// platform_test.cpp: what every platform promises, on the native and the tiny one; then what only
// the tiny one can notice, because a detector that never fires is worth nothing.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "platform/native.hpp"
#include "tests/platform/tasks.hpp"
#include "tests/platform/tiny.hpp"

namespace faultline {
namespace {

struct Counted {
  explicit Counted(int* gone = nullptr) : destroyed(gone) {}
  ~Counted() {
    if (destroyed != nullptr) ++*destroyed;
  }
  int* destroyed;
  std::uint64_t padding = 0;
};

template <class P>
class PlatformContract : public ::testing::Test {
 private:
  TaskScope<P> scope_;
};
using Platforms = ::testing::Types<Native, Tiny>;
TYPED_TEST_SUITE(PlatformContract, Platforms, PlatformCaseNames);

TYPED_TEST(PlatformContract, WordsTakeNoMoreRoomThanTheirValues) {
  using P = TypeParam;
  EXPECT_EQ(sizeof(typename P::template Atomic<std::uint8_t>), 1u);
  EXPECT_EQ(sizeof(typename P::template Atomic<bool>), 1u);
  EXPECT_EQ(sizeof(typename P::template Atomic<void*>), sizeof(void*));
  EXPECT_EQ(sizeof(typename P::template Plain<std::uint64_t>), 8u);
}

TYPED_TEST(PlatformContract, WordsDoWhatStdAtomicDoes) {
  typename TypeParam::template Atomic<std::uint32_t> word{5};
  EXPECT_EQ(word.exchange(6, full), 5u);
  EXPECT_EQ(word.fetch_add(4, acquire), 6u);
  EXPECT_EQ(word.fetch_sub(8, release), 10u);
  EXPECT_EQ(word.fetch_or(9, relaxed), 2u);
  EXPECT_EQ(word.fetch_and(~3u, acq_rel), 11u);
  std::uint32_t expected = 7;
  EXPECT_FALSE(word.compare_exchange_strong(expected, 1, full));
  EXPECT_EQ(expected, 8u);
  EXPECT_TRUE(word.compare_exchange_strong(expected, 1, full));
  while (!word.compare_exchange_weak(expected, 2, full)) {
  }
  EXPECT_EQ(word.load(acquire), 2u);
  word.store(3, release);
  EXPECT_EQ(word.load(relaxed), 3u);
}

TYPED_TEST(PlatformContract, ChangesWithoutAResult) {
  typename TypeParam::template Atomic<std::uint64_t> word{5};
  word.add(4, acquire);
  EXPECT_EQ(word.load(relaxed), 9u);
  word.sub(7, release);
  EXPECT_EQ(word.load(relaxed), 2u);
  word.or_(9, relaxed);
  EXPECT_EQ(word.load(relaxed), 11u);
  word.and_(~std::uint64_t{3}, full);
  EXPECT_EQ(word.load(relaxed), 8u);
  static_assert(std::is_void_v<decltype(word.add(1, relaxed))>);
  if constexpr (std::is_same_v<TypeParam, Tiny>) {
    Tiny::counts = {};
    word.add(1, acquire);
    word.sub(1, release);
    word.or_(1, full);
    word.and_(1, acq_rel);
    EXPECT_EQ(Tiny::counts.rmws, 4u);
    EXPECT_EQ(Tiny::counts.loads + Tiny::counts.stores, 0u);
    EXPECT_EQ(Tiny::counts.acquires, 3u);
    EXPECT_EQ(Tiny::counts.releases, 3u);
  }
}

TYPED_TEST(PlatformContract, TryUpdateReplacesOrSaysWhatItRefused) {
  typename TypeParam::template Atomic<std::uint32_t> word{5};
  std::uint32_t seen = 99;
  const auto double_below_8 = [](std::uint32_t value, std::uint32_t& wanted) {
    wanted = 2 * value;
    return value < 8;
  };
  EXPECT_TRUE(word.try_update(seen, double_below_8, acquire));
  EXPECT_EQ(seen, 5u);
  EXPECT_EQ(word.load(relaxed), 10u);
  EXPECT_FALSE(word.try_update(seen, double_below_8, full));
  EXPECT_EQ(seen, 10u);
  EXPECT_EQ(word.load(relaxed), 10u);
}

TYPED_TEST(PlatformContract, TryUpdateAsksAgainWhenTheWordHasChanged) {
  typename TypeParam::template Atomic<std::uint32_t> word{1};
  std::uint32_t seen = 0;
  unsigned asked = 0;
  const bool replaced = word.try_update(
      seen,
      [&](std::uint32_t value, std::uint32_t& wanted) {
        if (asked++ == 0) word.store(7, relaxed);  // another task's doing, in between
        wanted = value + 1;
        return true;
      },
      release);
  EXPECT_TRUE(replaced);
  EXPECT_EQ(asked, 2u);
  EXPECT_EQ(seen, 7u);
  EXPECT_EQ(word.load(relaxed), 8u);
}

TYPED_TEST(PlatformContract, AwaitReturnsTheValueThatEndedTheWait) {
  using P = TypeParam;
  typename P::template Atomic<std::uint32_t> word{7};
  EXPECT_EQ(P::await("seven", word, [](std::uint32_t value) { return value == 7; }, acquire), 7u);
}

TYPED_TEST(PlatformContract, AwaitUntilEndsForEachOfItsReasons) {
  using P = TypeParam;
  typename P::template Atomic<std::uint32_t> word{0};
  const auto set = [](std::uint32_t value) { return value != 0; };
  Stop<typename P::Task> stop;

  stop.deadline_ns = P::now();
  P::work(1000);
  EXPECT_FALSE(P::await_until("never", stop, set, word));

  // A task that was never begun is on no CPU of the host; on the tiny platform the test says so.
  stop = {};
  stop.owner = &P::task(P::tasks_max - 1);
  if constexpr (std::is_same_v<P, Tiny>) Tiny::task(P::tasks_max - 1).preempted = true;
  EXPECT_FALSE(P::await_until("never", stop, set, word));

  stop = {};
  stop.need_resched = true;
  P::preempt_disable();
  if constexpr (std::is_same_v<P, Tiny>) Tiny::self().need_resched = true;
  EXPECT_FALSE(P::await_until("never", stop, set, word));
  P::preempt_enable();

  word.store(1, relaxed);
  EXPECT_TRUE(P::await_until("already", stop, set, word));
}

TYPED_TEST(PlatformContract, ParkSleepsUntilUnparked) {
  using P = TypeParam;
  typename P::template Atomic<std::uint32_t> word{0};
  std::atomic<typename P::Task*> sleeper{nullptr};
  OtherTask<P> other([&] {
    sleeper = &P::self();
    for (;;) {
      P::prepare_to_park("the word");
      if (word.load(acquire) != 0) break;
      P::park();
    }
    P::finish_park();
  });
  EXPECT_TRUE(other.still_sleeps());
  EXPECT_FALSE(P::on_cpu(*sleeper));
  word.store(1, release);
  P::unpark(*sleeper);
  other.join();
}

TYPED_TEST(PlatformContract, UnparkAfterPrepareIsNotLost) {
  using P = TypeParam;
  P::prepare_to_park("nothing");
  P::unpark(P::self());
  P::park();
  P::finish_park();
  P::unpark(P::self());  // and one that comes late is harmless
}

TYPED_TEST(PlatformContract, NoSignalIsPendingUnlessTheTestSaysSo) {
  EXPECT_FALSE(TypeParam::fatal_signal_pending());
  if constexpr (std::is_same_v<TypeParam, Tiny>) {
    Tiny::task(1).fatal_signal = true;
    EXPECT_FALSE(Tiny::fatal_signal_pending());
    Tiny::self().fatal_signal = true;
    EXPECT_TRUE(Tiny::fatal_signal_pending());
  }
}

TYPED_TEST(PlatformContract, ObjectsLieDensely) {
  using P = TypeParam;
  typename P::template Cache<Counted> cache;
  std::set<std::uintptr_t> places;
  std::array<Counted*, 8> objects;
  for (Counted*& object : objects) {
    object = cache.alloc();
    places.insert(reinterpret_cast<std::uintptr_t>(object));
  }
  EXPECT_EQ(places.size(), objects.size());
  EXPECT_EQ(*places.rbegin() - *places.begin(), 7 * sizeof(Counted));
  for (Counted* object : objects) cache.free(object);
}

TYPED_TEST(PlatformContract, DeferredFreesWaitForReaders) {
  using P = TypeParam;
  int destroyed = 0;
  {
    typename P::template Cache<Counted> cache;
    Counted* object = cache.alloc(&destroyed);
    {
      RcuReader<P> reader;
      cache.free_rcu(object);
      cache.flush();
      P::work(1000);
      EXPECT_EQ(object->destroyed, &destroyed);
      EXPECT_EQ(destroyed, 0);
    }
  }
  EXPECT_EQ(destroyed, 1);
}

TYPED_TEST(PlatformContract, TypeStableObjectsKeepWhatTheyHeld) {
  using P = TypeParam;
  typename P::template TypeStableCache<Counted> cache;
  Counted* object = cache.alloc();
  object->padding = 42;
  cache.free(object);
  Counted* again = cache.alloc();
  EXPECT_EQ(again, object);
  EXPECT_EQ(again->padding, 42u);
  cache.free(again);
}

TYPED_TEST(PlatformContract, TasksHaveTheirOwnThings) {
  using P = TypeParam;
  struct Mine {
    std::uint32_t owner = 0;
  };
  const std::uint32_t me = P::self().id();
  EXPECT_LT(me, P::tasks_max);
  EXPECT_EQ(&P::task(me), &P::self());
  P::template per_task<Mine>(me).owner = 1;
  EXPECT_EQ(P::template per_task<Mine>(me + 1).owner, 0u);
  EXPECT_NE(P::random(), P::random());
}

TYPED_TEST(PlatformContract, TimePassesWithWork) {
  using P = TypeParam;
  const std::uint64_t before = P::now();
  P::work(2000);
  EXPECT_GE(P::now(), before + 2000);
  std::array<char, 64> page;
  page.fill('x');
  P::clear(page.data(), page.size());
  EXPECT_EQ(page[0] | page[63], 0);
}

TEST(NativeRun, NoWakeUpIsLost) {
  // Two tasks hand a token to and fro; each sleeps until it has it.
  NativeAtomic<std::uint32_t> token{0};
  std::array<NativeTask*, 2> tasks{};
  run_crew(2, [&](unsigned i) {
    tasks[i] = &Native::self();
    native_fence(full);
    static std::atomic<unsigned> set{0};
    ++set;
    spin_until([] { return set == 2; });
    for (int round = 0; round < 5000; ++round) {
      for (;;) {
        Native::prepare_to_park("the token");
        if (token.load(acquire) == i) break;
        Native::park();
      }
      Native::finish_park();
      token.store(1 - i, release);
      Native::unpark(*tasks[1 - i]);
    }
  });
  EXPECT_EQ(token.load(relaxed), 0u);
}

TEST(NativeRun, CachesOfSeveralThreadsNeverHandOutOneObjectTwice) {
  NativeTaskScope scope;
  NativeCache<Counted> cache;
  run_crew(3, [&](unsigned i) {
    std::vector<Counted*> held;
    for (int round = 0; round < 3000; ++round) {
      RcuReader<Native> reader;
      Counted* object = cache.alloc();
      object->padding = i;
      held.push_back(object);
      if (held.size() < 100) continue;
      for (Counted* each : held) {
        ASSERT_EQ(each->padding, i);
        round % 2 == 0 ? cache.free(each) : cache.free_rcu(each);
      }
      held.clear();
    }
    for (Counted* each : held) cache.free(each);
  });
}

// Puts the hook back as it was.
class AssertionHook : public ::testing::Test {
 protected:
  struct Caught {
    std::string condition;
    std::string file;
    int line;
  };
  ~AssertionHook() override { assertion_hook = before_; }

 private:
  void (*const before_)(const char*, const char*, int) = assertion_hook;
};
using AssertionHookDeathTest = AssertionHook;

TEST_F(AssertionHook, MayTakeOver) {
  EXPECT_EQ(assertion_hook, nullptr);
  assertion_hook = [](const char* condition, const char* file, int line) {
    throw Caught{condition, file, line};
  };
  const int two = 2;
  FL_ASSERT(two == 2);
  const int line = __LINE__ + 2;
  try {
    FL_ASSERT(two == 3);
    FAIL() << "went on after a failed assertion";
  } catch (const Caught& caught) {
    EXPECT_EQ(caught.condition, "two == 3");
    EXPECT_NE(caught.file.find("platform_test.cpp"), std::string::npos);
    EXPECT_EQ(caught.line, line);
  }
}

TEST_F(AssertionHookDeathTest, ThatReturnsChangesNothing) {
  assertion_hook = [](const char*, const char*, int) { std::fputs("hook called; ", stderr); };
  EXPECT_DEATH(FL_ASSERT(0 == 1), "hook called; faultline: assertion failed: 0 == 1");
}

class TinyDetects : public ::testing::Test {
 protected:
  TaskScope<Tiny> scope_;
};
using TinyDetectsDeathTest = TinyDetects;

TEST_F(TinyDetects, WaitThatNothingEnds) {
  Tiny::Atomic<std::uint32_t> word{0};
  const auto set = [](std::uint32_t value) { return value != 0; };
  EXPECT_THROW(Tiny::await("a word", word, set, relaxed), Tiny::Stuck);
  EXPECT_THROW(Tiny::await_until("a word", {}, set, word), Tiny::Stuck);
  Tiny::prepare_to_park("a word");
  EXPECT_THROW(Tiny::park(), Tiny::Stuck);
  Tiny::finish_park();
}

TEST_F(TinyDetects, LostWakeUp) {
  // Tests the condition before it announces its sleep: the wake-up in between is lost.
  const auto run = [](std::uint64_t steps, bool right) {
    Tiny::Atomic<std::uint32_t> word{0};
    return interrupt_after(
        steps,
        [&] {
          if (right) Tiny::prepare_to_park("the word");
          while (word.load(acquire) == 0) {
            if (!right) Tiny::prepare_to_park("the word");
            Tiny::park();
            if (right) Tiny::prepare_to_park("the word");
          }
          Tiny::finish_park();
        },
        [&] {
          word.store(1, release);
          Tiny::unpark(Tiny::task(1));
        });
  };
  EXPECT_EQ(run(1, false), "the word; ");
  for (std::uint64_t steps = 0; steps < 6; ++steps) EXPECT_EQ(run(steps, true), "");
}

TEST_F(TinyDetects, TasksThatGoOnOnlyWhenTheyAreRun) {
  Tiny::Atomic<std::uint32_t> word{0};
  Tiny::start(1, [&] { word.store(word.load(relaxed) + 1, relaxed); }, 1);
  EXPECT_EQ(word.load(relaxed), 0u);
  Tiny::start(2, [&] { word.fetch_add(1, relaxed); });
  EXPECT_TRUE(Tiny::task(2).ended());
  EXPECT_EQ(Tiny::task(1).waits_for(), "its next step");
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_EQ(word.load(relaxed), 1u);
}

TEST_F(TinyDetects, WeakExchangesThatFailForNothing) {
  Tiny::Atomic<std::uint32_t> word{0};
  Tiny::weak_failures = 1;
  std::uint32_t expected = 0;
  EXPECT_FALSE(word.compare_exchange_weak(expected, 1, full));
  EXPECT_TRUE(word.compare_exchange_weak(expected, 1, full));
}

TEST_F(TinyDetects, TryUpdateIsCountedAsItsLoop) {
  Tiny::Atomic<std::uint32_t> word{0};
  std::uint32_t seen = 0;
  const auto increment = [](std::uint32_t value, std::uint32_t& wanted) {
    wanted = value + 1;
    return value != 1;
  };
  Tiny::counts = {};
  Tiny::weak_failures = 1;
  EXPECT_TRUE(word.try_update(seen, increment, full));
  EXPECT_EQ(Tiny::counts.loads, 2u);
  EXPECT_EQ(Tiny::counts.rmws, 1u);
  EXPECT_EQ(Tiny::counts.fulls, 1u);
  EXPECT_FALSE(word.try_update(seen, increment, full));
  EXPECT_EQ(Tiny::counts.loads, 3u);
  EXPECT_EQ(Tiny::counts.rmws, 1u);
  // Another task can come between the load and the exchange.
  word.store(2, relaxed);
  Tiny::start(1, [&] { EXPECT_TRUE(word.try_update(seen, increment, full)); }, 1);
  word.store(4, relaxed);
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_EQ(seen, 4u);
  EXPECT_EQ(word.load(relaxed), 5u);
}

TEST_F(TinyDetects, WhichOrdersWereUsed) {
  Tiny::Atomic<std::uint32_t> word{0};
  Tiny::counts = {};
  word.load(acquire);
  word.store(1, release);
  word.fetch_add(1, full);
  Tiny::fence(acq_rel);
  EXPECT_EQ(Tiny::counts.loads, 1u);
  EXPECT_EQ(Tiny::counts.writes(), 2u);
  EXPECT_EQ(Tiny::counts.fences, 1u);
  EXPECT_EQ(Tiny::counts.acquires, 3u);
  EXPECT_EQ(Tiny::counts.releases, 3u);
  EXPECT_EQ(Tiny::counts.fulls, 1u);
}

TEST_F(TinyDetectsDeathTest, MemoryErrors) {
  struct Object {
    Tiny::Plain<int> value{1};
  };
  Tiny::Cache<Object> cache;
  Object* object = cache.alloc();
  cache.free(object);
  EXPECT_DEATH(object->value.get(), "use after free");
  EXPECT_DEATH(cache.free(object), "not in use");
  EXPECT_DEATH(cache.free_rcu(object), "not in use");
  EXPECT_DEATH({ Tiny::Cache<Object>().alloc(); }, "not freed");
  EXPECT_DEATH(Tiny::rcu_read_unlock(), "without rcu_read_lock");
  EXPECT_DEATH(Tiny::preempt_enable(), "without preempt_disable");
  const auto leave_preemption_off = [] {
    Tiny::start(1, [] { Tiny::preempt_disable(); });
    Tiny::reset();
  };
  EXPECT_DEATH(leave_preemption_off(), "preemption disabled");
  const auto go_round = [] {
    Tiny::Atomic<bool> word{false};
    Tiny::start(1, [&] {
      while (!word.load(relaxed)) {
      }
    });
  };
  EXPECT_DEATH(go_round(), "without waiting");
}

}  // namespace
}  // namespace faultline
