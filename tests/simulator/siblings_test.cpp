// siblings_test.cpp: hardware threads of one core: what they share, and whose turn it is.
#include <gtest/gtest.h>

#include <array>

#include "tests/simulator/world.hpp"

namespace faultline::simulator {
namespace {

// Two threads a core, the siblings first.
Machine smt_machine(unsigned cores) {
  Machine machine = flat_machine(cores);
  machine.smt = 2;
  machine.siblings_first = true;
  return machine;
}

TEST(Siblings, TakeTurnsAtTheirPort) {
  World world(smt_machine(1), 2);
  auto& word = world.make<LoneWord>();
  std::array<int, 2> done = {};
  world.run([&](TaskId task) {
    world.wait_until(step);
    while (world.engine.now() < 2 * step) {
      word.fetch_add(1, relaxed);
      ++done[task];
    }
  });
  // One operation after the other, from the first transfer on.
  const int all = static_cast<int>((step - 80'000) / 5'000);
  EXPECT_NEAR(done[0] + done[1], all, 2);
  EXPECT_NEAR(done[0], done[1], 1);
  EXPECT_EQ(world.transfers(), 1u);
}

TEST(Siblings, NothingHoldsALineForThem) {
  World world(smt_machine(2), 3);
  auto& word = world.make<LoneWord>();
  std::array<int, 3> done = {};
  world.run([&](TaskId task) {
    world.wait_until(step);
    while (world.engine.now() < 11 * step) {
      word.fetch_add(1, relaxed);
      ++done[task];
    }
  });
  // Somebody of another core always waits, so each operation but a few costs a transfer.
  const int all = done[0] + done[1] + done[2];
  EXPECT_GT(world.transfers(), static_cast<std::uint64_t>(all) * 9 / 10);
  for (const int one : done) EXPECT_GT(one, all / 5);
}

TEST(Siblings, AWindowServesThemToo) {
  Machine machine = smt_machine(2);
  machine.window.hold = 12'000;  // two operations and a bit
  World world(machine, 4);
  auto& word = world.make<LoneWord>();
  std::uint64_t all = 0;
  world.run([&](TaskId) {
    world.wait_until(step);
    while (world.engine.now() < 11 * step) {
      word.fetch_add(1, relaxed);
      ++all;
    }
  });
  EXPECT_LT(world.transfers(), all * 6 / 10);
}

// The port is not kept by a thread whose time slice has ended before its turn came.
TEST(Siblings, WhoIsPreemptedLetsTheOtherGoOn) {
  World world(smt_machine(1), 2, 4);
  auto& word = world.make<LoneWord>();
  std::array<Picoseconds, 4> longest = {};
  world.run([&](TaskId task) {
    world.wait_until(step);
    while (world.engine.now() < 21 * step) {
      const Picoseconds waited = world.self().waited;
      const Picoseconds took = world.time_of([&] { word.fetch_add(1, relaxed); });
      const Picoseconds preempted = world.self().waited - waited;
      longest[task] = std::max(longest[task], took - std::min(took, preempted));
    }
  });
  for (const Picoseconds one : longest) EXPECT_LT(one, 200'000u);
}

}  // namespace
}  // namespace faultline::simulator
