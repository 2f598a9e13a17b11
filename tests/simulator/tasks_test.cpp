// tasks_test.cpp: sleeping and waking, time slices, RCU.
#include "tests/simulator/world.hpp"

namespace faultline::simulator {
namespace {

void sleep_until_woken() {
  Simulated::prepare_to_park("");
  Simulated::park();
  Simulated::finish_park();
}

TEST(Tasks, WakingTakesItsTime) {
  for (const ParkFlavour park : {ParkFlavour::kernel, ParkFlavour::futex}) {
    const bool futex = park == ParkFlavour::futex;
    World world(flat_machine(2), 2, 2, 1, park);
    Picoseconds unparked = 0;
    world.run([&](TaskId task) {
      if (task == 0) {
        sleep_until_woken();
        // The waker's part, leaving idle, the switch.
        EXPECT_EQ(world.engine.now(), unparked + 3'000 + 4'000 + 2'000);
        return;
      }
      world.wait_until(step);
      const Picoseconds time = world.time_of([&] { Simulated::unpark(Simulated::task(0)); });
      unparked = world.engine.now() - 3'000;
      // A fence; the system call and the bucket, whose line the sleeper had.
      EXPECT_EQ(time, 7'000u + (futex ? 300u + 20'000u + 5'000u : 0u) + 3'000u);
    });
    EXPECT_EQ(world.engine.statistics().parks, 1u);
    EXPECT_EQ(world.engine.statistics().wakes, 1u);
    EXPECT_EQ(world.engine.task(0).parks, 1u);
    EXPECT_EQ(world.engine.task(1).wakes, 1u);
  }
}

// A waker that comes at any time between the announcement and the sleep.
TEST(Tasks, AWakeUpIsNeverLost) {
  for (const ParkFlavour park : {ParkFlavour::kernel, ParkFlavour::futex}) {
    for (Picoseconds when = 0; when < 200'000; when += 500) {
      World world(flat_machine(2), 2, 2, 1, park);
      auto& ready = world.make<LoneWord>();
      bool woken = false;
      world.run([&](TaskId task) {
        if (task == 1) {
          world.wait_until(step + when);
          ready.store(1, release);
          Simulated::unpark(Simulated::task(0));
          return;
        }
        world.wait_until(step);
        for (;;) {
          Simulated::prepare_to_park("");
          if (ready.load(acquire) == 1) break;
          Simulated::park();
        }
        Simulated::finish_park();
        woken = true;
      });
      EXPECT_TRUE(woken);
    }
  }
}

TEST(Tasks, WhoHasNotAnnouncedASleepIsNotWoken) {
  World world(flat_machine(2), 2);
  world.run([&](TaskId task) {
    if (task == 1) Simulated::unpark(Simulated::task(0));
  });
  EXPECT_EQ(world.engine.statistics().wakes, 0u);
}

TEST(Tasks, ShareACpuByTimeSlices) {
  World world(flat_machine(1), 1, 2);
  std::vector<TaskId> order;
  world.run([&](TaskId task) {
    for (int i = 0; i < 250; ++i) {
      if (order.empty() || order.back() != task) order.push_back(task);
      EXPECT_TRUE(world.engine.on_cpu(task));
      EXPECT_FALSE(world.engine.on_cpu(1 - task));
      world.engine.work(10'000);
    }
  });
  // 2.5 slices each.
  EXPECT_EQ(order, (std::vector<TaskId>{0, 1, 0, 1, 0, 1}));
  EXPECT_EQ(world.engine.statistics().preemptions, 4u);
}

TEST(Tasks, WhoIsAloneKeepsItsCpu) {
  World world(flat_machine(2), 2);
  world.run([&](TaskId) {
    for (int i = 0; i < 500; ++i) world.engine.work(10'000);
  });
  EXPECT_EQ(world.engine.statistics().preemptions, 0u);
}

TEST(Tasks, PreemptionWaitsUntilItIsAllowed) {
  World world(flat_machine(1), 1, 2);
  std::vector<TaskId> order;
  world.run([&](TaskId task) {
    Simulated::preempt_disable();
    Simulated::preempt_disable();
    for (int i = 0; i < 300; ++i) world.engine.work(10'000);
    order.push_back(task);
    EXPECT_TRUE(Simulated::need_resched());
    Simulated::preempt_enable();
    EXPECT_TRUE(Simulated::need_resched());
    order.push_back(task);
    Simulated::preempt_enable();
    order.push_back(task);
  });
  EXPECT_EQ(order, (std::vector<TaskId>{0, 0, 1, 1, 0, 1}));
}

// The holder loses its CPU inside: who spins for the lock elsewhere waits for its next slice.
TEST(Tasks, APreemptedHolderKeepsOthersWaiting) {
  World world(flat_machine(2), 2, 3);
  auto& lock = world.make<LoneWord>();
  Picoseconds waited = 0;
  world.run([&](TaskId task) {
    if (task == 0) {
      lock.store(1, relaxed);
      for (int i = 0; i < 150; ++i) world.engine.work(10'000);
      lock.store(0, release);
    } else if (task == 2) {
      for (int i = 0; i < 90; ++i) world.engine.work(10'000);
    } else {
      world.wait_until(100'000);
      waited = world.time_of([&] {
        Simulated::await("free", lock, [](std::uint64_t word) { return word == 0; }, acquire);
      });
    }
  });
  EXPECT_GE(waited, 150 * 10'000u + 90 * 10'000u - 100'000u);
  EXPECT_EQ(world.engine.statistics().preemptions, 1u);
}

TEST(Tasks, ThePreemptedAreNotOnTheirCpu) {
  World world(flat_machine(2), 2, 3);
  bool seen_off = false;
  world.run([&](TaskId task) {
    for (int i = 0; i < 300; ++i) {
      world.engine.work(10'000);
      if (task == 1) seen_off = seen_off || !Simulated::on_cpu(Simulated::task(0));
    }
  });
  EXPECT_TRUE(seen_off);
}

struct Node {
  explicit Node(std::uint64_t number) : value(number) {}
  ~Node() { value.store(~std::uint64_t{0}, relaxed); }
  Word value;
};

// Readers hold on to a node for longer than a grace period, while a writer replaces it.
TEST(Tasks, MemoryIsFreedWhenItsReadersAreOut) {
  World world(flat_machine(3), 3);
  auto& shared = world.make<SimulatedAtomic<Node*>>();
  auto& cache = world.make<SimulatedCache<Node>>();
  world.engine.act_as(0);
  shared.store(cache.alloc(0u), relaxed);
  world.engine.act_as(world.engine.control());
  unsigned dead = 0;
  unsigned seen = 0;
  world.run([&](TaskId task) {
    for (std::uint64_t i = 1; i <= 60; ++i) {
      if (task == 0) {
        Node* old = shared.load(relaxed);
        shared.store(cache.alloc(i), release);
        cache.free_rcu(old);
        world.engine.work(100'000);
        continue;
      }
      Simulated::rcu_read_lock();
      Simulated::rcu_read_lock();
      Node* node = shared.load(acquire);
      world.engine.work(task * 900'000);
      Simulated::rcu_read_unlock();
      dead += node->value.load(relaxed) == ~std::uint64_t{0};
      Simulated::rcu_read_unlock();
      ++seen;
    }
  });
  EXPECT_EQ(dead, 0u);
  EXPECT_EQ(seen, 120u);
  EXPECT_GT(world.engine.statistics().grace_periods, 5u);
  cache.~SimulatedCache<Node>();
}

TEST(Tasks, NobodyWaitsForAGracePeriodThatIsNotOver) {
  World world(flat_machine(1), 1);
  auto& cache = world.make<SimulatedCache<Node>>();
  world.run([&](TaskId) {
    Node* first = cache.alloc(1u);
    EXPECT_EQ(world.time_of([&] { cache.free_rcu(first); }), 600u);
    world.engine.work(499'000);
    cache.free_rcu(cache.alloc(2u));
    EXPECT_EQ(first->value.load(relaxed), 1u) << "just before";
    world.engine.work(501'000);
    cache.free_rcu(cache.alloc(3u));
    EXPECT_NE(first->value.load(relaxed), 1u);
  });
  cache.~SimulatedCache<Node>();
}

}  // namespace
}  // namespace faultline::simulator
