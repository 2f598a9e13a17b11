// world.hpp: a small machine on which every cost has a value of its own, and a simulation on it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "platform/simulated.hpp"
#include "simulator/engine.hpp"

namespace faultline::simulator {

// Two sockets of two clusters of two cores, without luck: whatever is left to chance takes no time,
// and whoever came first is served first.
inline Machine plain_machine() {
  Machine machine;
  machine.name = "plain";
  machine.sockets = 2;
  machine.clusters_per_node = 2;
  machine.cores_per_cluster = 2;
  machine.core = {1'000, 500, 5'000, 0, 0, 7'000, 0, 0};
  machine.transfer = {0, 20'000, 40'000, 60'000, 110'000, 0};
  machine.read = {15'000, 80'000, 140'000, 0};
  machine.arbitration = Machine::Arbitration::fifo;
  machine.scheduler = {1'000'000, 2'000, 3'000, 4'000, 300};
  machine.rcu = {500'000, 600};
  return machine;
}

// One cluster that holds that many cores.
inline Machine flat_machine(unsigned cores) {
  Machine machine = plain_machine();
  machine.sockets = 1;
  machine.clusters_per_node = 1;
  machine.cores_per_cluster = cores;
  return machine;
}

// With the luck that a real one has.
inline Machine lively_machine(unsigned cores) {
  Machine machine = flat_machine(cores);
  machine.core.jitter = 3'000;
  machine.core.pause = 9'000;
  machine.window = {15'000, 20'000, 0, 0};
  machine.arbitration = Machine::Arbitration::random;
  return machine;
}

using Word = SimulatedAtomic<std::uint64_t>;
struct alignas(128) LoneWord : Word {
  using Word::Word;
};

class World {
 public:
  explicit World(const Machine& machine, unsigned cpus, unsigned tasks = 0, std::uint64_t seed = 1,
                 ParkFlavour park = ParkFlavour::kernel)
      : engine(machine, {cpus, tasks == 0 ? cpus : tasks, seed, park}) {}

  // Shared by all tasks; never destroyed.
  template <class T, class... Args>
  T& make(Args&&... args) {
    constexpr std::size_t align = alignof(T) < 128 ? 128 : alignof(T);
    return *new (engine.memory().allocate(sizeof(T), align)) T(std::forward<Args>(args)...);
  }
  void run(const std::function<void(TaskId)>& body) {
    engine.setup_ends();
    engine.run(body);
  }
  Task& self() { return engine.self(); }
  // What that takes the task that does it, with whatever else is due before.
  Picoseconds time_of(const std::function<void()>& act) {
    const Picoseconds before = engine.now();
    act();
    return engine.now() - before;
  }
  // From now on: tasks begin at odd times, which come first.
  void wait_until(Picoseconds time) {
    if (engine.now() < time) engine.work(time - engine.now());
  }
  std::uint64_t transfers() const {
    std::uint64_t all = 0;
    for (const std::uint64_t from : const_cast<Engine&>(engine).statistics().from) all += from;
    return all;
  }

  Engine engine;
};

// Times in tests, from a begin that is behind all tasks' own.
inline constexpr Picoseconds step = 1'000'000;

}  // namespace faultline::simulator
