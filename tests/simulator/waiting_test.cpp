// waiting_test.cpp: spinners wake when, and only when, there is something to see, and whatever else
// is to end their wait does.
#include <stdexcept>

#include "tests/simulator/world.hpp"

namespace faultline::simulator {
namespace {

const auto is_one = [](std::uint64_t value) { return value == 1; };

TEST(Waiting, ASpinnerGoesOnWhenTheWordChanges) {
  World world(flat_machine(2), 2);
  auto& word = world.make<LoneWord>();
  world.run([&](TaskId task) {
    if (task == 1) {
      EXPECT_EQ(Simulated::await("one", word, is_one, acquire), 1u);
      EXPECT_GE(world.engine.now(), step + 25'000);
      EXPECT_LE(world.engine.now(), step + 25'000 + 20'000 + 2'000);
      return;
    }
    world.wait_until(step);
    word.fetch_add(1, relaxed);
  });
  EXPECT_GT(world.engine.task(1).waited, step / 2);
}

TEST(Waiting, AValueThatIsNotWaitedForWakesNobody) {
  World world(flat_machine(3), 3);
  auto& word = world.make<LoneWord>();
  world.run([&](TaskId task) {
    if (task != 0) {
      EXPECT_EQ(
          Simulated::await("five", word, [](std::uint64_t v) { return v == 5; }, relaxed), 5u);
      EXPECT_GT(world.engine.now(), 5 * step);
      return;
    }
    for (std::uint64_t i = 1; i <= 5; ++i) {
      world.wait_until(i * step);
      word.store(i, relaxed);
    }
  });
}

// All that spin get the line in turn, and none is forgotten.
TEST(Waiting, AllSpinnersSeeTheChange) {
  for (const unsigned smt : {1u, 2u}) {
    Machine machine = lively_machine(32);
    machine.smt = smt;
    World world(machine, 32 * smt);
    auto& word = world.make<LoneWord>();
    unsigned woken = 0;
    world.run([&](TaskId task) {
      if (task != 0) {
        Simulated::await("one", word, is_one, relaxed);
        ++woken;
        return;
      }
      world.wait_until(5 * step);
      word.store(1, relaxed);
    });
    EXPECT_EQ(woken, 32 * smt - 1);
  }
}

// A long chain of hand-overs, each by a store into a word that one task spins on.
TEST(Waiting, HandingOverIsNeverLost) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Machine machine = lively_machine(4);
    machine.smt = 2;
    machine.siblings_first = seed % 2 == 0;
    World world(machine, 8, 8, seed);
    auto& turn = world.make<LoneWord>();
    std::uint64_t rounds = 0;
    world.run([&](TaskId task) {
      for (std::uint64_t i = 0; i < 50; ++i) {
        const std::uint64_t mine = i * 8 + task;
        Simulated::await("turn", turn, [mine](std::uint64_t v) { return v == mine; }, acquire);
        ++rounds;
        turn.store(mine + 1, release);
      }
    });
    EXPECT_EQ(rounds, 400u);
  }
}

struct Words {
  Word one;
  Word two;  // in the same line
  alignas(128) Word three;
};

bool any_set(std::uint64_t one, std::uint64_t two, std::uint64_t three) {
  return one + two + three != 0;
}

TEST(Waiting, OneOfSeveralWordsIsEnough) {
  for (const unsigned which : {0u, 1u, 2u}) {
    for (const unsigned smt : {1u, 2u}) {
      Machine machine = flat_machine(2);
      machine.smt = smt;
      machine.siblings_first = true;
      World world(machine, 2);
      auto& words = world.make<Words>();
      Word* all[] = {&words.one, &words.two, &words.three};
      bool seen = false;
      world.run([&](TaskId task) {
        if (task == 0) {
          seen = Simulated::await_until("any", {}, any_set, words.one, words.two, words.three);
          EXPECT_GE(world.engine.now(), step);
          EXPECT_LT(world.engine.now(), step + 200'000);
          return;
        }
        for (Word* word : all) word->fetch_add(0, relaxed);  // a sibling owns them, and goes on
        world.wait_until(step);
        all[which]->store(1, relaxed);
      });
      EXPECT_TRUE(seen);
    }
  }
}

TEST(Waiting, ADeadlineEndsIt) {
  World world(flat_machine(1), 1);
  auto& word = world.make<LoneWord>();
  world.run([&](TaskId) {
    Stop<SimulatedTask> stop;
    stop.deadline_ns = 5'000;
    EXPECT_FALSE(Simulated::await_until("one", stop, is_one, word));
    EXPECT_GE(world.engine.now(), 5'000u * nanosecond);
    EXPECT_LE(world.engine.now(), 5'010u * nanosecond);
    EXPECT_FALSE(Simulated::await_until("one", stop, is_one, word)) << "it has passed";
    EXPECT_LE(world.engine.now(), 5'020u * nanosecond);
  });
}

// A deadline that comes while the word is on its way, again and again changed by others.
TEST(Waiting, ADeadlineEndsItWhateverTheLineDoes) {
  for (std::uint64_t at = 1'000; at < 1'400; at += 7) {
    World world(flat_machine(4), 4);
    auto& word = world.make<LoneWord>(2u);
    world.run([&](TaskId task) {
      if (task == 0) {
        Stop<SimulatedTask> stop;
        stop.deadline_ns = at;
        EXPECT_FALSE(Simulated::await_until("one", stop, is_one, word));
        EXPECT_GE(world.engine.now(), at * nanosecond);
        EXPECT_LT(world.engine.now(), (at + 200) * nanosecond);
      } else {
        world.wait_until(900'000);
        for (int i = 0; i < 4; ++i) word.fetch_add(1, relaxed);
      }
    });
  }
}

// Task 1 spins on a word that task 0 changes, until task 0 leaves its CPU.
TEST(Waiting, AnOwnerThatLeavesItsCpuEndsIt) {
  for (Picoseconds sleeps = step; sleeps < step + 100'000; sleeps += 1'700) {
    World world(flat_machine(2), 2);
    auto& word = world.make<LoneWord>(2u);
    world.run([&](TaskId task) {
      if (task == 1) {
        world.wait_until(step / 2);
        Stop<SimulatedTask> stop;
        stop.owner = &Simulated::task(0);
        EXPECT_FALSE(Simulated::await_until("one", stop, is_one, word));
        EXPECT_GE(world.engine.now(), sleeps);
        EXPECT_LT(world.engine.now(), sleeps + 100'000);
        EXPECT_FALSE(Simulated::on_cpu(Simulated::task(0)));
        Simulated::unpark(Simulated::task(0));
        return;
      }
      world.wait_until(step);
      word.store(3, relaxed);  // the spinner's copy is on its way when this task goes to sleep
      world.wait_until(sleeps);
      Simulated::prepare_to_park("");
      Simulated::park();
      Simulated::finish_park();
    });
  }
}

// Tasks 0 and 2 share CPU 0. Task 0 spins with preemption off, as the kernel's do, and has to say
// so when its slice is over, even if that happens while the word is on its way.
TEST(Waiting, NeedReschedEndsIt) {
  for (Picoseconds change = 900'000; change < 1'100'000; change += 3'300) {
    World world(flat_machine(2), 2, 3);
    auto& word = world.make<LoneWord>(2u);
    world.run([&](TaskId task) {
      if (task == 1) {
        world.wait_until(change);
        word.fetch_or(0, relaxed);
        return;
      }
      if (task == 2) {
        word.store(1, relaxed);
        return;
      }
      Stop<SimulatedTask> stop;
      stop.need_resched = true;
      Simulated::preempt_disable();
      EXPECT_FALSE(Simulated::await_until("one", stop, is_one, word));
      EXPECT_TRUE(Simulated::need_resched());
      Simulated::preempt_enable();
      EXPECT_EQ(word.load(relaxed), 1u) << "task 2 had its turn";
    });
  }
}

// The slice ends while the word is fetched: at first, or again because it has changed.
TEST(Waiting, ASpinnerIsPreemptedWhenItsSliceIsOver) {
  for (Picoseconds when = 900'000; when < 1'100'000; when += 3'300) {
    for (const bool late : {false, true}) {
      World world(flat_machine(2), 2, 3);
      auto& word = world.make<LoneWord>(2u);
      world.run([&](TaskId task) {
        if (task == 2) {
          word.store(1, relaxed);
          return;
        }
        if (task == 1) word.fetch_or(0, relaxed);
        if (task == 1 || late) world.wait_until(when);
        if (task == 1) word.fetch_or(0, relaxed);
        if (task == 0) Simulated::await("one", word, is_one, relaxed);
      });
      EXPECT_EQ(word.load(relaxed), 1u);
    }
  }
}

std::string error_of(World& world, const std::function<void(TaskId)>& body) {
  try {
    world.run(body);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Waiting, WhoWaitsForeverIsNamed) {
  {
    World world(flat_machine(2), 2);
    auto& word = world.make<LoneWord>();
    EXPECT_EQ(error_of(world,
                       [&](TaskId task) {
                         if (task == 1)
                           Simulated::await("the word to be one", word, is_one, relaxed);
                       }),
              "the simulated program waits forever: task 1 spins: the word to be one;");
  }
  World world(flat_machine(2), 2);
  const std::string error = error_of(world, [&](TaskId) {
    Simulated::prepare_to_park("a friend");
    Simulated::park();
  });
  EXPECT_NE(error.find("task 0 sleeps"), std::string::npos) << error;
  EXPECT_NE(error.find("a friend"), std::string::npos) << error;
}

TEST(Waiting, SetupWaitsForNobody) {
  World world(flat_machine(1), 1);
  auto& word = world.make<LoneWord>();
  EXPECT_THROW(Simulated::await("one", word, is_one, relaxed), std::logic_error);
  word.store(1, relaxed);
  EXPECT_EQ(Simulated::await("one", word, is_one, relaxed), 1u);
}

}  // namespace
}  // namespace faultline::simulator
