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
