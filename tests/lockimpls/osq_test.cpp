// osq_test.cpp: the optimistic spin queue: order, hand-over, and giving up anywhere in the queue.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockimpls/osq.hpp"
#include "platform/native.hpp"
#include "tests/platform/tasks.hpp"

namespace faultline {
namespace {

class OsqTest : public ::testing::Test {
 protected:
  // What lock() returned to the task; empty while it is in the queue.
  std::array<std::optional<bool>, 8> got_;

  void start(std::uint32_t id) {
    got_.at(id).reset();
    Tiny::start(id, [this, id] { got_.at(id) = osq_.lock(); });
  }
  void give_up(std::uint32_t id) {
    Tiny::task(id).need_resched = true;
    Tiny::run(id);
  }
  void unlock_as(std::uint32_t id) {
    Tiny::start(id, [this] { osq_.unlock(); });
    EXPECT_TRUE(Tiny::task(id).ended());
  }

  TaskScope<Tiny> scope_;
  Osq<Tiny> osq_;
};

TEST_F(OsqTest, TailNamesTheLastTask) {
  EXPECT_FALSE(osq_.is_locked());
  EXPECT_TRUE(osq_.lock());
  EXPECT_TRUE(osq_.is_locked());
  EXPECT_EQ(osq_.tail(), 1u);
  start(5);
  EXPECT_EQ(osq_.tail(), 6u);
  EXPECT_EQ(Tiny::task(5).waits_for(), "osq: to be first");
  osq_.unlock();
  EXPECT_EQ(osq_.tail(), 6u);
  Tiny::run(5);
  EXPECT_EQ(got_[5], true);
  unlock_as(5);
  EXPECT_EQ(osq_.tail(), 0u);
  EXPECT_FALSE(osq_.is_locked());
}

TEST_F(OsqTest, IsFirstComeFirstServed) {
  for (const std::uint32_t id : {1u, 2u, 3u, 4u}) start(id);
  EXPECT_EQ(got_[1], true);
  for (const std::uint32_t id : {1u, 2u, 3u}) {
    unlock_as(id);
    for (const std::uint32_t other : {4u, 3u, 2u}) Tiny::run(other);
    EXPECT_EQ(got_.at(id + 1), true) << id;
    if (id < 3) {
      EXPECT_EQ(got_[4], std::nullopt) << id;
    }
  }
  unlock_as(4);
  EXPECT_EQ(osq_.tail(), 0u);
}

TEST_F(OsqTest, OneInTheMiddleGivesUp) {
  for (const std::uint32_t id : {1u, 2u, 3u, 4u}) start(id);
  give_up(3);
  EXPECT_EQ(got_[3], false);
  EXPECT_EQ(osq_.tail(), 5u);
  unlock_as(1);
  Tiny::run(4);
  EXPECT_EQ(got_[4], std::nullopt);
  Tiny::run(2);
  EXPECT_EQ(got_[2], true);
  unlock_as(2);
  Tiny::run(4);
  EXPECT_EQ(got_[4], true);
  unlock_as(4);
  EXPECT_EQ(osq_.tail(), 0u);
}

TEST_F(OsqTest, LastOneGivesUp) {
  for (const std::uint32_t id : {1u, 2u, 3u}) start(id);
  give_up(3);
  EXPECT_EQ(got_[3], false);
  EXPECT_EQ(osq_.tail(), 3u);
  give_up(2);
  EXPECT_EQ(got_[2], false);
  EXPECT_EQ(osq_.tail(), 2u);
  unlock_as(1);
  EXPECT_EQ(osq_.tail(), 0u);
}

TEST_F(OsqTest, GivesUpBehindATaskThatDoesNotRun) {
  for (const std::uint32_t id : {1u, 2u, 3u}) start(id);
  Tiny::task(2).preempted = true;
  Tiny::run(3);
  EXPECT_EQ(got_[3], false);
  EXPECT_EQ(got_[2], std::nullopt);
  Tiny::task(1).preempted = true;
  Tiny::run(2);
  EXPECT_EQ(got_[2], false);
  unlock_as(1);
  EXPECT_EQ(osq_.tail(), 0u);
}

TEST_F(OsqTest, OneThatIsFirstDoesNotGiveUp) {
  for (const std::uint32_t id : {1u, 2u}) start(id);
  unlock_as(1);
  give_up(2);
  EXPECT_EQ(got_[2], true);
  unlock_as(2);
}

// Task 1 holds the queue, 2, 3 and 4 wait, and those in `leaving` give up at the same time: the
// first of them is interrupted after `steps` accesses by all that the others do.
struct Leaving {
  const char* name;
  std::vector<std::uint32_t> leaving;
  bool unlocked_meanwhile;
  friend void PrintTo(const Leaving& which, std::ostream* out) { *out << which.name; }
};

class OsqInterrupted : public ::testing::TestWithParam<Leaving> {
 protected:
  enum class Outcome : std::uint8_t { got_it, gave_up, stuck };

