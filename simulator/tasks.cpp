// tasks.cpp: tasks on CPUs: sleeping, waking, time slices, RCU.
//
// A task stays on its CPU. Tasks that share one take turns by time slices, first come, first
// served: no priorities, no wake-up preemption, no migration. A waker is busy for `wake`, then the
// sleeper is runnable; it runs after the context switch, and after `idle_exit` when its CPU slept.
#include <algorithm>

#include "simulator/engine.hpp"

namespace faultline::simulator {

namespace {

// As in kernel/futex/core.c: 256 buckets for each CPU.
constexpr std::size_t futex_buckets_per_cpu = 256;

}  // namespace

void Engine::make_ready(Task& task, Picoseconds time) {
  task.state = TaskState::ready;
  Cpu& cpu = cpus_[task.cpu];
  cpu.ready.push_back(task.id);
  if (cpu.current == no_task) {
    run_next(task.cpu, time + machine_.scheduler.idle_exit);
  } else if (cpu.ready.size() == 1) {
    start_slice(task.cpu, time);
  }
}

void Engine::run_next(CpuId number, Picoseconds time) {
  Cpu& cpu = cpus_[number];
  cpu.need_resched = false;
  ++cpu.timer;
  if (cpu.ready.empty()) {
    cpu.current = no_task;
    return;
  }
  Task& task = *tasks_[cpu.ready.front()];
  cpu.ready.pop_front();
  cpu.current = task.id;
  task.state = TaskState::on_cpu;
  const Picoseconds start = time + machine_.scheduler.context_switch;
  goes_on(task.id, start);
  if (!cpu.ready.empty()) start_slice(number, start);
}

void Engine::start_slice(CpuId cpu, Picoseconds time) {
  queue_.push(time + machine_.scheduler.slice, EventClass::timer, cpu, ++cpus_[cpu].timer);
}

void Engine::slice_ended(CpuId number, std::uint32_t generation, Picoseconds time) {
  Cpu& cpu = cpus_[number];
  if (cpu.timer != generation || cpu.ready.empty() || cpu.current == no_task) return;
  cpu.need_resched = true;
  Task& task = *tasks_[cpu.current];
  if (task.spin == nullptr || !watches_[task.id * watches_per_task + 1].linked) return;
  if (task.preempt_count == 0 || task.spin->need_resched) end_spin(task, false, time);
}

void Engine::leave_cpu(Task& task, TaskState state, Picoseconds time) {
  task.state = state;
  Port& port = ports_[core(task.cpu)];
  if (port.turn == task.id) leave_port(port, time);  // siblings do not wait for its next slice
  owner_left_cpu(task, time);
  if (state == TaskState::ready) cpus_[task.cpu].ready.push_back(task.id);
  run_next(task.cpu, time);
}

void Engine::maybe_preempt() {
  Task& task = self();
  if (task.preempt_count != 0) return;
  if (cpu().ready.empty()) {
    cpu().need_resched = false;
    return;
  }
  ++statistics_.preemptions;
  const Picoseconds began = task.now;
  leave_cpu(task, TaskState::ready, began);
  block();
  task.waited += task.now - began;
  trace_.span(task.id, "preempted", {}, began, task.now);
}

void Engine::preempt_enable() {
  Task& task = self();
  --task.preempt_count;
  if (running_ && task.preempt_count == 0 && cpu().need_resched) maybe_preempt();
}

bool Engine::need_resched() const {
  return running_ && cpu().need_resched;
}

void Engine::work(Picoseconds time) {
  if (!running_) return;
  self().now += time;
  catch_up();
}

// A futex system call: its hash bucket's lock is a line that sleepers and wakers share.
void Engine::futex_bucket(TaskId task) {
  if (options_.park != ParkFlavour::futex) return;
  self().now += machine_.scheduler.syscall;
  const std::size_t buckets = futex_buckets_per_cpu * options_.cpus;
  std::uint64_t* bucket = futex_buckets_ + 8 * (mixed(task) % buckets);
  begin_change(bucket, false, {__FILE__, __LINE__});
  done_changing(bucket);
}

void Engine::prepare_to_park(const char* site) {
  Task& task = self();
  task.park_site = site;
  task.announced = true;
  task.woken = false;
  fence();
}

void Engine::park() {
  if (!running_) throw std::logic_error("setup sleeps, and nobody is there to wake it");
  futex_bucket(self_);
  catch_up();
  Task& task = self();
  if (task.woken) return;
  if (!cpu().stores.empty()) drain_stores(true);
  if (task.woken) return;
  const Picoseconds began = task.now;
  ++task.parks;
  ++statistics_.parks;
  task.site = task.park_site;
  leave_cpu(task, TaskState::parked, began);
  block();
  task.site = nullptr;
  task.waited += task.now - began;
  trace_.span(task.id, "asleep", {}, began, task.now);
}

void Engine::finish_park() {
  self().announced = false;
  self().woken = false;
}

void Engine::unpark(TaskId id) {
  if (!running_) return;
  fence();
  catch_up();
  Task& task = *tasks_[id];
  if (!task.announced || task.woken) return;
  futex_bucket(id);
  catch_up();
  // Meanwhile somebody else may have woken it, or it has gone on by itself.
  if (!task.announced || task.woken) return;
  task.woken = true;
  ++self().wakes;
  ++statistics_.wakes;
  if (task.state != TaskState::parked) return;
  self().now += machine_.scheduler.wake;
  make_ready(task, self().now);
}

void Engine::call_rcu(void (*free)(void*, void*), void* context, void* object) {
  if (running_) self().now += machine_.rcu.callback;
  const Picoseconds time = now();
  callbacks_.push_back({time, time + machine_.rcu.grace_period, free, context, object});
  if (running_) run_callbacks(time);
}

// Frees what was deferred before a grace period that is over: its time has passed, and no reader of
// then reads on.
void Engine::run_callbacks(Picoseconds time) {
  if (callbacks_.empty() || callbacks_.front().due > time) return;
  Picoseconds oldest = forever;
  for (const auto& task : tasks_) {
    if (task->rcu_nesting != 0) oldest = std::min(oldest, task->rcu_since);
  }
  ++statistics_.grace_periods;
  while (!callbacks_.empty() && callbacks_.front().due <= time &&
         callbacks_.front().asked < oldest) {
    const Callback callback = callbacks_.front();
    callbacks_.pop_front();
    callback.free(callback.context, callback.object);
  }
}

void Engine::rcu_barrier() {
  while (!callbacks_.empty()) {
    const Callback callback = callbacks_.front();
    callbacks_.pop_front();
    callback.free(callback.context, callback.object);
  }
}

}  // namespace faultline::simulator
