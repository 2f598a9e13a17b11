// lock_contract_test.cpp: every yardstick, every VMA lock word, the semaphore and its spinner queue
// on the simulator: exclusion, by variables that only their holders write, and nobody lost. With
// fewer CPUs than tasks, too, and both ways to sleep.
#include <gtest/gtest.h>

#include "lockimpls/osq.hpp"
#include "lockimpls/registry.hpp"
#include "lockimpls/rwsem.hpp"
#include "tests/lockimpls/vma_locks.hpp"
#include "tests/simulator/world.hpp"
#include "workloads/pair.hpp"

namespace faultline {
namespace {

using simulator::lively_machine;
using simulator::ParkFlavour;
using simulator::TaskId;
using simulator::World;

struct Crowd {
  unsigned cpus;
  unsigned tasks;
  ParkFlavour park = ParkFlavour::kernel;
  unsigned smt = 1;
};
constexpr Crowd crowds[] = {{1, 1},
                            {2, 2},
                            {5, 5},
                            {48, 48},
                            {8, 8, ParkFlavour::kernel, 2},
                            {4, 8},
                            {3, 9, ParkFlavour::futex},
                            {4, 8, ParkFlavour::futex, 2}};

simulator::Machine machine_for(const Crowd& crowd) {
  simulator::Machine machine = lively_machine(crowd.cpus);
  machine.smt = crowd.smt;
  machine.siblings_first = true;
  machine.scheduler.slice = 10'000'000;  // so that holders and waiters lose their CPU often
  return machine;
}

// In a world for each crowd and two seeds.
void each_crowd(const std::function<void(World&, const Crowd&)>& use) {
  for (const Crowd& crowd : crowds) {
    for (const std::uint64_t seed : {1u, 2u}) {
      SCOPED_TRACE(testing::Message()
                   << crowd.tasks << " tasks on " << crowd.cpus << " CPUs, seed " << seed);
      World world(machine_for(crowd), crowd.cpus, crowd.tasks, seed, crowd.park);
      ASSERT_NO_FATAL_FAILURE(use(world, crowd));
    }
  }
}

struct LockNames {
  template <class L>
  static std::string GetName(int) {
    return L::name;
  }
};

template <class L>
std::string verdict_of(World& world, unsigned tasks) {
  using Work = Pair<Simulated, L>;
  auto& work = world.make<Work>(ParamValues{{"crit_ns", 0}, {"par_ns", 0}});
  std::vector<typename Work::Thread*> threads;
  for (unsigned i = 0; i < tasks; ++i) threads.push_back(&world.make<typename Work::Thread>(i));
  world.run([&](TaskId task) {
    for (int round = 0; round < 30; ++round) {
      work.op(*threads[task]);
      work.check_op(*threads[task], round % 10 == 0 ? 2000 : 0);
    }
  });
  std::uint64_t checked = 0;
  std::uint64_t torn = 0;
  for (const auto* thread : threads) {
    checked += thread->checked;
    torn += thread->torn;
  }
  EXPECT_EQ(checked, 30u * tasks);
  return work.verdict(checked, torn);
}

template <class L>
class SimulatedYardstick : public ::testing::Test {};
using SimulatedYardsticks = YardstickLocks::on<::testing::Types, Simulated>;
TYPED_TEST_SUITE(SimulatedYardstick, SimulatedYardsticks, LockNames);

TYPED_TEST(SimulatedYardstick, PairsBalanceAndExclude) {
  each_crowd([](World& world, const Crowd& crowd) {
    EXPECT_EQ(verdict_of<TypeParam>(world, crowd.tasks), "");
  });
}

// Lets everybody in.
struct NoLock {
  static constexpr const char* name = "none";
  static constexpr const char* summary = "no lock at all";
  static constexpr bool excludes = true;
  using Node = Nothing;
  void acquire(Node&) {}
  void release(Node&) {}
  bool is_idle() const { return true; }
  std::vector<NamedWord> words() const { return {}; }
};

TEST(SimulatedYardstick, ALockThatDoesNotExcludeIsFound) {
  World world(lively_machine(4), 4);
  EXPECT_NE(verdict_of<NoLock>(world, 4).find("does not exclude"), std::string::npos);
}

// Equal except while a writer is at work.
struct alignas(128) TwoCounters {
  SimulatedPlain<std::uint64_t> first{0};
  alignas(64) SimulatedPlain<std::uint64_t> second{0};

