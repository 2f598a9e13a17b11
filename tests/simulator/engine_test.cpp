// engine_test.cpp: what an access costs, in which order accesses take place, and that nothing is
// lost on the way.
#include <algorithm>
#include <numeric>

#include "tests/simulator/world.hpp"

namespace faultline::simulator {
namespace {

TEST(Engine, ALoadCostsTheTransferAndThenAHit) {
  World world(plain_machine(), 1);
  auto& word = world.make<LoneWord>();
  world.run([&](TaskId) {
    EXPECT_EQ(world.time_of([&] { word.load(relaxed); }), 80'000u + 1'000u);  // from memory
    EXPECT_EQ(world.time_of([&] { word.load(relaxed); }), 1'000u);
    EXPECT_EQ(world.time_of([&] { word.fetch_add(1, relaxed); }), 15'000u + 5'000u);  // upgraded
    EXPECT_EQ(world.time_of([&] { word.fetch_add(1, relaxed); }), 5'000u);
    EXPECT_EQ(world.time_of([&] { word.store(1, relaxed); }), 500u);
    EXPECT_EQ(world.time_of([&] { world.engine.fence(); }), 7'000u);
  });
  EXPECT_EQ(world.engine.statistics().operations, 5u);
  EXPECT_EQ(world.engine.statistics().hits, 3u);
  EXPECT_EQ(world.transfers(), 2u);
}

// CPU 0 changes a word; a CPU that lies farther and farther away fetches it.
TEST(Engine, AModifiedLineCostsByDistance) {
  for (const auto& [cpu, cost] : std::vector<std::pair<TaskId, Picoseconds>>{
           {1, 20'000}, {2, 40'000}, {3, 40'000}, {4, 110'000}, {7, 110'000}}) {
    SCOPED_TRACE(cpu);
    World world(plain_machine(), 8);
    auto& read = world.make<LoneWord>();
    auto& changed = world.make<LoneWord>();
    const TaskId other = cpu;
    const Picoseconds expected = cost;
    world.run([&](TaskId task) {
      if (task == 0) {
        read.store(5, relaxed);
        changed.fetch_add(1, relaxed);
      }
      if (task != other) return;
      world.wait_until(step);
      EXPECT_EQ(world.time_of([&] { EXPECT_EQ(read.load(relaxed), 5u); }), expected + 1'000);
      EXPECT_EQ(world.time_of([&] { changed.fetch_add(1, relaxed); }), expected + 5'000);
    });
    EXPECT_EQ(changed.load(relaxed), 2u);
  }
}

TEST(Engine, ReadersShareACopyUntilSomebodyWrites) {
  World world(plain_machine(), 3);
  auto& word = world.make<LoneWord>();
  world.run([&](TaskId task) {
    for (TaskId turn = 0; turn < 3; ++turn) {
      world.wait_until((turn + 1) * step);
      if (turn == task) word.load(relaxed);
    }
    world.wait_until(4 * step);
    EXPECT_EQ(world.time_of([&] { word.load(relaxed); }), 1'000u);
    world.wait_until(5 * step);
    if (task == 0) {
      // The farther of the two copies has to go.
      EXPECT_EQ(world.time_of([&] { word.fetch_add(1, relaxed); }), 40'000u + 5'000u);
    }
    world.wait_until(6 * step);
    if (task == 1) {
      EXPECT_EQ(world.time_of([&] { EXPECT_EQ(word.load(relaxed), 1u); }), 20'000u + 1'000u);
    }
  });
}

TEST(Engine, EachCopyBeyondTheFirstCostsItsInvalidation) {
  Machine machine = flat_machine(5);
  machine.read.invalidate_each = 700;
  World world(machine, 5);
  auto& word = world.make<LoneWord>();
  world.run([&](TaskId task) {
    word.load(relaxed);
    world.wait_until(step);
    if (task == 0) {
      EXPECT_EQ(world.time_of([&] { word.fetch_add(1, relaxed); }), 20'000u + 3 * 700u + 5'000u);
    }
  });
}

TEST(Engine, AReadOfAChangedLineWaitsForItsWayBack) {
  Machine machine = flat_machine(2);
  machine.read.modified = 9'000;
  World world(machine, 2);
  auto& word = world.make<LoneWord>();
  world.run([&](TaskId task) {
    if (task == 0) word.fetch_add(1, relaxed);
    world.wait_until(step);
    if (task == 1) {
      EXPECT_EQ(world.time_of([&] { word.load(relaxed); }), 20'000u + 9'000u + 1'000u);
    }
    world.wait_until(2 * step);
    if (task == 1) {
      EXPECT_EQ(world.time_of([&] { word.load(relaxed); }), 1'000u);
    }
  });
}

TEST(Engine, AFailedCompareExchangeCostsATransfer) {
  World world(flat_machine(2), 2);
  auto& word = world.make<LoneWord>(7u);
  world.run([&](TaskId task) {
    if (task == 0) word.fetch_add(1, relaxed);
    if (task == 0) return;
    world.wait_until(step);
    std::uint64_t expected = 7;
    EXPECT_EQ(
        world.time_of([&] { EXPECT_FALSE(word.compare_exchange_strong(expected, 9, relaxed)); }),
        20'000u + 5'000u);
    EXPECT_EQ(expected, 8u);
    EXPECT_TRUE(word.compare_exchange_strong(expected, 9, relaxed));
  });
  EXPECT_EQ(word.load(relaxed), 9u);
}

TEST(Engine, OrdersCostWhatTheProfileSays) {
  Machine machine = flat_machine(1);
  machine.core.acquire = 30;
  machine.core.release = 200;
  World world(machine, 1);
  auto& word = world.make<LoneWord>();
  world.run([&](TaskId) {
    word.fetch_add(1, relaxed);
    EXPECT_EQ(world.time_of([&] { word.load(acquire); }), 1'030u);
    EXPECT_EQ(world.time_of([&] { word.store(1, release); }), 700u);
    EXPECT_EQ(world.time_of([&] { word.fetch_add(1, acq_rel); }), 5'230u);
  });
}

// Every simulated addition is there in the end, and each of them had the line to itself.
TEST(Engine, NoOperationIsLost) {
  for (const unsigned cpus : {1u, 2u, 7u, 64u, 300u}) {
    for (const auto policy : {Machine::Arbitration::fifo, Machine::Arbitration::random,
                              Machine::Arbitration::nearest}) {
      SCOPED_TRACE(cpus);
      Machine machine = lively_machine(cpus);
      machine.arbitration = policy;
      machine.bypass_limit = 5;
      World world(machine, cpus);
      auto& word = world.make<LoneWord>();
      std::vector<std::uint64_t> seen;
      world.run([&](TaskId) {
        for (int i = 0; i < 20; ++i) seen.push_back(word.fetch_add(1, relaxed));
      });
      EXPECT_EQ(word.load(relaxed), 20u * cpus);
      std::sort(seen.begin(), seen.end());
      std::vector<std::uint64_t> all(20 * cpus);
      std::iota(all.begin(), all.end(), 0u);
      EXPECT_EQ(seen, all);
      const Statistics& statistics = world.engine.statistics();
      EXPECT_EQ(statistics.operations, 20u * cpus);
      EXPECT_EQ(world.transfers() + statistics.hits, 20u * cpus);
    }
  }
}

// A compare-exchange that succeeds has seen what is there: nobody was in between.
TEST(Engine, ACompareExchangeLoopLosesNothing) {
  World world(lively_machine(8), 8);
  auto& word = world.make<LoneWord>();
  std::uint64_t failed = 0;
  world.run([&](TaskId) {
    for (int i = 0; i < 50; ++i) {
      std::uint64_t seen = word.load(relaxed);
      while (!word.compare_exchange_strong(seen, seen + 1, relaxed)) ++failed;
    }
  });
  EXPECT_EQ(word.load(relaxed), 400u);
  EXPECT_GT(failed, 0u);
}

TEST(Engine, TwoWordsInALineShareIt) {
  struct Both {
    Word one;
    Word two;
  };
  struct Apart {
    Word one;
    alignas(128) Word two;
  };
  World world(flat_machine(2), 2);
  auto& both = world.make<Both>();
  auto& apart = world.make<Apart>();
  const auto alternate = [&](TaskId task, Word& mine) {
    Picoseconds time = 0;
    for (unsigned turn = 0; turn < 10; ++turn) {
      world.wait_until((world.engine.now() / step + 1) * step);
      if (turn % 2 == task) time += world.time_of([&] { mine.fetch_add(1, relaxed); });
    }
    return time;
  };
  world.run([&](TaskId task) {
    const Picoseconds shared = alternate(task, task == 0 ? both.one : both.two);
    const Picoseconds own = alternate(task, task == 0 ? apart.one : apart.two);
    EXPECT_EQ(shared, (task == 0 ? 80'000u : 20'000u) + 4 * 20'000u + 5 * 5'000u);
    EXPECT_EQ(own, 80'000u + 5 * 5'000u);
  });
}

TEST(Engine, ThePairOfAMissedLineComesWithIt) {
  for (const bool pairs : {false, true}) {
    Machine machine = flat_machine(1);
    machine.pair_prefetch = pairs;
    World world(machine, 1);
    struct alignas(256) Lines {
      Word one;
      alignas(64) Word two;
      alignas(64) Word three;
    };
    auto& lines = world.make<Lines>();
    world.run([&](TaskId) {
      lines.two.load(relaxed);
      lines.one.load(relaxed);  // both have been touched, and are nobody's own
    });
    EXPECT_EQ(world.transfers(), 2u);
  }
  // Somebody else has changed both lines: a miss on one brings the other.
  for (const bool pairs : {false, true}) {
    Machine machine = flat_machine(2);
    machine.pair_prefetch = pairs;
    World world(machine, 2);
    struct alignas(256) Lines {
      Word one;
      alignas(64) Word two;
      alignas(64) Word three;
    };
    auto& lines = world.make<Lines>();
    world.run([&](TaskId task) {
      if (task == 0) {
        lines.two.fetch_add(1, relaxed);
        lines.one.fetch_add(1, relaxed);
        lines.three.fetch_add(1, relaxed);
        return;
      }
      world.wait_until(step);
      lines.two.fetch_add(1, relaxed);
      world.wait_until(2 * step);
      EXPECT_EQ(world.time_of([&] { lines.one.fetch_add(1, relaxed); }),
                (pairs ? 0u : 20'000u) + 5'000u);
      EXPECT_EQ(world.time_of([&] { lines.three.fetch_add(1, relaxed); }), 25'000u);
    });
    EXPECT_EQ(world.engine.statistics().prefetches > 0, pairs);
  }
}

TEST(Engine, FarAtomicsAreDoneByTheHome) {
  Machine machine = flat_machine(4);
  machine.far_atomics = true;
  machine.far_atomic = 12'000;
  World world(machine, 4);
  auto& word = world.make<LoneWord>();
  world.run([&](TaskId) {
    for (int i = 0; i < 25; ++i) word.fetch_add(1, relaxed);
    std::uint64_t seen = word.load(relaxed);
    while (!word.compare_exchange_strong(seen, seen + 1, relaxed)) {
    }
  });
  EXPECT_EQ(word.load(relaxed), 104u);
  EXPECT_GT(world.engine.statistics().from[static_cast<std::size_t>(Source::home)], 40u);
}

TEST(Engine, HardwareThreadsOfACoreShareItsCopy) {
  Machine machine = flat_machine(1);
  machine.smt = 2;
  machine.siblings_first = true;
  World world(machine, 2);
  auto& word = world.make<LoneWord>();
  Picoseconds end = 0;
  world.run([&](TaskId task) {
    if (task == 0) word.fetch_add(1, relaxed);
    world.wait_until(step);
    if (task == 1) {
      EXPECT_EQ(world.time_of([&] { word.load(relaxed); }), 1'000u);
      EXPECT_EQ(world.time_of([&] { word.fetch_add(1, relaxed); }), 5'000u);
    }
    // At the same time: the core's port does one after the other.
    world.wait_until(2 * step);
    for (int i = 0; i < 10; ++i) word.fetch_add(1, relaxed);
    end = std::max(end, world.engine.now());
  });
  EXPECT_EQ(end, 2 * step + 20 * 5'000);
  EXPECT_EQ(word.load(relaxed), 22u);
  EXPECT_EQ(world.transfers(), 1u);
}

// What a simulation did, and how long.
struct Outcome {
  std::uint64_t hash = 0;
  std::vector<Picoseconds> times;  // of task 0 and 1, after each of their additions
};

Outcome contended(std::uint64_t seed, bool unrelated) {
  World world(lively_machine(4), 4, unrelated ? 3 : 2, seed);
  auto& word = world.make<LoneWord>();
  auto& other = world.make<LoneWord>();
  Outcome outcome;
  world.run([&](TaskId task) {
    for (int i = 0; i < 100; ++i) {
      (task == 2 ? other : word).fetch_add(1, relaxed);
      if (task != 2) outcome.times.push_back(world.engine.now());
    }
  });
  outcome.hash = world.engine.hash();
  return outcome;
}

TEST(Engine, TheSameSeedIsTheSameSimulation) {
  const Outcome first = contended(1, false);
  const Outcome again = contended(1, false);
  EXPECT_EQ(first.hash, again.hash);
  EXPECT_EQ(first.times, again.times);
  EXPECT_NE(contended(2, false).hash, first.hash);
  EXPECT_NE(contended(2, false).times, first.times);
}

TEST(Engine, AnAtomicElsewhereChangesNoOtherLinesLuck) {
  EXPECT_EQ(contended(1, true).times, contended(1, false).times);
  EXPECT_NE(contended(1, true).hash, contended(1, false).hash);
}

}  // namespace
}  // namespace faultline::simulator
