// engine.hpp: the simulator: tasks on virtual CPUs over a cost model of cache lines.
//
// Every task is a fiber. A task runs ahead until it touches shared memory at a time when something
// else happens first; then it hands over to whatever that is. So all accesses take place in the
// order of simulated time, one after the other, on one host thread, and memory always holds what
// the simulated program would see: values are sequentially consistent, orders only cost time. Weak
// memory is the model checker's subject.
//
// The cost of an access is that of getting its line: see coherence.cpp. How tasks share CPUs, sleep
// and wake is in tasks.cpp.
//
// The engine knows nothing of locks: platform/simulated.hpp is the contract on top of it.
#pragma once

#include <boost/context/detail/fcontext.hpp>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "simulator/events.hpp"
#include "simulator/hardware.hpp"
#include "simulator/machine.hpp"
#include "simulator/memory.hpp"
#include "simulator/random.hpp"
#include "simulator/statistics.hpp"
#include "simulator/task.hpp"
#include "simulator/trace.hpp"

namespace faultline::simulator {

// How tasks sleep: as in the kernel, or by a futex system call with its hash bucket.
enum class ParkFlavour : std::uint8_t { kernel, futex };

struct EngineOptions {
  unsigned cpus = 1;   // hardware threads used, in the machine's order
  unsigned tasks = 1;  // task i starts on CPU i % cpus
  std::uint64_t seed = 1;
  ParkFlavour park = ParkFlavour::kernel;
};

class Engine {
 public:
  // The one that runs. Simulations take turns, never overlap.
  static Engine* current;

