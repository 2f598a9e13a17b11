// coherence.cpp: what it costs to get a line.
//
// Each line has a home that serves one request at a time, a read like any other; the rest wait, and
// whose turn it is next is a matter of luck. Serving takes as long as the transfer. A line that
// changes hands stays with its new owner until the operation that it came for is done, and at least
// for the residency window. When the next request comes from another cluster, the owner goes
// on until the snoop has reached it, which is why contention across sockets can be faster than
// within one. A failed compare-exchange costs a whole transfer: the line moves before anyone
// compares.
//
// Hardware threads of a core share its cache: what arrives for one arrives for all, but stays no
// longer for that. Their locked operations take turns at the core's port.
//
// docs/simulator.md says which published curves this reproduces, and how well.
#include <algorithm>
#include <utility>

#include "simulator/engine.hpp"

namespace faultline::simulator {

namespace {

// How far into a queue the nearest requester is looked for.
constexpr unsigned arbitration_depth = 32;

}  // namespace

Engine::Cost Engine::cost_from_owner(const Line& line, unsigned core) const {
  const unsigned owner = line.owner - 1u;
  const auto& transfer = machine_.transfer;
  Picoseconds time = transfer.machine;
  Source source = Source::remote_modified;
  if (owner / cores_per_cluster_ == core / cores_per_cluster_) {
    time = transfer.cluster;
    source = Source::cluster_modified;
  } else if (owner / cores_per_socket_ == core / cores_per_socket_) {
    const bool same_node = node_of_core(owner) == node_of_core(core);
    time = same_node ? transfer.node : transfer.socket;
    source = same_node ? Source::node_modified : Source::socket_modified;
    const unsigned home_socket = (line.home - 1u) / machine_.nodes_per_socket;
    if (transfer.home_remote != 0 && home_socket != core / cores_per_socket_) {
      time = transfer.home_remote;
    }
  }
  return {time, source};
}

Engine::Cost Engine::cost_from_home(const Line& line, unsigned core) const {
  const unsigned home = line.home - 1u;
  const unsigned node = node_of_core(core);
  const bool near = home / machine_.nodes_per_socket == node / machine_.nodes_per_socket;
  if (line.at_home) {
    const auto& transfer = machine_.transfer;
    const Picoseconds in_node = machine_.clusters_per_node == 1 ? transfer.cluster : transfer.node;
    const Picoseconds time = home == node ? in_node : near ? transfer.socket : transfer.machine;
    return {time, Source::home};
  }
  const Picoseconds time = near ? machine_.read.memory : machine_.read.memory_remote;
  return {time, Source::memory};
}

Engine::Cost Engine::cost_of_read(Line& line, unsigned core) {
  if (line.owner != 0) {
    Cost cost = cost_from_owner(line, core);
    cost.transfer += machine_.read.modified;
    return cost;
  }
  if (line.sharers == 0) return cost_from_home(line, core);
  const SharerSet& set = memory_.sharers(line);
  const auto in = [&](unsigned size) { return set.count_in(core / size * size, size) != 0; };
  if (in(cores_per_cluster_)) return {machine_.read.cluster, Source::cluster_copy};
  const auto& transfer = machine_.transfer;
  Picoseconds time = transfer.machine;
  if (in(cores_per_node_)) {
    time = transfer.node;
  } else if (in(cores_per_socket_)) {
    time = transfer.socket;
  }
  return {time, Source::shared};
}

Engine::Cost Engine::cost_of_owning(Line& line, unsigned core) {
  if (line.owner != 0) return cost_from_owner(line, core);
  if (line.sharers == 0) return cost_from_home(line, core);
  // All copies go at once; the farthest one is waited for.
  const SharerSet& set = memory_.sharers(line);
  const bool had_one = set.has(core);
  const auto others = [&](unsigned size) {
    return set.count_in(core / size * size, size) - (had_one ? 1 : 0);
  };
  const unsigned all = set.count_in(0, cores_max) - (had_one ? 1 : 0);
  const auto& transfer = machine_.transfer;
  Picoseconds time = machine_.read.cluster;
  if (all != 0) {
    time = all == others(cores_per_cluster_)  ? transfer.cluster
           : all == others(cores_per_node_)   ? transfer.node
           : all == others(cores_per_socket_) ? transfer.socket
                                              : transfer.machine;
    time += (all - 1) * machine_.read.invalidate_each;
  }
  return {time, had_one ? Source::upgrade : Source::shared};
}

Engine::Cost Engine::cost_of_far(const Line& line, unsigned core) const {
  Picoseconds time = machine_.far_atomic;
  if (line.owner != 0) time += cost_from_owner(line, core).transfer;
  return {time, Source::home};
}

void Engine::request(CpuId cpu, Request::Slot slot, LineId id, RequestKind kind, Picoseconds time,
                     const SourcePlace& place) {
  const RequestId number = request_id(cpu, slot);
  Line& line = memory_.line(id);
  if (line.home == 0) {
    const unsigned node = memory_.from_setup(id) ? 0 : cpus_[cpu].place.node;
    line.home = static_cast<std::uint8_t>(node + 1);
  }
  Request& request = requests_[number];
  request.arrival = time;
  request.since = time;
  request.line = id;
  request.kind = kind;
  request.state = Request::State::queued;
  request.place = place;
  request.next = 0;
  request.prev = line.last;
  (line.last == 0 ? line.first : requests_[line.last].next) = number;
  line.last = number;
  ++line.queued;
  if (line.busy) {
    LineReport& report = statistics_.lines[line.report];
    ++report.arrivals;
    report.depth_sum += line.queued - 1u;
    report.depth_max = std::max<std::uint32_t>(report.depth_max, line.queued);
    return;
  }
  const Picoseconds there = std::max(line.free_at, time + machine_.transfer.request);
  if (there == time) {
    serve(id, time);
  } else {
    line.busy = true;
    queue_.push(there, EventClass::line_free, id);
  }
}

// Whose turn it is. Hardware does not queue in order: requests that find the line busy are tried
// again, and anyone may be lucky.
RequestId Engine::choose(LineId id, Line& line) const {
  const RequestId first = line.first;
  if (line.queued == 1 || machine_.arbitration == Machine::Arbitration::fifo) return first;
  if (machine_.arbitration == Machine::Arbitration::nearest) return choose_nearest(line);
  const unsigned candidates = std::min<unsigned>(line.queued, arbitration_depth);
  RequestId lucky = first;
  for (std::uint64_t n = below(chance(~options_.seed, id, ++line.choices), candidates); n != 0;
       --n) {
    lucky = requests_[lucky].next;
  }
  return lucky;
}

// The nearest to the owner while the limit of bypasses lasts, else who came first.
RequestId Engine::choose_nearest(Line& line) const {
  const RequestId first = line.first;
  if (line.owner == 0) return first;
  if (line.bypassed >= machine_.bypass_limit) {
    line.bypassed = 0;
    return first;
  }
  const unsigned owner = line.owner - 1u;
  RequestId best = first;
  Picoseconds least = cost_from_owner(line, core(cpu_of(first))).transfer;
  RequestId id = requests_[first].next;
  for (unsigned n = 1; id != 0 && n < arbitration_depth && least > machine_.transfer.cluster; ++n) {
    const unsigned its_core = core(cpu_of(id));
    const Picoseconds cost = its_core == owner ? 0 : cost_from_owner(line, its_core).transfer;
    if (cost < least) {
      least = cost;
      best = id;
    }
    id = requests_[id].next;
  }
  line.bypassed = static_cast<std::uint16_t>(best == first ? 0 : line.bypassed + 1);
  return best;
}

void Engine::unlink(Line& line, RequestId id) {
  Request& request = requests_[id];
  (request.prev == 0 ? line.first : requests_[request.prev].next) = request.next;
  (request.next == 0 ? line.last : requests_[request.next].prev) = request.prev;
  --line.queued;
}

void Engine::line_is_free(LineId id, Picoseconds time) {
  Line& line = memory_.line(id);
  line.busy = false;
  if (line.snooping == 0) {
    serve(id, time);
    return;
  }
  const RequestId request = line.snooping;
  line.snooping = 0;
  started(id, request, time);
  if (!line.busy) serve(id, time);
}

// Starts what can start now. Reads of a line that has copies may be several.
void Engine::serve(LineId id, Picoseconds time) {
  Line& line = memory_.line(id);
  while (!line.busy && line.first != 0) {
    const RequestId request = choose(id, line);
    unlink(line, request);
    const unsigned core = this->core(cpu_of(request));
    if (line.owner != 0 && (line.owner - 1u) / cores_per_cluster_ != core / cores_per_cluster_) {
      // The owner goes on until the snoop from afar has reached it.
      const std::uint64_t dice = chance(options_.seed, id, line.transfers);
      requests_[request].state = Request::State::in_flight;
      line.busy = true;
      line.snooping = request;
      queue_.push(time + machine_.window.far_hold + below(dice, machine_.window.far_jitter),
                  EventClass::line_free, id);
      return;
    }
    started(id, request, time);
  }
}

void Engine::started(LineId id, RequestId request, Picoseconds time) {
  Line& line = memory_.line(id);
  start(id, request, time);
  if (line.busy || line.first == 0 || line.free_at <= time) return;
  line.busy = true;
  queue_.push(line.free_at, EventClass::line_free, id);
}

void Engine::start(LineId id, RequestId number, Picoseconds time) {
  Line& line = memory_.line(id);
  Request& request = requests_[number];
  const unsigned core = this->core(cpu_of(number));
  request.state = Request::State::in_flight;
  note(EventClass::line_free, time, id);
  if (request.kind == RequestKind::read ? readable(line, core) : owns(line, core)) {
    line.busy = request.kind != RequestKind::read;
    queue_.push(time, EventClass::data, number);
    return;
  }
  ++line.transfers;
  Cost cost{};
  if (request.kind == RequestKind::read) {
    cost = cost_of_read(line, core);
    SharerSet& set = memory_.sharers(line);
    if (line.owner != 0) set.add(line.owner - 1u);
    line.owner = 0;
    set.add(core);
    line.at_home = false;
    line.free_at = time + cost.transfer;
  } else {
    const bool far = request.kind == RequestKind::far;
    cost = far ? cost_of_far(line, core) : cost_of_owning(line, core);
    line.busy = true;  // before those who spin on it ask for it again
    lose_line(id, line, time);
    line.at_home = far;
    line.last_far = far ? static_cast<std::uint16_t>(core + 1) : std::uint16_t{0};
  }
  count_transfer(id, request, cost, time - request.arrival);
  queue_.push(time + cost.transfer, EventClass::data, number);
}

void Engine::lose_line(LineId id, Line& line, Picoseconds time) {
  line.owner = 0;
  memory_.drop_sharers(line);
  if (line.watchers != 0) wake_watchers(id, line, time);
}

void Engine::count_transfer(LineId id, const Request& request, const Cost& cost,
                            Picoseconds waited) {
  ++statistics_.from[static_cast<std::size_t>(cost.source)];
  Line& line = memory_.line(id);
  if (line.report == 0) {
    if (line.transfers < 4) return;  // not worth a report yet
    line.report = static_cast<std::uint32_t>(statistics_.lines.size());
    statistics_.lines.emplace_back();
    statistics_.lines.back().line = id;
  }
  LineReport& report = statistics_.lines[line.report];
  ++report.transfers;
  ++report.from[static_cast<std::size_t>(cost.source)];
  report.waited += waited + cost.transfer;
  for (LineReport::Field& field : report.fields) {
    if (field.place.file == nullptr) field.place = request.place;
    if (field.place.line == request.place.line && field.place.file == request.place.file) {
      ++field.transfers;
      break;
    }
  }
}

// The line stays until the operation that it came for is done, and at least for the window: until
// the home, which has to hear first that it arrived, can ask for it again.
void Engine::hold_line(LineId id, unsigned core, Picoseconds time) {
  Line& line = memory_.line(id);
  const auto& window = machine_.window;
  const std::uint64_t dice = chance(options_.seed, id, line.transfers);
  line.owner = static_cast<std::uint16_t>(core + 1);
  line.free_at = time + std::max(machine_.core.rmw, window.hold + below(dice, window.jitter));
  line.busy = line.first != 0;
  if (line.busy) queue_.push(line.free_at, EventClass::line_free, id);
}

void Engine::arrived(RequestId number, Picoseconds time) {
  Request& request = requests_[number];
  const LineId id = request.line;
  const RequestKind kind = request.kind;
  const CpuId cpu = cpu_of(number);
  Line& line = memory_.line(id);
  note(EventClass::data, time, number);
  request.state = Request::State::idle;
  if (kind == RequestKind::own) line.owner = static_cast<std::uint16_t>(core(cpu) + 1);
  if (kind == RequestKind::far) {
    complete(number, time);
    line.free_at = time;
    line.busy = false;
    // Whoever waits is served once the fiber has done its operation: at the same time, later.
    if (line.first != 0) {
      line.busy = true;
      queue_.push(time, EventClass::line_free, id);
    }
    return;
  }
  if (machine_.smt > 1) {
    arrived_for_core(number, time);
  } else {
    complete(number, time);
  }
  if (kind == RequestKind::own) hold_line(id, core(cpu), time);
}

// The line is in the core's cache now, for its other threads as well; who has waited longest comes
// first. Whether a second one comes to change it before it is gone again depends on the window:
// nothing holds it for them.
void Engine::arrived_for_core(RequestId number, Picoseconds time) {
  const LineId id = requests_[number].line;
  const RequestKind kind = requests_[number].kind;
  const CpuId cpu = cpu_of(number);
  Line& line = memory_.line(id);
  served_.assign(1, number);
  for (const CpuId sibling : siblings_[core(cpu)]) {
    for (unsigned slot = 0; slot < 2; ++slot) {
      const RequestId other = request_id(sibling, static_cast<Request::Slot>(slot));
      Request& request = requests_[other];
      if (request.state != Request::State::queued || request.line != id) continue;
      if (request.kind == RequestKind::own && kind == RequestKind::read) continue;
      if (request.kind == RequestKind::far) continue;
      unlink(line, other);
      request.state = Request::State::idle;
      served_.push_back(other);
    }
  }
  if (served_.size() > 1) {
    std::sort(served_.begin(), served_.end(), [this](RequestId a, RequestId b) {
      return std::pair(requests_[a].since, a) < std::pair(requests_[b].since, b);
    });
  }
  for (const RequestId one : served_) complete(one, time);
}

void Engine::complete(RequestId number, Picoseconds time) {
  const CpuId cpu = cpu_of(number);
  switch (slot_of(number)) {
    case Request::Slot::demand: {
      Task& task = *tasks_[cpus_[cpu].current];
      if (task.spin != nullptr) {
        spinner_read(task, requests_[number].line, time);
      } else {
        goes_on(task.id, time);
      }
      return;
    }
    case Request::Slot::store:
      commit_stores(cpu, requests_[number].line, time);
      return;
    case Request::Slot::prefetch:
      return;
  }
}

// The running task waits until its CPU may use the line.
void Engine::wait_for_line(LineId id, RequestKind kind, const SourcePlace& place,
                           Picoseconds since) {
  Task& task = self();
  const Picoseconds began = task.now;
  request(task.cpu, Request::Slot::demand, id, kind, began, place);
  requests_[request_id(task.cpu, Request::Slot::demand)].since = since;
  if (machine_.pair_prefetch && kind != RequestKind::far) prefetch_pair(task.cpu, id, kind, began);
  block();
  task.waited += task.now - began;
  trace_.span(task.id, "line", place, began, task.now);
}

// The adjacent line comes as well, with the same right, unless it is on its way to somebody.
void Engine::prefetch_pair(CpuId cpu, LineId line, RequestKind kind, Picoseconds time) {
  if (memory_.is_stack(line)) return;
  const LineId pair = memory_.pair_of(line);
  Line& other = memory_.line(pair);
  if (other.busy || other.home == 0 || other.free_at > time) return;
  if (requests_[request_id(cpu, Request::Slot::prefetch)].state != Request::State::idle) return;
  if (kind == RequestKind::read ? readable(other, core(cpu)) : owns(other, core(cpu))) return;
  ++statistics_.prefetches;
  request(cpu, Request::Slot::prefetch, pair, kind, time, {});
}

// Returns when this task's turn has come.
void Engine::wait_for_port(Port& port) {
  Task& task = self();
  ++task.generation;
  port.waiting.push_back(task.id);
  if (port.turn == no_task) leave_port(port, std::max(port.free_at, task.now));
  block();
}

// Whoever has waited longest has its turn at that time.
void Engine::leave_port(Port& port, Picoseconds time) {
  port.turn = no_task;
  if (port.waiting.empty()) return;
  port.turn = port.waiting.front();
  port.waiting.pop_front();
  Task& next = *tasks_[port.turn];
  next.now = time;
  resume_at(next.id, time);
}

void Engine::begin_change(const void* address, bool far_capable, const SourcePlace& place) {
  if (!running_) return;
  if (!cpu().stores.empty()) drain_stores(true);
  const LineId id = memory_.line_of(address);
  Line& line = memory_.line(id);
  const unsigned my_core = cpu().place.core;
  Port& port = ports_[my_core];
  const TaskId me = self_;
  const Picoseconds since = self().now;
  // Whoever has to wait for a sibling looks at the line again in any case: it may be gone by then.
  if (owns(line, my_core) && port.busy_for(me, self().now)) wait_for_port(port);
  catch_up();
  ++statistics_.operations;
  bool hit = true;
  for (;;) {
    if (!owns(line, my_core)) {
      if (port.turn == me) leave_port(port, self().now);
      hit = false;
      if (far_capable && machine_.far_atomics && line.last_far != my_core + 1) {
        wait_for_line(id, RequestKind::far, place, since);
        self().far = true;
        ++statistics_.contended;
        return;
      }
      wait_for_line(id, RequestKind::own, place, since);
    } else if (port.busy_for(me, self().now)) {
      wait_for_port(port);
      catch_up();
    } else {
      break;
    }
  }
  if (hit) ++statistics_.hits;
  if (!hit || line.first != 0) ++statistics_.contended;
}

void Engine::done_changing(const void* address) {
  if (!running_) return;
  Task& task = self();
  const LineId id = memory_.line_of(address);
  if (task.far) {
    task.far = false;
    task.now += machine_.transfer.cluster / 2;  // the answer's way back
    return;
  }
  Cpu& here = cpu();
  const std::uint64_t dice = mixed(here.changes_seed + ++here.changes);
  task.now += machine_.core.rmw + below(dice, machine_.core.jitter);
  Port& port = ports_[here.place.core];
  port.free_at = task.now;
  leave_port(port, task.now);
  if (memory_.line(id).watchers != 0) changed(id, here.place.core, task.now);
}

}  // namespace faultline::simulator
