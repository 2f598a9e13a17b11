// engine.cpp: simulated time and the fibers that tasks run on.
#include "simulator/engine.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace faultline::simulator {

namespace context = boost::context::detail;

namespace {

// Stacks start at different offsets, or their tops would all lie in the same sets of the host's
// caches.
constexpr std::size_t stagger_bytes = 64 * 16;
constexpr std::size_t staggers = 16;

std::uint64_t engines = 0;

}  // namespace

Engine* Engine::current = nullptr;

Engine::Engine(const Machine& machine, const EngineOptions& options)
    : machine_(machine),
      options_(options),
      number_(++engines),
      memory_(options.tasks + 1),
      requests_(1 + options.cpus * Request::slots),
      cpus_(options.cpus),
      ports_(machine.sockets * machine.nodes_per_socket * machine.clusters_per_node *
             machine.cores_per_cluster),
      siblings_(ports_.size()),
      watches_(1 + (options.tasks + 1) * watches_per_task),
      self_(options.tasks),
      cores_per_node_(machine.cores_per_cluster * machine.clusters_per_node),
      cores_per_cluster_(machine.cores_per_cluster),
      cores_per_socket_(cores_per_node_ * machine.nodes_per_socket) {
  for (CpuId i = 0; i < options.cpus; ++i) {
    cpus_[i].place = place(machine, i);
    cpus_[i].changes_seed = chance_seed(options.seed ^ 1, i);
    siblings_[cpus_[i].place.core].push_back(i);
  }
  for (TaskId i = 0; i <= options.tasks; ++i) {
    tasks_.push_back(std::make_unique<Task>());
    tasks_[i]->id = i;
    tasks_[i]->cpu = i == options.tasks ? 0 : i % options.cpus;
  }
  if (options.park == ParkFlavour::futex) {
    const std::size_t bytes = 256 * options.cpus * line_bytes;
    futex_buckets_ = static_cast<std::uint64_t*>(memory_.allocate(bytes, line_bytes));
  }
  current = this;
}

Engine::~Engine() {
  current = nullptr;
}

void Engine::run(const std::function<void(TaskId)>& body) {
  body_ = &body;
  unfinished_ = static_cast<unsigned>(tasks_.size() - 1);
  running_ = true;
  for (TaskId id = 0; id < control(); ++id) {
    Task& task = *tasks_[id];
    std::byte* top = memory_.stack_top(id) - stagger_bytes * (id % staggers);
    task.context = context::make_fcontext(top, Memory::stack_bytes / 2, fiber_main);
    // CPUs do not start in step.
    const Picoseconds start = below(chance(options_.seed, id + 1, 0), nanosecond * 5);
    task.state = TaskState::ready;
    Cpu& cpu = cpus_[task.cpu];
    if (cpu.current != no_task) {
      cpu.ready.push_back(id);
      if (cpu.ready.size() == 1) start_slice(task.cpu, start);
      continue;
    }
    cpu.current = id;
    task.state = TaskState::on_cpu;
    resume_at(id, start);
  }
  self_ = control();
  block();
  running_ = false;
  body_ = nullptr;
  self_ = control();
  statistics_.events = queue_.made();
  if (!problem_.empty()) throw std::runtime_error(problem_);
}

void Engine::fiber_main(context::transfer_t from) {
  Engine& engine = *current;
  engine.left(from.fctx);
  (*engine.body_)(engine.self_);
  Task& task = engine.self();
  if (!engine.cpu().stores.empty()) engine.drain_stores(true);
  --engine.unfinished_;
  engine.leave_cpu(task, TaskState::ended, task.now);
  engine.block();
}

// Runs on the fiber that waits, whoever that is.
void Engine::block() {
  looping_ = true;
  for (;;) {
    if (unfinished_ == 0 || (queue_.empty() && direct_ == no_task)) {
      if (unfinished_ != 0) stuck();
      direct_ = control();
    }
    if (direct_ != no_task) {
      const TaskId task = direct_;
      direct_ = no_task;
      looping_ = false;
      note(EventClass::resume, tasks_[task]->now, task);
      if (task != self_) switch_to(task);
      return;
    }
    const Event event = queue_.pop();
    switch (event.kind()) {
      case EventClass::line_free:
        line_is_free(event.subject, event.time);
        break;
      case EventClass::data:
        arrived(event.subject, event.time);
        break;
      case EventClass::resume:
        if (event.generation == tasks_[event.subject]->generation) direct_ = event.subject;
        break;
      case EventClass::poll:
        poll(event.subject, event.generation, event.time);
        break;
      case EventClass::timer:
        slice_ended(event.subject, event.generation, event.time);
        break;
      case EventClass::deadline:
        deadline(event.subject, event.generation, event.time);
        break;
    }
  }
}

// That task goes on at that time: at once when nothing else comes before.
void Engine::goes_on(TaskId id, Picoseconds time) {
  Task& task = *tasks_[id];
  task.now = time;
  ++task.generation;
  if (looping_ && direct_ == no_task && queue_.next_time() > time) {
    direct_ = id;
  } else {
    resume_at(id, time);
  }
}

void Engine::yield_to_events() {
  Task& task = self();
  ++task.generation;
  resume_at(task.id, task.now);
  block();
}

void Engine::switch_to(TaskId id) {
  ++statistics_.switches;
  from_ = self_;
  self_ = id;
  const context::fcontext_t to = id == control() ? main_ : tasks_[id]->context;
  left(context::jump_fcontext(to, nullptr).fctx);
}

// On the fiber that was switched to: where the other one goes on when its turn comes.
void Engine::left(context::fcontext_t at) {
  (from_ == control() ? main_ : tasks_[from_]->context) = at;
}

void Engine::stuck() {
  problem_ = "the simulated program waits forever:";
  for (const auto& task : tasks_) {
    if (task->state == TaskState::ended || task->id == control()) continue;
    const char* how = task->spin != nullptr              ? "spins: "
                      : task->state == TaskState::parked ? "sleeps: "
                                                         : "waits for its CPU";
    problem_ +=
        fmt::format(" task {} {}{};", task->id, how, task->site == nullptr ? "" : task->site);
  }
}

}  // namespace faultline::simulator
