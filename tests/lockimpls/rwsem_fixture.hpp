// rwsem_fixture.hpp: an rw_semaphore on the tiny platform, and tasks that queue for it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "lockimpls/rwsem.hpp"
#include "tests/platform/tasks.hpp"
#include "tests/platform/tiny.hpp"

namespace faultline {

// The test is task 0.
class RwSemTest : public ::testing::Test {
 protected:
  // Bits of count and owner, written down once more on purpose.
  static constexpr std::uint64_t writer = 1, waiters = 2, handoff = 4, reader = 256;
  static constexpr std::uint64_t reader_owned = 1, nonspinnable = 2;

  static void SetUpTestSuite() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  std::uint64_t count() const { return sem_.words()[0].value; }
  std::uint64_t owner() const { return sem_.words()[1].value; }
  std::uint64_t osq() const { return sem_.words()[2].value; }
  static std::uint64_t task_bits(std::uint32_t id) {
    return reinterpret_cast<std::uintptr_t>(&Tiny::task(id));
  }

  Tiny::Task& start_writer(std::uint32_t id) {
    return Tiny::start(id, [this] { sem_.down_write(); });
  }
  Tiny::Task& start_reader(std::uint32_t id) {
    return Tiny::start(id, [this] { sem_.down_read(); });
  }
  // These start a task that must end up asleep in the queue, a writer without spinning first.
  void queue_writer(std::uint32_t id) {
    Tiny::task(id).need_resched = true;
    EXPECT_TRUE(start_writer(id).asleep());
    Tiny::task(id).need_resched = false;
    EXPECT_EQ(Tiny::task(id).waits_for(), "rwsem: to hold it for writing");
  }
  void queue_reader(std::uint32_t id) {
    EXPECT_TRUE(start_reader(id).asleep());
    EXPECT_EQ(Tiny::task(id).waits_for(), "rwsem: to be granted for reading");
  }
  // Whether the task, once it is run, has got the lock.
  static bool gets_it(std::uint32_t id) { return Tiny::run(id).ended(); }

  // Runs a task step by step until `holds`.
  template <class Condition>
  static void step_until(std::uint32_t id, Condition holds) {
    for (int steps = 0; steps < 200 && !holds(); ++steps) Tiny::run(id, 1);
    EXPECT_TRUE(holds());
  }

  TaskScope<Tiny> scope_;
  RwSem<Tiny> sem_;
};

}  // namespace faultline