  static Outcome leave_after(std::uint64_t steps) {
    TaskScope<Tiny> scope;
    Osq<Tiny> osq;
    Tiny::Atomic<bool> may_unlock{false};
    std::array<bool, 5> got{};
    bool inside = false;
    for (std::uint32_t id = 1; id <= 4; ++id) {
      Tiny::start(id, [&, id] {
        got.at(id) = osq.lock();
        if (!got.at(id)) return;
        EXPECT_FALSE(std::exchange(inside, true));
        Tiny::await("the test", may_unlock, [](bool may) { return may; }, relaxed);
        inside = false;
        osq.unlock();
      });
    }
    const std::vector<std::uint32_t>& leaving = GetParam().leaving;
    for (const std::uint32_t id : leaving) Tiny::task(id).need_resched = true;
    Tiny::run(leaving[0], steps);
    if (GetParam().unlocked_meanwhile) {
      may_unlock.store(true, relaxed);
      Tiny::run(1);
    }
    for (std::uint32_t id = 4; id > 1; --id) {
      if (id != leaving[0]) Tiny::run(id);
    }
    may_unlock.store(true, relaxed);
    for (int round = 0; round < 8; ++round) {
      for (const std::uint32_t id : {leaving[0], 1u, 2u, 3u, 4u}) Tiny::run(id);
    }
    Outcome outcome = got.at(leaving[0]) ? Outcome::got_it : Outcome::gave_up;
    for (std::uint32_t id = 1; id <= 4; ++id) {
      if (!Tiny::task(id).ended()) outcome = Outcome::stuck;
      Tiny::cancel(id);
    }
    EXPECT_EQ(osq.tail(), 0u);
    return outcome;
  }
};

TEST_P(OsqInterrupted, LosesNobody) {
  std::set<Outcome> outcomes;
  for (std::uint64_t steps = 0; steps < 24; ++steps) {
    const Outcome outcome = leave_after(steps);
    ASSERT_NE(outcome, Outcome::stuck) << "after " << steps << " steps";
    outcomes.insert(outcome);
  }
  EXPECT_EQ(outcomes.count(Outcome::gave_up), 1u);
  if (!GetParam().unlocked_meanwhile) {
    EXPECT_EQ(outcomes.count(Outcome::got_it), 0u);
  } else if (GetParam().leaving[0] == 2) {
    // It is next: an unlock that comes early enough hands the lock to it, although it gives up.
    EXPECT_EQ(outcomes.count(Outcome::got_it), 1u);
  }
}
INSTANTIATE_TEST_SUITE_P(
    , OsqInterrupted,
    ::testing::Values(
        Leaving{"first", {2}, false}, Leaving{"middle", {3}, false}, Leaving{"last", {4}, false},
        Leaving{"first_at_unlock", {2}, true}, Leaving{"middle_at_unlock", {3}, true},
        Leaving{"last_at_unlock", {4}, true}, Leaving{"first_two", {2, 3}, false},
        Leaving{"first_two_backwards", {3, 2}, false}, Leaving{"first_two_at_unlock", {2, 3}, true},
        Leaving{"last_two", {3, 4}, false}, Leaving{"last_two_backwards", {4, 3}, false},
        Leaving{"last_two_at_unlock", {3, 4}, true}, Leaving{"all", {2, 3, 4}, false},
        Leaving{"all_backwards", {4, 3, 2}, true}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(OsqStress, HoldersAreAloneWhileOthersGiveUp) {
  Osq<Native> osq;
  NativePlain<std::uint64_t> sections{0};
  std::array<std::uint64_t, 3> got{}, gave_up{};
  run_crew(3, [&](unsigned i) {
    const auto end = Clock::now() + std::chrono::milliseconds(200);
    while (Clock::now() < end) {
      Native::preempt_disable();
      if (osq.lock()) {
        ++got[i];
        sections.set(sections.get() + 1);
        // Now and then long enough for those who wait to be told to leave.
        if (got[i] % 16 == 0) Native::work(Native::spin_slice_ns);
        osq.unlock();
      } else {
        ++gave_up[i];
      }
      Native::preempt_enable();
    }
  });
  EXPECT_EQ(sections.get(), got[0] + got[1] + got[2]);
  EXPECT_GT(gave_up[0] + gave_up[1] + gave_up[2], 0u);
  EXPECT_EQ(osq.tail(), 0u);
}

}  // namespace
}  // namespace faultline