  // One task more than asked for: the last one is the control task, which runs setup.
  Engine(const Machine& machine, const EngineOptions& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const Machine& machine() const { return machine_; }
  // Different for each engine that ever was.
  std::uint64_t number() const { return number_; }
  Memory& memory() { return memory_; }
  Statistics& statistics() { return statistics_; }
  Trace& trace() { return trace_; }
  TaskId control() const { return static_cast<TaskId>(tasks_.size() - 1); }

  // Outside of run(): what follows is done by that task, takes no time, and must not wait.
  void act_as(TaskId task) { self_ = task; }
  // What has been allocated until now was there when the simulation began.
  void setup_ends() { memory_.setup_ends(); }
  // Runs body(i) as task i for all tasks but the control task, until each has returned.
  void run(const std::function<void(TaskId)>& body);
  bool running() const { return running_; }
  // Of all that happened, in order.
  std::uint64_t hash() const { return hash_; }

  // --- for the platform: the running task does something ---

  void load(const void* address, const SourcePlace& place);
  // The value that a load sees: that of the own store buffer before memory's.
  template <class T>
  T value(const T& word) const {
    if (running_ && !cpu().stores.empty()) [[unlikely]] {
      if (const PendingStore* store = cpu().stores.find(&word)) {
        T result;
        std::memcpy(&result, &store->value, sizeof(T));
        return result;
      }
    }
    return word;
  }
  void store(void* address, std::uint64_t value, std::size_t bytes, const SourcePlace& place);
  // Returns with the line owned, or at the home if `far_capable` and the machine does that: the
  // caller reads and changes the word, then says done_changing().
  void begin_change(const void* address, bool far_capable, const SourcePlace& place);
  void done_changing(const void* address);
  void fence();
  void acquire_cost() { advance(machine_.core.acquire); }
  void release_cost() { advance(machine_.core.release); }

  // Spins; says false when something else than its condition ended it.
  bool spin(const Spin& spin, const SourcePlace& place);

  // `site` says what for, when it sleeps forever.
  void prepare_to_park(const char* site);
  void park();
  void finish_park();
  void unpark(TaskId task);
  void preempt_disable() { ++self().preempt_count; }
  void preempt_enable();
  bool need_resched() const;
  // Goes round again after losing a race. No two rounds take equally long on hardware; here a loop
  // could otherwise keep step with another task's for ever, and starve it.
  void retry() { work(below(random(), 2 * machine_.core.pause)); }
  bool on_cpu(TaskId task) const { return tasks_[task]->state == TaskState::on_cpu; }

  Picoseconds now() const { return running_ ? self().now : 0; }
  void work(Picoseconds time);
  std::uint64_t random() { return chance(options_.seed, self().id + 1, ++self().random_count); }

  void rcu_read_lock() {
    if (++self().rcu_nesting == 1) self().rcu_since = now();
  }
  void rcu_read_unlock() { --self().rcu_nesting; }
  // Calls free(context, object) after a grace period, in the name of this task.
  void call_rcu(void (*free)(void* context, void* object), void* context, void* object);
  // At the end, when nobody reads any more.
  void rcu_barrier();

  TaskId self_id() const { return self_; }
  Task& self() { return *tasks_[self_]; }
  const Task& self() const { return *tasks_[self_]; }
  Task& task(TaskId id) { return *tasks_[id]; }

 private:
  struct Callback {
    Picoseconds asked;
    Picoseconds due;
    void (*free)(void*, void*);
    void* context;
    void* object;
  };

  // --- engine.cpp: time and fibers ---
  static void fiber_main(boost::context::detail::transfer_t from);
  void switch_to(TaskId task);
  void left(boost::context::detail::fcontext_t at);
  // Handles events until a task has to go on; returns when that is the caller.
  void block();
  // Lets everything happen that comes before the running task's now.
  void catch_up() {
    if (queue_.next_time() <= self().now) [[unlikely]]
      yield_to_events();
    if (cpu().need_resched) [[unlikely]]
      maybe_preempt();
  }
  void yield_to_events();
  void advance(Picoseconds time) {
    if (running_) self().now += time;
  }
  void resume_at(TaskId task, Picoseconds time) {
    queue_.push(time, EventClass::resume, task, tasks_[task]->generation);
  }
  void note(EventClass kind, Picoseconds time, std::uint32_t subject) {
    hash_ ^= time * 0x9e3779b97f4a7c15u + subject + (static_cast<std::uint64_t>(kind) << 56);
    hash_ *= 0xd1342543de82ef95u;
    hash_ ^= hash_ >> 29;
  }
  void stuck();

  // --- coherence.cpp: lines ---
  unsigned core(CpuId cpu) const { return cpus_[cpu].place.core; }
  bool owns(const Line& line, unsigned core) const { return line.owner == core + 1; }
  bool readable(Line& line, unsigned core) {
    return owns(line, core) ||
           (line.owner == 0 && line.sharers != 0 && memory_.sharers(line).has(core));
  }
  struct Cost {
    Picoseconds transfer;
    Source source;
  };
  Cost cost_of_read(Line& line, unsigned core);
  Cost cost_of_owning(Line& line, unsigned core);
  Cost cost_of_far(const Line& line, unsigned core) const;
  Cost cost_from_home(const Line& line, unsigned core) const;
  Cost cost_from_owner(const Line& line, unsigned core) const;
  unsigned node_of_core(unsigned core) const { return core / cores_per_node_; }
  void request(CpuId cpu, Request::Slot slot, LineId line, RequestKind kind, Picoseconds time,
               const SourcePlace& place);
  void wait_for_line(LineId line, RequestKind kind, const SourcePlace& place, Picoseconds since);
  RequestId choose(LineId id, Line& line) const;
  RequestId choose_nearest(Line& line) const;
  void unlink(Line& line, RequestId id);
  void serve(LineId id, Picoseconds time);
  void start(LineId id, RequestId request, Picoseconds time);
  void started(LineId id, RequestId request, Picoseconds time);
  void line_is_free(LineId id, Picoseconds time);
  void arrived(RequestId id, Picoseconds time);
  void arrived_for_core(RequestId number, Picoseconds time);
  void goes_on(TaskId task, Picoseconds time);
  void hold_line(LineId id, unsigned core, Picoseconds time);
  void wait_for_port(Port& port);
  void leave_port(Port& port, Picoseconds time);
  void complete(RequestId id, Picoseconds time);
  void prefetch_pair(CpuId cpu, LineId line, RequestKind kind, Picoseconds time);
  void count_transfer(LineId id, const Request& request, const Cost& cost, Picoseconds waited);
  void lose_line(LineId id, Line& line, Picoseconds time);
  void changed(LineId id, unsigned core, Picoseconds time);
  void next_store(CpuId cpu, Picoseconds time);
  void commit_stores(CpuId cpu, LineId id, Picoseconds time);
  void drain_stores(bool whole);

  // --- waiting.cpp: spinning ---
  void watch(Task& task, unsigned slot, LineId line);
  void unwatch(Task& task);
  void unlink_watch(WatchId id);
  bool stop_holds(const Task& task, const Spin& spin, Picoseconds time) const;
  void end_spin(Task& task, bool stopped, Picoseconds time);
  void wake_watchers(LineId id, Line& line, Picoseconds time);
  void poll(TaskId id, std::uint32_t generation, Picoseconds time);
  void spinner_read(Task& task, LineId line, Picoseconds time);
  void owner_left_cpu(const Task& owner, Picoseconds time);
  void deadline(TaskId id, std::uint32_t generation, Picoseconds time);

  // --- tasks.cpp: CPUs ---
  Cpu& cpu() { return cpus_[self().cpu]; }
  const Cpu& cpu() const { return cpus_[self().cpu]; }
  void make_ready(Task& task, Picoseconds time);
  void run_next(CpuId cpu, Picoseconds time);
  void start_slice(CpuId cpu, Picoseconds time);
  void slice_ended(CpuId cpu, std::uint32_t generation, Picoseconds time);
  void maybe_preempt();
  void leave_cpu(Task& task, TaskState state, Picoseconds time);
  void futex_bucket(TaskId task);
  void run_callbacks(Picoseconds time);

  const Machine machine_;
  const EngineOptions options_;
  const std::uint64_t number_;
  Memory memory_;
  EventQueue queue_;
  Statistics statistics_;
  Trace trace_;
  std::vector<Request> requests_;  // [0] is none
  std::vector<Cpu> cpus_;
  std::vector<Port> ports_;                   // by core
  std::vector<std::vector<CpuId>> siblings_;  // hardware threads in use, by core
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<Watch> watches_;     // [0] is none
  std::vector<RequestId> served_;  // by the line that has just arrived
  std::deque<Callback> callbacks_;
  std::uint64_t* futex_buckets_ = nullptr;
  const std::function<void(TaskId)>* body_ = nullptr;
  boost::context::detail::fcontext_t main_ = nullptr;
  std::string problem_;      // why run() cannot go on
  bool looping_ = false;     // events are being handled
  TaskId direct_ = no_task;  // goes on next, without an event
  TaskId from_ = no_task;    // was left last
  TaskId self_;
  unsigned cores_per_node_;
  unsigned cores_per_cluster_;
  unsigned cores_per_socket_;
  unsigned unfinished_ = 0;
  unsigned spun_on_ = 0;  // tasks that spin until another one leaves its CPU
  bool running_ = false;
  std::uint64_t hash_ = 0x6a09e667f3bcc908u;
};

inline void Engine::load(const void* address, const SourcePlace& place) {
  if (!running_) return;
  catch_up();
  ++statistics_.operations;
  Task& task = self();
  const Cpu& here = cpu();
  if (!here.stores.empty() && here.stores.find(address) != nullptr) [[unlikely]] {
    task.now += machine_.core.hit;
    return;
  }
  const LineId id = memory_.line_of(address);
  if (readable(memory_.line(id), here.place.core)) [[likely]] {
    ++statistics_.hits;
    task.now += machine_.core.hit;
    return;
  }
  wait_for_line(id, RequestKind::read, place, task.now);
  self().now += machine_.core.hit;
}

inline void Engine::store(void* address, std::uint64_t value, std::size_t bytes,
                          const SourcePlace& place) {
  if (!running_) {
    std::memcpy(address, &value, bytes);
    return;
  }
  catch_up();
  ++statistics_.operations;
  Task& task = self();
  Cpu& here = cpu();
  const LineId id = memory_.line_of(address);
  if (here.stores.empty() && owns(memory_.line(id), here.place.core)) {
    ++statistics_.hits;
    std::memcpy(address, &value, bytes);
    task.now += machine_.core.store;
    if (memory_.line(id).watchers != 0) changed(id, here.place.core, task.now);
    return;
  }
  if (here.stores.full()) drain_stores(false);
  Cpu& there = cpu();
  there.stores.push({address, value, static_cast<std::uint8_t>(bytes), place});
  self().now += machine_.core.store;
  next_store(self().cpu, self().now);
}

}  // namespace faultline::simulator
