// yardstick_test.cpp: the contract of lockimpls/yardstick.hpp, on every lock of that registry: one
// task at a time on the tiny platform, several on this host.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "lockimpls/registry.hpp"
#include "platform/native.hpp"
#include "tests/platform/tasks.hpp"
#include "tests/platform/tiny.hpp"
#include "workloads/pair.hpp"

namespace faultline {
namespace {

struct LockNames {
  template <class L>
  static std::string GetName(int) {
    return L::name;
  }
};

template <class L>
class TinyYardstick : public ::testing::Test {};
using TinyLocks = YardstickLocks::on<::testing::Types, Tiny>;
TYPED_TEST_SUITE(TinyYardstick, TinyLocks, LockNames);

TYPED_TEST(TinyYardstick, MeetsItsContract) {
  static_assert(YardstickLock<TypeParam, Tiny>);
  TaskScope<Tiny> scope;
  TypeParam lock;
  typename TypeParam::Node node;
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(lock.is_idle());
    lock.acquire(node);
    EXPECT_FALSE(lock.is_idle());
    lock.release(node);
  }
  EXPECT_TRUE(lock.is_idle());
}

// The second task is in at once, or waits until the first has left; nobody else is needed for that.
TYPED_TEST(TinyYardstick, SecondTaskWaitsIfTheLockExcludes) {
  TaskScope<Tiny> scope;
  TypeParam lock;
  typename TypeParam::Node mine;
  typename TypeParam::Node other;
  bool inside = false;
  lock.acquire(mine);
  TinyTask& second = Tiny::start(1, [&] {
    lock.acquire(other);
    inside = true;
    lock.release(other);
  });
  EXPECT_EQ(inside, !TypeParam::excludes);
  EXPECT_EQ(second.ended(), !TypeParam::excludes);
  lock.release(mine);
  Tiny::run(1);
  EXPECT_TRUE(inside);
  EXPECT_TRUE(second.ended());
  EXPECT_TRUE(lock.is_idle());
}

template <class L>
class FairYardstick : public ::testing::Test {};
using FairLocks = ::testing::Types<TicketLock<Tiny>, McsLock<Tiny>>;
TYPED_TEST_SUITE(FairYardstick, FairLocks, LockNames);

TYPED_TEST(FairYardstick, TasksEnterInTheOrderTheyCame) {
  TaskScope<Tiny> scope;
  TypeParam lock;
  std::vector<typename TypeParam::Node> nodes(5);
  std::vector<unsigned> order;
  lock.acquire(nodes[0]);
  for (const unsigned id : {3u, 1u, 4u, 2u}) {
    Tiny::start(id, [&, id] {
      lock.acquire(nodes[id]);
      order.push_back(id);
      lock.release(nodes[id]);
    });
  }
  EXPECT_TRUE(order.empty());
  lock.release(nodes[0]);
  for (int round = 0; round < 4; ++round) {
    for (unsigned id = 1; id <= 4; ++id) Tiny::run(id);
  }
  EXPECT_EQ(order, (std::vector<unsigned>{3, 1, 4, 2}));
  EXPECT_TRUE(lock.is_idle());
}

// Both halves go round, with a task that waits across the wrap: neither disturbs the other.
TEST(TicketLock, HalvesWrapEachForItself) {
  TaskScope<Tiny> scope;
  TicketLock<Tiny> lock;
  TicketLock<Tiny>::Node mine;
  for (unsigned ticket = 0; ticket < 0xffff; ++ticket) {
    lock.acquire(mine);
    lock.release(mine);
  }
  EXPECT_EQ(lock.words()[0].value, 0xffffu);
  EXPECT_EQ(lock.words()[1].value, 0xffffu);
  lock.acquire(mine);
  TicketLock<Tiny>::Node other;
  TinyTask& second = Tiny::start(1, [&] {
    lock.acquire(other);
    lock.release(other);
  });
  EXPECT_FALSE(second.ended());
  EXPECT_EQ(lock.words()[0].value, 0xffffu);
  EXPECT_EQ(lock.words()[1].value, 1u);
  lock.release(mine);
  EXPECT_EQ(lock.words()[0].value, 0u);
  EXPECT_EQ(lock.words()[1].value, 1u);
  Tiny::run(1);
  EXPECT_TRUE(second.ended());
  EXPECT_EQ(lock.words()[0].value, 1u);
  EXPECT_TRUE(lock.is_idle());
}

TEST(CasRwLock, WriterAndReadersKeepEachOtherOut) {
  TaskScope<Tiny> scope;
  CasRwLock<Tiny> lock;
  Nothing node;
  lock.acquire_write();
  EXPECT_EQ(lock.words()[0].value, 0u);
  TinyTask& reader = Tiny::start(1, [&] { lock.acquire(node); });
  EXPECT_FALSE(reader.ended());
  EXPECT_EQ(lock.words()[0].value, 0u);  // a reader that waits changes nothing
  lock.release_write();
  Tiny::run(1);
  EXPECT_TRUE(reader.ended());
  TinyTask& writer = Tiny::start(2, [&] { lock.acquire_write(); });
  EXPECT_FALSE(writer.ended());
  lock.release(node);
  Tiny::run(2);
  EXPECT_TRUE(writer.ended());
  lock.release_write();
  EXPECT_TRUE(lock.is_idle());
}

// A lost round costs a compare-exchange and starts with a new look at the word.
TEST(CasCounter, GoesRoundAgainAfterLosing) {
  TaskScope<Tiny> scope;
  CasCounter<Tiny> lock;
  Nothing node;
  Tiny::start(1, [&] { lock.acquire(node); }, 1);  // has loaded, and not yet tried
  lock.acquire(node);
  Tiny::counts = {};
  Tiny::run(1);
  EXPECT_EQ(Tiny::counts.loads, 2u);  // the compare-exchange that failed, and the new look
  EXPECT_EQ(Tiny::counts.rmws, 1u);
  EXPECT_EQ(lock.words()[0].value, 2u);
  lock.release(node);
  lock.release(node);
  EXPECT_TRUE(lock.is_idle());
}

template <class L>
class NativeYardstick : public ::testing::Test {};
using NativeLocks = YardstickLocks::on<::testing::Types, Native>;
TYPED_TEST_SUITE(NativeYardstick, NativeLocks, LockNames);

// Meant for ThreadSanitizer as well: what check_op() writes are plain variables.
TYPED_TEST(NativeYardstick, PairsBalanceAndExclude) {
  NativeTaskScope scope;
  using Work = Pair<Native, TypeParam>;
  for (const unsigned threads : {1u, 2u, 3u, 5u}) {
    SCOPED_TRACE(threads);
    Work work({{"crit_ns", 0}, {"par_ns", 0}});
    std::vector<std::uint64_t> checked(threads);
    std::vector<std::uint64_t> torn(threads);
    run_crew(threads, [&](unsigned i) {
      typename Work::Thread thread(i);
      for (int round = 0; round < 500; ++round) {
        work.op(thread);
        work.check_op(thread, round % 50 == 0 ? 2000 : 0);
      }
      checked.at(i) = thread.checked;
      torn.at(i) = thread.torn;
    });
    std::uint64_t all_checked = 0;
    std::uint64_t all_torn = 0;
    for (unsigned i = 0; i < threads; ++i) {
      all_checked += checked[i];
      all_torn += torn[i];
    }
    EXPECT_EQ(all_checked, 500u * threads);
    EXPECT_EQ(work.verdict(all_checked, all_torn), "");
  }
}

// Two plain counters that agree whenever no writer is in.
TEST(CasRwLock, ReadersNeverSeeAWriterAtWork) {
  NativeTaskScope scope;
  CasRwLock<Native> lock;
  NativePlain<std::uint64_t> first{0};
  NativePlain<std::uint64_t> second{0};
  std::vector<std::uint64_t> torn(4);
  run_crew(4, [&](unsigned i) {
    Nothing node;
    for (int round = 0; round < 300; ++round) {
      if (i == 0) {
        lock.acquire_write();
        first.set(first.get() + 1);
        native_pause();
        second.set(second.get() + 1);
        lock.release_write();
      } else {
        lock.acquire(node);
        torn[i] += first.get() != second.get();
        lock.release(node);
      }
    }
  });
  EXPECT_EQ(torn, std::vector<std::uint64_t>(4));
  EXPECT_EQ(first.get(), 300u);
  EXPECT_TRUE(lock.is_idle());
}

}  // namespace
}  // namespace faultline
