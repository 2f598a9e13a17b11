// task.hpp: one simulated thread.
#pragma once

#include <array>
#include <boost/context/detail/fcontext.hpp>
#include <cstdint>

#include "simulator/hardware.hpp"

namespace faultline::simulator {

enum class TaskState : std::uint8_t {
  on_cpu,
  ready,   // waits for its CPU
  parked,  // sleeps
  ended,
};

// A task's place in the list of those who spin on a line.
struct Watch {
  LineId line = 0;
  WatchId next = 0;
  WatchId prev = 0;
  bool linked = false;
};
inline constexpr unsigned watches_per_task = 4;

struct Task;

// What a task spins for. `ready` looks at memory as it is, and may be called by the engine.
struct Spin {
  bool (*ready)(const void* context) = nullptr;
  const void* context = nullptr;
  std::array<const void*, watches_per_task> words = {};
  unsigned count = 0;
  const char* site = "";
  // What else ends it:
  const Task* owner = nullptr;     // this task goes off its CPU
  bool need_resched = false;       // another task waits for this CPU
  Picoseconds deadline = forever;  // the time
};

struct Task {
  TaskId id = 0;
  CpuId cpu = 0;
  Picoseconds now = 0;
  TaskState state = TaskState::on_cpu;
  boost::context::detail::fcontext_t context = nullptr;
  std::uint32_t generation = 0;  // raised by each blocking: events made for an earlier one are void

  unsigned preempt_count = 0;
  bool far = false;            // its atomic is being carried out by the home
  bool announced = false;      // prepare_to_park()
  bool woken = false;          // an unpark() came since
  const char* park_site = "";  // what it announced to sleep for
  const Spin* spin = nullptr;  // what it spins for, while there is nothing else to do
  bool seen_ready = false;     // the engine has seen the condition hold, on its behalf
  const char* site = nullptr;  // what it waits for, to be said when it waits forever

  unsigned rcu_nesting = 0;
  Picoseconds rcu_since = 0;

  Picoseconds waited = 0;  // stalled on lines, spinning, asleep, preempted
  std::uint64_t parks = 0;
  std::uint64_t wakes = 0;
  std::uint64_t random_count = 0;
};

}  // namespace faultline::simulator