  void add() {
    first.set(first.get() + 1);
    Simulated::work(50);
    second.set(second.get() + 1);
  }
  bool agree() const { return first.get() == second.get(); }
};

TEST(SimulatedCasRwLock, ReadersNeverSeeAWriterAtWork) {
  each_crowd([](World& world, const Crowd&) {
    auto& lock = world.make<CasRwLock<Simulated>>();
    auto& counters = world.make<TwoCounters>();
    unsigned torn = 0;
    world.run([&](TaskId task) {
      Nothing node;
      for (int round = 0; round < 20; ++round) {
        if (task == 0) {
          lock.acquire_write();
          counters.add();
          lock.release_write();
        } else {
          lock.acquire(node);
          torn += !counters.agree();
          lock.release(node);
        }
      }
    });
    EXPECT_EQ(torn, 0u);
    EXPECT_EQ(counters.first.get(), 20u);
    EXPECT_TRUE(lock.is_idle());
  });
}

struct Tally {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t torn = 0;
};

void use_rwsem(RwSem<Simulated>& sem, TwoCounters& counters, Tally& tally) {
  const std::uint64_t draw = Simulated::random();
  const unsigned how = static_cast<unsigned>(draw >> 32) % 4;
  if (draw % 10 < 7) {
    if (how == 0 && !sem.down_read_trylock()) return;
    if (how != 0) sem.down_read();
    tally.torn += !counters.agree();
    ++tally.reads;
    sem.up_read();
    return;
  }
  if (how == 0 && !sem.down_write_trylock()) return;
  if (how != 0) sem.down_write();
  counters.add();
  ++tally.writes;
  if (how != 3) {
    sem.up_write();
    return;
  }
  const std::uint64_t seen = counters.first.get();
  sem.downgrade_write();
  tally.torn += seen != counters.first.get();
  sem.up_read();
}

TEST(SimulatedRwSem, WritersAreAloneAndNobodyIsLost) {
  std::uint64_t parks = 0;
  each_crowd([&](World& world, const Crowd&) {
    auto& sem = world.make<RwSem<Simulated>>();
    auto& counters = world.make<TwoCounters>();
    Tally tally;
    world.run([&](TaskId) {
      for (int i = 0; i < 50; ++i) use_rwsem(sem, counters, tally);
    });
    EXPECT_EQ(tally.torn, 0u);
    EXPECT_EQ(counters.first.get(), tally.writes);
    EXPECT_EQ(counters.second.get(), tally.writes);
    EXPECT_GT(tally.writes, 0u);
    EXPECT_GT(tally.reads, 0u);
    EXPECT_EQ(sem.words()[0].value, 0u);
    parks += world.engine.statistics().parks;
  });
  EXPECT_GT(parks, 0u);
}

TEST(SimulatedOsq, OneTaskAtATimeIsInFront) {
  each_crowd([](World& world, const Crowd& crowd) {
    auto& queue = world.make<Osq<Simulated>>();
    unsigned inside = 0;
    unsigned most = 0;
    unsigned entered = 0;
    unsigned refused = 0;
    world.run([&](TaskId) {
      for (int i = 0; i < 40; ++i) {
        Simulated::preempt_disable();
        if (queue.lock()) {
          most = std::max(most, ++inside);
          ++entered;
          Simulated::work(i % 8 == 0 ? 3000 : 20);
          --inside;
          queue.unlock();
        } else {
          ++refused;
        }
        Simulated::preempt_enable();
      }
    });
    EXPECT_EQ(most, 1u);
    EXPECT_EQ(entered + refused, 40 * crowd.tasks);
    EXPECT_EQ(refused > 0, crowd.cpus < crowd.tasks);
    EXPECT_FALSE(queue.is_locked());
  });
}

template <class Case>
class SimulatedVmaLock : public ::testing::Test {};
using SimulatedLockCases = AsTypes<LockCasesOn<Simulated>>::type;
TYPED_TEST_SUITE(SimulatedVmaLock, SimulatedLockCases, CaseNames);

template <class Case>
void change(TestVma<Case>& vma) {
  vma.start.set(vma.start.get() + 1);
  Simulated::work(50);
  vma.end.set(vma.end.get() + 1);
}

template <class Case>
void write_once(TestVma<Case>& vma, Tally& tally, bool detach) {
  if (!Case::Lock::per_vma) return;
  if (vma.exclude()) {
    change(vma);
    ++tally.writes;
    vma.admit();
  }
  if (!detach) return;
  const bool excluded = !Case::tells_gone && vma.exclude();
  vma.lock.detach(vma.part, vma.mm);
  change(vma);
  ++tally.writes;
  vma.attach();
  if (excluded) vma.admit();
}

// One writer, who also takes the VMA out of the tree and puts it back; all others read.
TYPED_TEST(SimulatedVmaLock, ReadersNeverSeeAWriterAtWork) {
  each_crowd([](World& world, const Crowd& crowd) {
    constexpr bool per_vma = TypeParam::Lock::per_vma;
    auto& vma = world.make<TestVma<TypeParam>>();
    vma.attach();
    Tally tally;
    unsigned readers = crowd.tasks - 1;
    world.run([&](TaskId task) {
      for (int i = 0; task == 0 && (i < 20 || readers != 0); ++i) {
        write_once(vma, tally, i % 4 == 0);
        Simulated::work(200);
      }
      if (task == 0) return;
      for (int i = 0; i < 40; ++i) {
        if (vma.try_read() == TryRead::ok) {
          ++tally.reads;
          tally.torn += vma.is_attached() && vma.start.get() != vma.end.get();
          vma.end_read();
        }
        Simulated::work(100);
      }
      --readers;
    });
    EXPECT_EQ(tally.torn, 0u);
    EXPECT_EQ(vma.start.get(), tally.writes);
    EXPECT_EQ(vma.end.get(), tally.writes);
    EXPECT_EQ(tally.writes > 0, per_vma);
    EXPECT_EQ(tally.reads > 0, per_vma && crowd.tasks > 1);
    EXPECT_EQ(vma.try_read(), per_vma ? TryRead::ok : TryRead::busy);
  });
}

}  // namespace
}  // namespace faultline
