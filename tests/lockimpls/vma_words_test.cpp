// vma_words_test.cpp: the words of the single-word VMA locks, value by value, and their limits.
#include <gtest/gtest.h>

#include <cstdint>

#include "lockimpls/vma_atomic.hpp"
#include "lockimpls/vma_refcount.hpp"
#include "lockimpls/vma_rwsem.hpp"
#include "tests/platform/tasks.hpp"
#include "tests/platform/tiny.hpp"

namespace faultline {
namespace {

template <class L>
class VmaWord : public ::testing::Test {
 protected:
  std::uint64_t word() const { return lock_.words()[0].value; }

  TaskScope<Tiny> scope_;
  L lock_;
  typename L::VmaPart vma_;
  typename L::MmPart mm_;
};

using RefcountWord = VmaWord<VmaRefcount<Tiny>>;
using AtomicWord = VmaWord<VmaAtomic<Tiny>>;
using RwsemWord = VmaWord<VmaRwsem<Tiny>>;
using SmallRefcount = VmaWord<BasicVmaRefcount<Tiny, 3>>;
using SmallAtomic = VmaWord<BasicVmaAtomic<Tiny, 3>>;

constexpr std::uint64_t x = 0x40000000;  // the kernel's exclude-readers flag

TEST_F(RefcountWord, HasTheKernelsValues) {
  EXPECT_EQ(sizeof(lock_), 4u);
  EXPECT_EQ(word(), 0u);
  lock_.attach(vma_);
  EXPECT_EQ(word(), 1u);
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
  EXPECT_EQ(word(), 3u);
  lock_.end_read(mm_);
  Tiny::start(1, [this] { EXPECT_TRUE(lock_.exclude_readers(mm_)); });
  EXPECT_EQ(word(), x + 2);
  EXPECT_TRUE(Tiny::task(1).asleep());
  lock_.end_read(mm_);
  EXPECT_EQ(word(), x + 1);
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_EQ(word(), x + 1);
  lock_.admit_readers();
  EXPECT_EQ(word(), 1u);
  lock_.detach(vma_, mm_);
  EXPECT_EQ(word(), 0u);
}

TEST_F(RefcountWord, DetacherWaitsAtX) {
  lock_.attach(vma_);
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
  Tiny::start(1, [this] { lock_.detach(vma_, mm_); });
  EXPECT_EQ(word(), x + 1);
  lock_.end_read(mm_);
  EXPECT_EQ(word(), x);
  EXPECT_EQ(Tiny::counts.unparks, 1u);
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_EQ(word(), 0u);
}

TEST_F(RefcountWord, DetacherThatFindsTheReaderGoneIsDone) {
  lock_.attach(vma_);
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
  Tiny::start(1, [this] { lock_.detach(vma_, mm_); }, 1);  // stopped when it has dropped its count
  EXPECT_EQ(word(), 1u);
  lock_.end_read(mm_);
  EXPECT_EQ(word(), 0u);
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_EQ(word(), 0u);
}

TEST_F(RefcountWord, OnlyReadersThatMayBeTheLastWake) {
  lock_.attach(vma_);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(lock_.try_read(), TryRead::ok);
  Tiny::start(1, [this] { lock_.exclude_readers(mm_); });
  Tiny::counts = {};
  lock_.end_read(mm_);
  lock_.end_read(mm_);
  EXPECT_EQ(Tiny::counts.fences + Tiny::counts.unparks, 0u);
  lock_.end_read(mm_);
  EXPECT_EQ(Tiny::counts.unparks, 1u);
  EXPECT_TRUE(Tiny::run(1).ended());
}

TEST_F(RefcountWord, KilledWriterTakesItsFlagBack) {
  lock_.attach(vma_);
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
  Excluded excluded = Excluded::yes;
  Tiny::start(1, [&] { excluded = lock_.exclude_readers_killable(mm_); });
  EXPECT_TRUE(Tiny::task(1).asleep());
  EXPECT_EQ(word(), x + 3);
  lock_.end_read(mm_);
  Tiny::task(1).fatal_signal = true;
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_EQ(excluded, Excluded::interrupted);
  EXPECT_EQ(word(), 2u);
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
  Tiny::counts = {};
  lock_.end_read(mm_);
  lock_.end_read(mm_);
  EXPECT_EQ(Tiny::counts.unparks, 0u);  // it has gone
  EXPECT_TRUE(lock_.exclude_readers(mm_));
  lock_.admit_readers();
  EXPECT_EQ(word(), 1u);
}

TEST_F(RefcountWord, KillableWriterIsOneThatNobodyKills) {
  EXPECT_EQ(lock_.exclude_readers_killable(mm_), Excluded::detached);
  EXPECT_EQ(word(), 0u);
  lock_.attach(vma_);
  Tiny::counts = {};
  EXPECT_EQ(lock_.exclude_readers_killable(mm_), Excluded::yes);
  EXPECT_GE(Tiny::counts.acquires, 1u);
  EXPECT_EQ(word(), x + 1);
  lock_.admit_readers();
  // A signal is no reason to give up what is to be had at once.
  Tiny::self().fatal_signal = true;
  EXPECT_EQ(lock_.exclude_readers_killable(mm_), Excluded::yes);
  Tiny::counts = {};
  lock_.admit_readers();
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
  Tiny::counts = {};
  EXPECT_EQ(lock_.exclude_readers_killable(mm_), Excluded::interrupted);
  EXPECT_EQ(Tiny::counts.releases, 2u);  // it announced itself, and let readers in again
  EXPECT_EQ(word(), 2u);
  lock_.end_read(mm_);
}

TEST_F(RefcountWord, KilledWhereverItsLastReaderLeaves) {
  for (const bool killed_before : {false, true}) {
    unsigned interrupted = 0;
    unsigned excluded = 0;
    for (std::uint64_t steps = 0; steps < 16; ++steps) {
      lock_.attach(vma_);
      ASSERT_EQ(lock_.try_read(), TryRead::ok);
      Tiny::task(1).fatal_signal = killed_before;
      const auto write = [&] {
        const Excluded answer = lock_.exclude_readers_killable(mm_);
        if (answer == Excluded::yes) lock_.admit_readers();
        interrupted += answer == Excluded::interrupted;
        excluded += answer == Excluded::yes;
      };
      const auto leave = [&] {
        lock_.end_read(mm_);
        Tiny::task(1).fatal_signal = true;
      };
      ASSERT_EQ(interrupt_after(steps, write, leave), "") << steps;
      EXPECT_EQ(word(), 1u) << steps;
      lock_.detach(vma_, mm_);
    }
    EXPECT_EQ(interrupted + excluded, 16u);
    EXPECT_GT(excluded, 0u);  // what has come true counts, whatever the signal
    EXPECT_EQ(interrupted > 0, killed_before);
  }
}

TEST_F(AtomicWord, HasThePatchsValues) {
  EXPECT_EQ(sizeof(lock_), 4u);
  lock_.attach(vma_);
  EXPECT_EQ(word(), 0u);
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
  EXPECT_EQ(word(), 1u);
  Tiny::start(1, [this] { EXPECT_TRUE(lock_.exclude_readers(mm_)); });
  EXPECT_TRUE(Tiny::task(1).asleep());
  EXPECT_EQ(word(), 0x40000001u);
  lock_.end_read(mm_);
  EXPECT_EQ(word(), 0x40000000u);
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_EQ(word(), 0x80000000u);
  lock_.admit_readers();
  EXPECT_EQ(word(), 0u);
}

TEST_F(AtomicWord, IsFullyOrdered) {
  Tiny::counts = {};
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
  lock_.end_read(mm_);
  EXPECT_TRUE(lock_.exclude_readers(mm_));
  EXPECT_EQ(Tiny::counts.fulls, 3u);
  EXPECT_EQ(Tiny::counts.rmws, 3u);
  lock_.admit_readers();
  EXPECT_EQ(Tiny::counts.fulls, 3u);
  EXPECT_EQ(Tiny::counts.stores, 1u);
}

TEST_F(RwsemWord, EndsAReadInsideAnRcuSection) {
  // The semaphore is touched after the count has dropped: the VMA must not go before that.
  EXPECT_EQ(sizeof(lock_), 40u);
  lock_.attach(vma_);
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
  Tiny::start(1, [this] { lock_.exclude_readers(mm_); });
  Tiny::run_until_asleep(1);
  Tiny::start(2, [this] { lock_.end_read(mm_); }, 0);
  while (word() >= 256 && !Tiny::task(2).ended()) Tiny::run(2, 1);
  ASSERT_FALSE(Tiny::task(2).ended());
  struct Watched {
    explicit Watched(bool* gone) : flag(gone) {}
    ~Watched() { *flag = true; }
    bool* flag;
  };
  bool freed = false;
  Tiny::Cache<Watched> cache;
  cache.free_rcu(cache.alloc(&freed));
  while (!Tiny::run(2, 1).ended()) EXPECT_FALSE(freed);
  EXPECT_TRUE(freed);
  EXPECT_TRUE(Tiny::run(1).ended());
}

TEST_F(SmallRefcount, RefusesReadersAtItsLimit) {
  lock_.attach(vma_);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(lock_.try_read(), TryRead::ok);
  EXPECT_EQ(word(), 7u);
  EXPECT_EQ(lock_.try_read(), TryRead::busy);
  EXPECT_EQ(word(), 7u);
  // The writer's bit comes on top, and nothing wraps.
  Tiny::start(1, [this] { EXPECT_TRUE(lock_.exclude_readers(mm_)); });
  EXPECT_EQ(word(), 15u);
  EXPECT_EQ(lock_.try_read(), TryRead::busy);
  for (int i = 0; i < 6; ++i) lock_.end_read(mm_);
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_EQ(word(), 9u);
  lock_.admit_readers();
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
}

TEST_F(SmallAtomic, RefusesReadersAtItsLimit) {
  for (int i = 0; i < 7; ++i) EXPECT_EQ(lock_.try_read(), TryRead::ok);
  EXPECT_EQ(word(), 7u);
  EXPECT_EQ(lock_.try_read(), TryRead::busy);
  EXPECT_EQ(word(), 7u);
  Tiny::start(1, [this] { EXPECT_TRUE(lock_.exclude_readers(mm_)); });
  EXPECT_EQ(word(), 15u);
  for (int i = 0; i < 7; ++i) lock_.end_read(mm_);
  EXPECT_EQ(word(), 8u);
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_EQ(word(), 16u);
  lock_.admit_readers();
  EXPECT_EQ(lock_.try_read(), TryRead::ok);
}

}  // namespace
}  // namespace faultline
