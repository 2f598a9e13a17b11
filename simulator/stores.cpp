// stores.cpp: the store buffer: stores are posted and reach the cache in order, while the CPU goes
// on. Locked operations and full fences wait until it is empty, as on x86; so do they on the
// simulated Arm machines, which is stronger than those are.
#include <algorithm>

#include "simulator/engine.hpp"

namespace faultline::simulator {

// Starts the oldest store, if it has not been started.
void Engine::next_store(CpuId number, Picoseconds time) {
  Cpu& cpu = cpus_[number];
  const Request& request = requests_[request_id(number, Request::Slot::store)];
  if (cpu.stores.empty() || request.state != Request::State::idle) return;
  const PendingStore& store = cpu.stores.oldest();
  const LineId id = memory_.line_of(store.address);
  if (owns(memory_.line(id), cpu.place.core)) {
    commit_stores(number, id, time);
    return;
  }
  this->request(number, Request::Slot::store, id, RequestKind::own, time, store.place);
  if (machine_.pair_prefetch) prefetch_pair(number, id, RequestKind::own, time);
}

// The line is there: all stores to it that are next in order reach the cache.
void Engine::commit_stores(CpuId number, LineId id, Picoseconds time) {
  Cpu& cpu = cpus_[number];
  while (!cpu.stores.empty() && memory_.line_of(cpu.stores.oldest().address) == id) {
    const PendingStore& store = cpu.stores.oldest();
    std::memcpy(store.address, &store.value, store.bytes);
    cpu.stores.pop();
  }
  if (memory_.line(id).watchers != 0) changed(id, cpu.place.core, time);
  if (cpu.drained_for != no_task && (cpu.stores.empty() || !cpu.drain_whole)) {
    const TaskId task = cpu.drained_for;
    cpu.drained_for = no_task;
    goes_on(task, std::max(time, tasks_[task]->now));
  }
  next_store(number, time);
}

void Engine::drain_stores(bool whole) {
  Cpu& here = cpu();
  Task& task = self();
  const Picoseconds began = task.now;
  here.drained_for = task.id;
  here.drain_whole = whole;
  block();
  task.waited += task.now - began;
  trace_.span(task.id, "store buffer", {}, began, task.now);
}

void Engine::fence() {
  if (!running_) return;
  if (!cpu().stores.empty()) {
    catch_up();
    if (!cpu().stores.empty()) drain_stores(true);
  }
  self().now += machine_.core.fence;
}

}  // namespace faultline::simulator
