// waiting.cpp: spinning. A spinner reads its copy of the line again and again, which costs nobody
// anything, until the line is taken away; then it fetches a new copy and looks again. The engine
// does that on its behalf and runs its fiber only when the condition holds.
#include <algorithm>

#include "simulator/engine.hpp"

namespace faultline::simulator {

void Engine::watch(Task& task, unsigned slot, LineId id) {
  const WatchId number = task.id * watches_per_task + slot + 1;
  Watch& watch = watches_[number];
  if (watch.linked) return;
  Line& line = memory_.line(id);
  watch = {id, 0, line.last_watcher, true};
  (line.last_watcher == 0 ? line.watchers : watches_[line.last_watcher].next) = number;
  line.last_watcher = number;
}

void Engine::unlink_watch(WatchId number) {
  Watch& watch = watches_[number];
  if (!watch.linked) return;
  Line& line = memory_.line(watch.line);
  (watch.prev == 0 ? line.watchers : watches_[watch.prev].next) = watch.next;
  (watch.next == 0 ? line.last_watcher : watches_[watch.next].prev) = watch.prev;
  watch.linked = false;
}

void Engine::unwatch(Task& task) {
  for (unsigned slot = 0; slot < watches_per_task; ++slot) {
    unlink_watch(task.id * watches_per_task + slot + 1);
  }
}

bool Engine::stop_holds(const Task& task, const Spin& spin, Picoseconds time) const {
  return (spin.owner != nullptr && spin.owner->state != TaskState::on_cpu) ||
         (spin.need_resched && cpus_[task.cpu].need_resched) || time >= spin.deadline;
}

bool Engine::spin(const Spin& spin, const SourcePlace& place) {
  if (!running_) {
    if (!spin.ready(spin.context)) throw std::logic_error("setup waits for nobody");
    return true;
  }
  Task& task = self();
  const Picoseconds began = task.now;
  // The condition looks at memory, where an own store has to be first.
  for (unsigned i = 0; i < spin.count; ++i) {
    if (cpu().stores.find(spin.words[i]) != nullptr) drain_stores(true);
  }
  bool ready = false;
  for (;;) {
    for (unsigned i = 0; i < spin.count; ++i) load(spin.words[i], place);
    ready = spin.ready(spin.context);
    if (ready || stop_holds(task, spin, task.now)) break;
    // With several words, the first may have gone while the last was fetched.
    bool all_here = true;
    for (unsigned i = 0; i < spin.count; ++i) {
      all_here = all_here && readable(memory_.line(memory_.line_of(spin.words[i])), core(task.cpu));
    }
    if (!all_here) continue;
    if (cpu().need_resched && task.preempt_count == 0) {  // its slice ended while it fetched
      maybe_preempt();
      continue;
    }
    for (unsigned i = 0; i < spin.count; ++i) watch(task, i, memory_.line_of(spin.words[i]));
    task.spin = &spin;
    task.seen_ready = false;
    task.site = spin.site;
    if (spin.owner != nullptr) ++spun_on_;
    if (spin.deadline != forever) {
      queue_.push(spin.deadline, EventClass::deadline, task.id, task.generation);
    }
    block();
    if (spin.owner != nullptr) --spun_on_;
    task.site = nullptr;
    if (task.seen_ready) {
      task.now += machine_.core.hit;
      ready = true;
      break;
    }
  }
  task.waited += task.now - began;
  trace_.span(task.id, spin.site, place, began, task.now);
  return ready;
}

// The fiber goes on: it has seen its condition, or something else to look at.
void Engine::end_spin(Task& task, bool seen_ready, Picoseconds time) {
  unwatch(task);
  task.spin = nullptr;
  task.seen_ready = seen_ready;
  goes_on(task.id, std::max(time, task.now));
}

// The line is taken away from all that spin on it: each fetches it again, as soon as it is through
// with its present pause.
void Engine::wake_watchers(LineId id, Line& line, Picoseconds time) {
  while (line.watchers != 0) {
    const WatchId number = line.watchers;
    unlink_watch(number);
    Task& task = *tasks_[(number - 1) / watches_per_task];
    if (task.spin->count > 1) {
      end_spin(task, false, time);
    } else {
      const std::uint64_t dice = chance(options_.seed ^ id, number, line.transfers);
      queue_.push(time + below(dice, machine_.core.pause), EventClass::poll, task.id,
                  task.generation);
    }
  }
}

void Engine::poll(TaskId id, std::uint32_t generation, Picoseconds time) {
  Task& task = *tasks_[id];
  if (task.generation != generation || task.spin == nullptr) return;
  const LineId line = memory_.line_of(task.spin->words[0]);
  request(task.cpu, Request::Slot::demand, line, RequestKind::read, time, {});
}

// A copy has arrived for a spinner. What else ends its wait may have happened while that was under
// way.
void Engine::spinner_read(Task& task, LineId id, Picoseconds time) {
  const bool preempted = task.preempt_count == 0 && cpus_[task.cpu].need_resched;
  if (task.spin->ready(task.spin->context)) {
    end_spin(task, true, time);
  } else if (preempted || stop_holds(task, *task.spin, time)) {
    end_spin(task, false, time);
  } else if (readable(memory_.line(id), core(task.cpu))) {
    watch(task, 0, id);
  } else {
    request(task.cpu, Request::Slot::demand, id, RequestKind::read, time, {});
  }
}

// A word in a line that this core owns has changed: its other thread may be spinning on it.
void Engine::changed(LineId id, unsigned core, Picoseconds time) {
  WatchId number = memory_.line(id).watchers;
  while (number != 0) {
    Task& task = *tasks_[(number - 1) / watches_per_task];
    number = watches_[number].next;
    if (this->core(task.cpu) == core && task.spin->ready(task.spin->context)) {
      end_spin(task, true, time);
      number = memory_.line(id).watchers;  // it may have had more of them in this line
    }
  }
}

void Engine::owner_left_cpu(const Task& owner, Picoseconds time) {
  if (spun_on_ == 0) return;
  for (const auto& task : tasks_) {
    if (task->spin == nullptr || task->spin->owner != &owner) continue;
    // Its read may be under way; then it finds out when that has arrived.
    if (watches_[task->id * watches_per_task + 1].linked) end_spin(*task, false, time);
  }
}

void Engine::deadline(TaskId id, std::uint32_t generation, Picoseconds time) {
  Task& task = *tasks_[id];
  if (task.generation != generation || task.spin == nullptr) return;
  if (watches_[id * watches_per_task + 1].linked) end_spin(task, false, time);
}

}  // namespace faultline::simulator
