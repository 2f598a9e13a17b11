// rwsem_test.cpp: the words of the rw_semaphore, who queues, who steals, who is woken and to whom
// the lock is handed. Spinning is in rwsem_spin_test.cpp.
#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <ostream>
#include <string>
#include <vector>

#include "lockimpls/rwsem.hpp"
#include "platform/native.hpp"
#include "tests/lockimpls/rwsem_fixture.hpp"

namespace faultline {
namespace {

using RwSemDeathTest = RwSemTest;

TEST_F(RwSemTest, TakesTheRoomItTakesInTheKernel) {
  EXPECT_EQ(sizeof(RwSem<Native>), 40u);
  EXPECT_EQ(sizeof(RwSem<Tiny>), 40u);
}

TEST_F(RwSemTest, ReadersAreCountedInStepsOf256) {
  sem_.down_read();
  EXPECT_EQ(count(), reader);
  EXPECT_EQ(owner(), task_bits(0) | reader_owned);
  Tiny::be(7);
  EXPECT_TRUE(sem_.down_read_trylock());
  EXPECT_EQ(count(), 2 * reader);
  EXPECT_EQ(owner(), task_bits(7) | reader_owned);
  EXPECT_TRUE(sem_.is_locked());
  EXPECT_FALSE(sem_.is_write_locked());
  EXPECT_FALSE(sem_.down_write_trylock());
  sem_.up_read();
  sem_.up_read();
  EXPECT_EQ(count(), 0u);
  EXPECT_EQ(owner(), task_bits(7) | reader_owned);  // stale, as in the kernel
  EXPECT_FALSE(sem_.is_locked());
}

TEST_F(RwSemTest, WriterIsAlone) {
  sem_.down_write();
  EXPECT_EQ(count(), writer);
  EXPECT_EQ(owner(), task_bits(0));
  EXPECT_TRUE(sem_.is_write_locked());
  EXPECT_FALSE(sem_.down_read_trylock());
  EXPECT_FALSE(sem_.down_write_trylock());
  EXPECT_EQ(count(), writer);
  sem_.up_write();
  EXPECT_EQ(count(), 0u);
  EXPECT_EQ(owner(), 0u);
  EXPECT_TRUE(sem_.down_write_trylock());
  EXPECT_EQ(count(), writer);
  sem_.up_write();
}

TEST_F(RwSemTest, WriterLetsGoOfTheOwnerBeforeTheLock) {
  sem_.down_write();
  Tiny::start(1, [this] { sem_.up_write(); }, 0);
  step_until(1, [this] { return count() == 0; });
  ASSERT_TRUE(sem_.down_write_trylock());
  EXPECT_TRUE(gets_it(1));
  EXPECT_EQ(owner(), task_bits(0));  // not wiped out by the one before
  sem_.up_write();
}

TEST_F(RwSemTest, FastPathsAreOneReadModifyWrite) {
  const auto counts_of = [](auto operation) {
    Tiny::counts = {};
    operation();
    return Tiny::counts;
  };
  const auto expect = [&](const TinyCounts& seen, unsigned acquires, unsigned releases) {
    EXPECT_EQ(seen.rmws, 1u);
    EXPECT_EQ(seen.acquires, acquires);
    EXPECT_EQ(seen.releases, releases);
    EXPECT_EQ(seen.fences + seen.fulls + seen.unparks, 0u);
  };
  expect(counts_of([&] { sem_.down_read(); }), 1, 0);
  expect(counts_of([&] { sem_.up_read(); }), 0, 1);
  expect(counts_of([&] { EXPECT_TRUE(sem_.down_read_trylock()); }), 1, 0);
  sem_.up_read();
  expect(counts_of([&] { sem_.down_write(); }), 1, 0);
  expect(counts_of([&] { sem_.downgrade_write(); }), 0, 1);
  sem_.up_read();
  expect(counts_of([&] { EXPECT_TRUE(sem_.down_write_trylock()); }), 1, 0);
  expect(counts_of([&] { sem_.up_write(); }), 0, 1);
}

TEST_F(RwSemDeathTest, WhatIsNotHeldIsNotGivenBack) {
  EXPECT_DEATH(sem_.up_read(), "assertion failed");
  EXPECT_DEATH(sem_.up_write(), "assertion failed");
  EXPECT_DEATH(sem_.downgrade_write(), "assertion failed");
  sem_.down_read();
  EXPECT_DEATH(sem_.up_write(), "assertion failed");
  sem_.up_read();
}

TEST_F(RwSemTest, NobodyJoinsAQueuedWritersReaders) {
  sem_.down_read();
  queue_writer(1);
  EXPECT_EQ(count(), reader + waiters);
  EXPECT_TRUE(sem_.has_waiters());
  EXPECT_FALSE(sem_.down_read_trylock());
  EXPECT_FALSE(sem_.down_write_trylock());
  queue_reader(2);
  EXPECT_EQ(count(), reader + waiters);  // it has taken its own share back

  sem_.up_read();
  EXPECT_EQ(Tiny::task(1).wakes, 1u);
  EXPECT_EQ(Tiny::task(2).wakes, 0u);
  EXPECT_TRUE(gets_it(1));
  EXPECT_EQ(count(), writer + waiters);
  EXPECT_EQ(owner(), task_bits(1));

  sem_.up_write();
  EXPECT_EQ(count(), reader);  // granted before it is woken
  EXPECT_EQ(owner(), task_bits(2) | reader_owned);
  EXPECT_TRUE(gets_it(2));
  sem_.up_read();
  EXPECT_EQ(count(), 0u);
}

TEST_F(RwSemTest, OnlyTheLastReaderWakes) {
  for (int i = 0; i < 3; ++i) sem_.down_read();
  queue_writer(1);
  Tiny::counts = {};
  sem_.up_read();
  sem_.up_read();
  EXPECT_EQ(Tiny::counts.unparks, 0u);
  EXPECT_FALSE(gets_it(1));
  sem_.up_read();
  EXPECT_EQ(Tiny::counts.unparks, 1u);
  EXPECT_TRUE(gets_it(1));
  EXPECT_EQ(count(), writer);  // it was the only one in the list
}

TEST_F(RwSemTest, ReadersStealFromAWriterThatWasOnlyWoken) {
  sem_.down_read();
  queue_writer(1);
  sem_.up_read();
  EXPECT_EQ(count(), waiters);
  EXPECT_TRUE(start_reader(2).ended());
  EXPECT_EQ(count(), reader + waiters);
  EXPECT_EQ(owner(), task_bits(2) | reader_owned);
  queue_reader(3);  // but none joins the thief: the stream of readers would never end
  EXPECT_FALSE(gets_it(1));
  EXPECT_TRUE(Tiny::task(1).asleep());
  sem_.up_read();
  EXPECT_TRUE(gets_it(1));
  EXPECT_EQ(count(), writer + waiters);
  sem_.up_write();
  EXPECT_TRUE(gets_it(3));
}

TEST_F(RwSemTest, ThiefLetsQueuedReadersIn) {
  sem_.down_write();
  queue_reader(1);
  queue_writer(2);
  queue_reader(3);
  // The writer is stopped after it has let go, before it wakes anyone.
  Tiny::start(4, [this] { sem_.up_write(); }, 2);
  ASSERT_EQ(count(), waiters);
  EXPECT_TRUE(start_reader(5).ended());
  EXPECT_EQ(count(), 3 * reader + waiters);
  EXPECT_TRUE(gets_it(1));
  EXPECT_TRUE(gets_it(3));
  EXPECT_TRUE(gets_it(4));
  EXPECT_FALSE(gets_it(2));
  for (int i = 0; i < 3; ++i) sem_.up_read();
  EXPECT_TRUE(gets_it(2));
}

TEST_F(RwSemTest, ReaderThatFindsTheWriterGoneKeepsItsShare) {
  sem_.down_write();
  // Stopped after its first addition, when it has seen the writer.
  Tiny::start(2, [this] { sem_.down_read(); }, 1);
  sem_.up_write();
  EXPECT_EQ(count(), reader);
  Tiny::counts = {};
  EXPECT_TRUE(gets_it(2));
  EXPECT_EQ(count(), reader);
  EXPECT_EQ(owner(), task_bits(2) | reader_owned);
  EXPECT_EQ(Tiny::counts.rmws, 1u);  // for wait_lock: it has not queued
  EXPECT_EQ(Tiny::counts.unparks, 0u);
}

TEST_F(RwSemTest, AllQueuedReadersAreWokenAtOnceSkippingWriters) {
  sem_.down_write();
  queue_reader(1);
  queue_writer(2);
  queue_reader(3);
  queue_writer(4);
  queue_reader(5);
  sem_.up_write();
  EXPECT_EQ(count(), 3 * reader + waiters);
  for (const std::uint32_t id : {1u, 3u, 5u}) EXPECT_TRUE(gets_it(id)) << id;
  for (const std::uint32_t id : {2u, 4u}) EXPECT_EQ(Tiny::task(id).wakes, 0u) << id;
  for (int i = 0; i < 3; ++i) sem_.up_read();
  EXPECT_EQ(Tiny::task(2).wakes, 1u);
  EXPECT_EQ(Tiny::task(4).wakes, 0u);
  EXPECT_TRUE(gets_it(2));
  sem_.up_write();
  EXPECT_TRUE(gets_it(4));
  sem_.up_write();
  EXPECT_EQ(count(), 0u);
}

TEST_F(RwSemTest, FirstWriterIsWokenAlone) {
  sem_.down_write();
  queue_writer(1);
  queue_reader(2);
  sem_.up_write();
  EXPECT_EQ(count(), waiters);
  EXPECT_FALSE(gets_it(2));
  EXPECT_TRUE(gets_it(1));
  sem_.up_write();
  EXPECT_TRUE(gets_it(2));
}

TEST_F(RwSemTest, AtMost256ReadersAreWokenAtOnce) {
  constexpr std::uint32_t all = 300;
  sem_.down_write();
  for (std::uint32_t id = 1; id <= all; ++id) queue_reader(id);
  Tiny::counts = {};
  sem_.up_write();
  EXPECT_EQ(Tiny::counts.unparks, 256u);
  EXPECT_EQ(count(), 256 * reader + waiters);
  for (std::uint32_t id = 1; id <= all; ++id) EXPECT_EQ(gets_it(id), id <= 256) << id;
  for (int i = 0; i < 256; ++i) sem_.up_read();
  EXPECT_EQ(count(), (all - 256) * reader);
  for (std::uint32_t id = 257; id <= all; ++id) EXPECT_TRUE(gets_it(id)) << id;
}

TEST_F(RwSemTest, DowngradeLetsReadersInAndKeepsWritersOut) {
  sem_.down_write();
  queue_reader(1);
  queue_writer(2);
  queue_reader(3);
  sem_.downgrade_write();
  EXPECT_EQ(count(), 3 * reader + waiters);
  EXPECT_TRUE(gets_it(1));
  EXPECT_TRUE(gets_it(3));
  EXPECT_EQ(Tiny::task(2).wakes, 0u);
  EXPECT_FALSE(sem_.down_write_trylock());
  for (int i = 0; i < 3; ++i) sem_.up_read();
  EXPECT_TRUE(gets_it(2));
}

TEST_F(RwSemTest, DowngradeWakesNoWriter) {
  sem_.down_write();
  queue_writer(1);
  Tiny::counts = {};
  sem_.downgrade_write();
  EXPECT_EQ(Tiny::counts.unparks, 0u);
  EXPECT_EQ(count(), reader + waiters);
  EXPECT_EQ(owner(), task_bits(0) | reader_owned);
  sem_.up_read();
  EXPECT_TRUE(gets_it(1));
}

class RwSemHandoff : public RwSemTest {
 protected:
  // A queued writer that has been woken, only to find that a reader has stolen the lock.
  void robbed_writer(std::uint64_t after_ns) {
    sem_.down_read();
    queue_writer(1);
    sem_.up_read();
    EXPECT_TRUE(start_reader(2).ended());
    Tiny::advance(after_ns);
    EXPECT_FALSE(gets_it(1));
  }
};

TEST_F(RwSemHandoff, NotBefore4Milliseconds) {
  robbed_writer(4'000'000);
  EXPECT_EQ(count(), reader + waiters);
  sem_.up_read();
  EXPECT_TRUE(start_reader(3).ended());  // it is robbed again
  Tiny::advance(1);
  EXPECT_FALSE(gets_it(1));
  EXPECT_EQ(count(), reader + waiters + handoff);
  sem_.up_read();
  EXPECT_TRUE(gets_it(1));
}

TEST_F(RwSemHandoff, NobodyStealsFromAWriterThatWasPromisedTheLock) {
  robbed_writer(4'000'001);
  EXPECT_EQ(count(), reader + waiters + handoff);
  EXPECT_FALSE(sem_.down_read_trylock());
  sem_.up_read();
  EXPECT_EQ(count(), waiters + handoff);
  EXPECT_FALSE(sem_.down_read_trylock());
  EXPECT_FALSE(sem_.down_write_trylock());
  queue_reader(3);
  start_writer(4);
  EXPECT_FALSE(Tiny::task(4).asleep());             // neither by spinning
  EXPECT_TRUE(Tiny::run_until_asleep(4).asleep());  // nor by being quicker in the queue
  EXPECT_EQ(count(), waiters + handoff);
  EXPECT_TRUE(gets_it(1));
  EXPECT_EQ(count(), writer + waiters);  // the promise is kept, and gone
  EXPECT_EQ(owner(), task_bits(1));
  sem_.up_write();
  EXPECT_TRUE(gets_it(3));
  sem_.up_read();
  EXPECT_TRUE(gets_it(4));
}

TEST_F(RwSemHandoff, PromisedWriterSpinsOnARunningOwner) {
  sem_.down_read();
  queue_writer(1);
  sem_.up_read();
  EXPECT_TRUE(start_writer(2).ended());  // steals by spinning, past the queue
  EXPECT_EQ(count(), writer + waiters);
  Tiny::advance(4'000'001);
  EXPECT_FALSE(gets_it(1));
  EXPECT_EQ(count(), writer + waiters + handoff);
  EXPECT_FALSE(Tiny::task(1).asleep());
  EXPECT_EQ(Tiny::task(1).waits_for(), "rwsem: the owner to leave");
  sem_.up_write();
  EXPECT_TRUE(gets_it(1));
  EXPECT_EQ(count(), writer);
}

TEST_F(RwSemHandoff, NoOtherWaiterTakesWhatTheFirstWasPromised) {
  robbed_writer(4'000'001);
  queue_writer(3);
  sem_.up_read();
  Tiny::unpark(Tiny::task(3));
  EXPECT_FALSE(gets_it(3));
  EXPECT_EQ(count(), waiters + handoff);
  EXPECT_TRUE(gets_it(1));
  sem_.up_write();
  EXPECT_TRUE(gets_it(3));
}

// A reader first in the queue, robbed by a spinning writer between the unlock and the wake-up.
class RwSemReaderHandoff : public RwSemTest, public ::testing::WithParamInterface<bool> {};

TEST_P(RwSemReaderHandoff, IsDemandedByWhoeverWouldHaveWokenIt) {
  const bool late = GetParam();
  sem_.down_write();
  queue_reader(1);
  Tiny::start(2, [this] { sem_.up_write(); }, 2);
  EXPECT_TRUE(start_writer(3).ended());
  EXPECT_EQ(count(), writer + waiters);
  Tiny::advance(4'000'000 + (late ? 1 : 0));
  EXPECT_TRUE(Tiny::run(2).ended());
  EXPECT_EQ(count(), writer + waiters + (late ? handoff : 0));
  EXPECT_FALSE(gets_it(1));

  // Now the same theft again: it succeeds only where nothing was promised.
  Tiny::start(4, [this] { sem_.up_write(); }, 2);
  EXPECT_EQ(start_writer(5).ended(), !late);
  Tiny::run(4);
  if (!late) sem_.up_write();
  EXPECT_TRUE(gets_it(1));
  EXPECT_EQ(count() & ~waiters, reader);
  Tiny::run_until_asleep(5);
  sem_.up_read();
  EXPECT_TRUE(gets_it(5));
}
INSTANTIATE_TEST_SUITE_P(, RwSemReaderHandoff, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "after4ms" : "before4ms"; });

// Two tasks, each interrupted by the other after each of its accesses to memory.
using Step = void (*)(RwSem<Tiny>&);
struct Pair {
  const char* name;
  Step before;  // done by the test
  Step interrupted;
  Step other;
  friend void PrintTo(const Pair& pair, std::ostream* out) { *out << pair.name; }
};

void write_once(RwSem<Tiny>& sem) {
  sem.down_write();
  sem.up_write();
}
void read_once(RwSem<Tiny>& sem) {
  sem.down_read();
  sem.up_read();
}
void downgrade_once(RwSem<Tiny>& sem) {
  sem.down_write();
  sem.downgrade_write();
  sem.up_read();
}
void nothing(RwSem<Tiny>&) {}
void hold_read(RwSem<Tiny>& sem) {
  sem.down_read();
}
void hold_write(RwSem<Tiny>& sem) {
  sem.down_write();
}
void up_read(RwSem<Tiny>& sem) {
  sem.up_read();
}
void up_write(RwSem<Tiny>& sem) {
  sem.up_write();
}
void downgrade_and_up(RwSem<Tiny>& sem) {
  sem.downgrade_write();
  sem.up_read();
}

class RwSemInterrupted : public ::testing::TestWithParam<Pair> {};

TEST_P(RwSemInterrupted, NoWakeUpIsLost) {
  const Pair& pair = GetParam();
  for (const bool may_spin : {false, true}) {
    for (std::uint64_t steps = 0; steps < 80; ++steps) {
      TaskScope<Tiny> scope;
      RwSem<Tiny> sem;
      pair.before(sem);
      for (const std::uint32_t id : {1u, 2u}) Tiny::task(id).need_resched = !may_spin;
      ASSERT_EQ(interrupt_after(
                    steps, [&] { pair.interrupted(sem); }, [&] { pair.other(sem); }),
                "")
          << "interrupted after " << steps << " steps";
      ASSERT_EQ(sem.words()[0].value, 0u) << "interrupted after " << steps << " steps";
    }
  }
}
constexpr Pair pairs[] = {
    {"writers", nothing, write_once, write_once},
    {"writer_and_reader", nothing, write_once, read_once},
    {"reader_and_writer", nothing, read_once, write_once},
    {"readers", nothing, read_once, read_once},
    {"downgrade_and_writer", nothing, downgrade_once, write_once},
    {"writer_and_downgrade", nothing, write_once, downgrade_once},
    {"reader_and_downgrade", nothing, read_once, downgrade_once},
    {"writer_while_a_reader_leaves", hold_read, write_once, up_read},
    {"writer_while_a_writer_leaves", hold_write, write_once, up_write},
    {"reader_while_a_writer_leaves", hold_write, read_once, up_write},
    {"reader_while_a_writer_downgrades", hold_write, read_once, downgrade_and_up},
    {"writer_while_a_writer_downgrades", hold_write, write_once, downgrade_and_up},
    {"up_read_while_a_writer_comes", hold_read, up_read, write_once},
    {"up_write_while_a_writer_comes", hold_write, up_write, write_once},
    {"up_write_while_a_reader_comes", hold_write, up_write, read_once},
};
INSTANTIATE_TEST_SUITE_P(, RwSemInterrupted, ::testing::ValuesIn(pairs),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(RwSemWaitListTest, KeepsOrderAndTakesUpToSoManyReaders) {
  TaskScope<Tiny> scope;
  using Waiter = RwSemWaiter<Tiny>;
  RwSemWaitList<Tiny> list;
  std::deque<Waiter> waiters;
  EXPECT_TRUE(list.empty());
  for (int i = 0; i < 9; ++i) {
    list.push_back(waiters.emplace_back(Tiny::self(), /*is_writer=*/i % 3 == 1, 0));
    EXPECT_EQ(list.only(waiters[0]), i == 0);
  }
  const auto chain = [](Waiter* waiter) {
    std::vector<Waiter*> all;
    for (; waiter != nullptr; waiter = waiter->next.get()) all.push_back(waiter);
    return all;
  };
  using Waiters = std::vector<Waiter*>;
  EXPECT_EQ(chain(list.take_readers(0)), Waiters());
  EXPECT_EQ(chain(list.take_readers(3)), (Waiters{&waiters[0], &waiters[2], &waiters[3]}));
  EXPECT_EQ(list.front(), &waiters[1]);
  list.remove(waiters[5]);
  EXPECT_EQ(chain(list.take_readers(256)), (Waiters{&waiters[6], &waiters[8]}));
  EXPECT_EQ(chain(list.front()), (Waiters{&waiters[1], &waiters[4], &waiters[7]}));
  list.remove(waiters[7]);
  list.push_back(waiters[0]);
  EXPECT_EQ(chain(list.front()), (Waiters{&waiters[1], &waiters[4], &waiters[0]}));
  for (const int i : {1, 4, 0}) list.remove(waiters[static_cast<unsigned>(i)]);
  EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace faultline
