// rwsem_spin_test.cpp: optimistic spinning on an rw_semaphore: who spins, on whom, for how long.
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>

#include "tests/lockimpls/rwsem_fixture.hpp"

namespace faultline {
namespace {

constexpr const char* on_owner = "rwsem: the owner to leave";
constexpr const char* on_readers = "rwsem: readers to leave";
constexpr const char* in_osq = "osq: to be first";

using RwSemSpin = RwSemTest;

TEST_F(RwSemSpin, WriterTakesTheLockWithoutSleepingWhileTheOwnerRuns) {
  sem_.down_write();
  start_writer(1);
  EXPECT_EQ(Tiny::task(1).waits_for(), on_owner);
  EXPECT_EQ(osq(), 2u);  // 1 + its id
  EXPECT_EQ(count(), writer);
  Tiny::advance(1'000'000'000);  // nothing but the scheduler limits spinning on a writer
  EXPECT_FALSE(gets_it(1));
  EXPECT_EQ(Tiny::task(1).waits_for(), on_owner);
  Tiny::counts = {};
  sem_.up_write();
  EXPECT_TRUE(gets_it(1));
  EXPECT_EQ(Tiny::counts.unparks, 0u);
  EXPECT_EQ(count(), writer);
  EXPECT_EQ(owner(), task_bits(1));
  EXPECT_EQ(osq(), 0u);
}

TEST_F(RwSemSpin, SpinnersQueueBehindEachOther) {
  sem_.down_write();
  start_writer(1);
  start_writer(2);
  start_writer(3);
  EXPECT_EQ(Tiny::task(2).waits_for(), in_osq);
  EXPECT_EQ(Tiny::task(3).waits_for(), in_osq);
  sem_.up_write();
  EXPECT_FALSE(gets_it(2));
  EXPECT_TRUE(gets_it(1));
  EXPECT_FALSE(gets_it(3));
  EXPECT_FALSE(gets_it(2));
  EXPECT_EQ(Tiny::task(2).waits_for(), on_owner);
  sem_.up_write();
  EXPECT_TRUE(gets_it(2));
  sem_.up_write();
  EXPECT_TRUE(gets_it(3));
  EXPECT_EQ(count(), writer);
}

TEST_F(RwSemSpin, StopsWhenTheOwnerGoesOffItsCpu) {
  sem_.down_write();
  start_writer(1);
  Tiny::task(0).preempted = true;
  Tiny::run(1);
  EXPECT_TRUE(Tiny::task(1).asleep());
  EXPECT_EQ(count(), writer + waiters);
  EXPECT_EQ(osq(), 0u);
  sem_.up_write();
  EXPECT_TRUE(gets_it(1));
}

TEST_F(RwSemSpin, StopsWhenItsCpuIsWanted) {
  sem_.down_write();
  start_writer(1);
  start_writer(2);
  Tiny::task(1).need_resched = true;
  Tiny::task(2).need_resched = true;
  Tiny::run(1);
  EXPECT_TRUE(Tiny::task(1).asleep());
  Tiny::run(2);
  EXPECT_TRUE(Tiny::task(2).asleep());
  EXPECT_EQ(osq(), 0u);
  sem_.up_write();
  EXPECT_TRUE(gets_it(1));
  sem_.up_write();
  EXPECT_TRUE(gets_it(2));
}

TEST_F(RwSemSpin, DoesNotBeginWhenThereIsNoUse) {
  sem_.down_write();
  Tiny::task(0).preempted = true;
  EXPECT_TRUE(start_writer(1).asleep());
  Tiny::task(0).preempted = false;
  Tiny::task(2).need_resched = true;
  EXPECT_TRUE(start_writer(2).asleep());
  EXPECT_EQ(osq(), 0u);
  sem_.up_write();
  EXPECT_TRUE(gets_it(1));
  sem_.up_write();
  EXPECT_TRUE(gets_it(2));
}

TEST_F(RwSemSpin, NobodyJoinsSpinnersWhoseOwnerIsOffItsCpu) {
  sem_.down_write();
  start_writer(1);
  Tiny::task(0).preempted = true;
  EXPECT_TRUE(start_writer(2).asleep());
  EXPECT_EQ(osq(), 2u);
  EXPECT_TRUE(Tiny::run(1).asleep());
  sem_.up_write();
  EXPECT_TRUE(gets_it(2));
  sem_.up_write();
  EXPECT_TRUE(gets_it(1));
}

TEST_F(RwSemSpin, ReadersDoNotSpin) {
  sem_.down_write();
  EXPECT_TRUE(start_reader(1).asleep());
  sem_.up_write();
  EXPECT_TRUE(gets_it(1));
}

TEST_F(RwSemSpin, StealsPastTheQueue) {
  sem_.down_read();
  queue_writer(1);
  sem_.up_read();
  EXPECT_EQ(count(), waiters);
  EXPECT_FALSE(sem_.down_write_trylock());
  EXPECT_TRUE(start_writer(2).ended());
  EXPECT_EQ(count(), writer + waiters);
  EXPECT_FALSE(gets_it(1));
  sem_.up_write();
  EXPECT_TRUE(gets_it(1));
}

TEST_F(RwSemSpin, TakesOverFromReadersThatLeaveInTime) {
  sem_.down_read();
  start_writer(1);
  EXPECT_EQ(Tiny::task(1).waits_for(), on_readers);
  Tiny::advance(10'000);
  EXPECT_FALSE(gets_it(1));
  EXPECT_EQ(Tiny::task(1).waits_for(), on_readers);
  Tiny::counts = {};
  sem_.up_read();
  EXPECT_TRUE(gets_it(1));
  EXPECT_EQ(Tiny::counts.unparks, 0u);
  EXPECT_EQ(count(), writer);
}

TEST_F(RwSemSpin, TakesOverAWriterThatBecomesAReader) {
  sem_.down_write();
  start_writer(1);
  EXPECT_EQ(Tiny::task(1).waits_for(), on_owner);
  sem_.downgrade_write();
  EXPECT_FALSE(gets_it(1));
  EXPECT_EQ(Tiny::task(1).waits_for(), on_readers);
  sem_.up_read();
  EXPECT_TRUE(gets_it(1));
}

// 10 us and half a microsecond for each reader, but not for more than 30 of them.
struct Deadline {
  int readers;
  std::uint64_t ns;
  friend void PrintTo(const Deadline& deadline, std::ostream* out) { *out << deadline.ns << " ns"; }
};
class RwSemReaderSpin : public RwSemTest, public ::testing::WithParamInterface<Deadline> {};

TEST_P(RwSemReaderSpin, EndsAtTheDeadlineAndKeepsOthersFromSpinning) {
  for (int i = 0; i < GetParam().readers; ++i) sem_.down_read();
  start_writer(1);
  EXPECT_EQ(Tiny::task(1).waits_for(), on_readers);
  Tiny::advance(GetParam().ns);
  Tiny::run(1);
  EXPECT_EQ(Tiny::task(1).waits_for(), on_readers);
  EXPECT_EQ(owner() & nonspinnable, 0u);
  Tiny::advance(1);
  Tiny::run(1);
  EXPECT_TRUE(Tiny::task(1).asleep());
  EXPECT_EQ(owner(), task_bits(0) | reader_owned | nonspinnable);
  EXPECT_TRUE(start_writer(2).asleep());

  for (int i = 0; i < GetParam().readers; ++i) {
    EXPECT_EQ(owner() & nonspinnable, nonspinnable);
    sem_.up_read();
  }
  EXPECT_EQ(owner() & nonspinnable, 0u);  // by the last reader
  EXPECT_TRUE(gets_it(1));
  start_writer(3);
  EXPECT_EQ(Tiny::task(3).waits_for(), on_owner);
  sem_.up_write();
  EXPECT_TRUE(gets_it(3));
  sem_.up_write();
  EXPECT_TRUE(gets_it(2));
}
INSTANTIATE_TEST_SUITE_P(, RwSemReaderSpin,
                         ::testing::Values(Deadline{1, 10'500}, Deadline{4, 12'000},
                                           Deadline{30, 25'000}, Deadline{40, 25'000}),
                         [](const auto& test) {
                           return "readers" + std::to_string(test.param.readers);
                         });

TEST_F(RwSemSpin, NewReadersKeepTheNonspinnableBit) {
  sem_.down_read();
  start_writer(1);
  Tiny::advance(10'501);
  step_until(1, [this] { return (owner() & nonspinnable) != 0; });
  ASSERT_FALSE(sem_.has_waiters());  // the spinner has given up, but has not queued yet
  Tiny::be(2);
  sem_.down_read();
  EXPECT_EQ(owner(), task_bits(2) | reader_owned | nonspinnable);
  EXPECT_TRUE(Tiny::run(1).asleep());
  sem_.up_read();
  sem_.up_read();
  EXPECT_TRUE(gets_it(1));
}

TEST_F(RwSemSpin, TaskThatQueuesForAFreeLockClearsTheNonspinnableBit) {
  sem_.down_read();
  start_writer(1);
  Tiny::advance(10'501);
  step_until(1, [this] { return (owner() & nonspinnable) != 0; });
  sem_.up_read();  // nobody is queued yet, so the last reader does not look at the bit
  EXPECT_EQ(owner() & nonspinnable, nonspinnable);
  EXPECT_TRUE(gets_it(1));  // alone in the queue it gets the lock, and is the owner
  EXPECT_EQ(owner(), task_bits(1));
}

}  // namespace
}  // namespace faultline
