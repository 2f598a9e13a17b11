// sim_trial.hpp: one simulated trial: the workload that the host would run, on the CPUs of a
// simulated machine.
//
//   setup (takes no time) | warm-up | window: ops counted | finish (takes no time)
//
// Each thread counts the operations that it begins in the window; it leaves when the window is
// over. The same specification gives the same result, to the last bit, on every host.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/simulated.hpp"
#include "runner/trial.hpp"
#include "simulator/machine.hpp"

namespace faultline {

inline constexpr std::uint64_t sim_window_most = 64;

struct SimSpec {
  const simulator::Machine* machine = nullptr;
  unsigned cpus = 1;
  unsigned threads = 1;
  std::uint64_t seed = 1;
  std::uint64_t window_ns = 0;
  std::uint64_t warmup_ns = 0;
  // The window goes on until so many operations of the primary role are done, up to
  // sim_window_most times its length.
  std::uint64_t least_ops = 0;
  simulator::ParkFlavour park = simulator::ParkFlavour::kernel;
  ParamValues params;
  // Of the window, for a trace; 0: none.
  std::uint64_t trace_ns = 0;
};

struct SimResult {
  TrialResult trial;  // as the host has it; times are simulated
  simulator::Statistics statistics;
  Histogram waits;  // of one operation: nanoseconds stalled, spinning or asleep
  std::vector<simulator::Trace::Span> spans;
  std::uint64_t hash = 0;
};

// What a simulated thread does, behind the workload's type.
struct SimBody {
  std::function<void(unsigned index)> enter;
  std::function<std::uint64_t(unsigned index)> op;
  std::function<bool(unsigned index)> primary;  // whether its operations are those that count
  std::function<void(unsigned index)> leave;
  std::function<void(unsigned index, bool begins)> window;  // it begins or ends for that thread
};

// Runs the threads of a trial on the engine that is current. sim_trial.cpp.
void run_sim_threads(simulator::Engine& engine, const SimSpec& spec, const SimBody& body,
                     SimResult& result);

// A design's name on the simulator without the checks that the host makes of it: they would cost
// lines that the kernel does not have.
template <class Lock, Placement placement>
using SimDesign = Design<Simulated, Lock, placement, NoCheck<Simulated>>;

// Whatever tasks share has to lie in simulated memory.
template <class T, class... Args>
T& make_simulated(simulator::Engine& engine, Args&&... args) {
  void* memory = engine.memory().allocate(sizeof(T), alignof(T) < 128 ? 128 : alignof(T));
  return *new (memory) T(std::forward<Args>(args)...);
}

template <class W, class D>
SimResult run_sim_trial(const SimSpec& spec) {
  static_assert(Workload<W>);
  using Thread = typename W::Thread;
  SimResult result;
  simulator::Engine engine(*spec.machine, {spec.cpus, spec.threads, spec.seed, spec.park});
  auto& system = make_simulated<System<D>>(engine);
  auto& workload = make_simulated<W>(engine, system, spec.params, spec.threads);
  result.trial.vmas = workload.mm().map_count.get();

  std::vector<std::unique_ptr<Thread>> threads(spec.threads);
  std::vector<VmaLockEvents> before(spec.threads);
  std::vector<VmaLockEvents> after(spec.threads);
  SimBody body;
  body.enter = [&](unsigned i) {
    threads[i] = std::make_unique<Thread>(i);
    workload.prepare(*threads[i]);
  };
  body.op = [&](unsigned i) { return workload.op(*threads[i]); };
  body.primary = [&](unsigned i) { return W::role(i, spec.threads) == W::info().primary; };
  body.leave = [&](unsigned i) { workload.finish(*threads[i]); };
  body.window = [&](unsigned i, bool begins) {
    (begins ? before : after)[i] = threads[i]->mm.vma_lock;
  };
  run_sim_threads(engine, spec, body, result);

  for (unsigned i = 0; i < spec.threads; ++i) {
    VmaLockEvents& sum = result.trial.vma_lock;
    sum.success += after[i].success - before[i].success;
    sum.abort += after[i].abort - before[i].abort;
    sum.retry += after[i].retry - before[i].retry;
    sum.miss += after[i].miss - before[i].miss;
    const char* role = W::role(i, spec.threads);
    if (std::string(role) == W::info().primary) {
      result.trial.ops += result.trial.thread_ops[i];
    } else {
      result.trial.secondary[role] += result.trial.thread_ops[i];
    }
  }
  threads.clear();
  workload.~W();
  system.~System<D>();
  return result;
}

// The same without an address space.
template <class W, class L>
SimResult run_sim_yardstick_trial(const SimSpec& spec) {
  using Thread = typename W::Thread;
  SimResult result;
  result.trial.address_space = false;
  simulator::Engine engine(*spec.machine, {spec.cpus, spec.threads, spec.seed, spec.park});
  auto& workload = make_simulated<W>(engine, spec.params);
  std::vector<Thread*> threads(spec.threads);
  SimBody body;
  body.enter = [&](unsigned i) { threads[i] = &make_simulated<Thread>(engine, i); };
  body.op = [&](unsigned i) { return workload.op(*threads[i]); };
  body.primary = [](unsigned) { return true; };
  body.leave = [](unsigned) {};
  body.window = [](unsigned, bool) {};
  run_sim_threads(engine, spec, body, result);
  for (const std::uint64_t ops : result.trial.thread_ops) result.trial.ops += ops;
  workload.~W();
  return result;
}

}  // namespace faultline
