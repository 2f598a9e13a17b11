// hardware.hpp: the parts of a simulated machine that hold state: requests for lines, store
// buffers, hardware threads, cores.
#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "simulator/machine.hpp"
#include "simulator/memory.hpp"

namespace faultline::simulator {

using CpuId = std::uint32_t;
using TaskId = std::uint32_t;
inline constexpr TaskId no_task = ~TaskId{0};

// A place in the source, for the table of contended lines.
struct SourcePlace {
  const char* file = nullptr;
  unsigned line = 0;
};

enum class RequestKind : std::uint8_t {
  read,
  own,
  far,  // an atomic that the home carries out
};

// What a CPU asks of a line's home. A CPU has at most one of each slot under way.
struct Request {
  enum class Slot : std::uint8_t { demand, store, prefetch };
  enum class State : std::uint8_t { idle, queued, in_flight };
  static constexpr unsigned slots = 3;

  Picoseconds arrival = 0;
  Picoseconds since = 0;  // as long as the line has been wanted; it may have come and gone
  LineId line = 0;
  RequestId next = 0;
  RequestId prev = 0;
  RequestKind kind = RequestKind::read;
  State state = State::idle;
  SourcePlace place;
};

constexpr RequestId request_id(CpuId cpu, Request::Slot slot) {
  return cpu * Request::slots + static_cast<RequestId>(slot) + 1;
}
constexpr CpuId cpu_of(RequestId id) {
  return (id - 1) / Request::slots;
}
constexpr Request::Slot slot_of(RequestId id) {
  return static_cast<Request::Slot>((id - 1) % Request::slots);
}

// A store on its way to the cache. The own CPU sees it already.
struct PendingStore {
  void* address = nullptr;
  std::uint64_t value = 0;
  std::uint8_t bytes = 0;
  SourcePlace place;
};

class StoreBuffer {
 public:
  static constexpr unsigned capacity = 8;

  bool empty() const { return count_ == 0; }
  bool full() const { return count_ == capacity; }
  PendingStore& oldest() { return stores_[first_ % capacity]; }
  void push(const PendingStore& store) { stores_[(first_ + count_++) % capacity] = store; }
  void pop() {
    ++first_;
    --count_;
  }
  // The newest store to that address; null: none.
  const PendingStore* find(const void* address) const {
    for (unsigned i = count_; i-- != 0;) {
      const PendingStore& store = stores_[(first_ + i) % capacity];
      if (store.address == address) return &store;
    }
    return nullptr;
  }

 private:
  unsigned first_ = 0;  // both before the array: every access looks at them
  unsigned count_ = 0;
  std::array<PendingStore, capacity> stores_;
};

// One hardware thread. What each access looks at lies in the first line of the host's cache.
struct alignas(line_bytes) Cpu {
  Place place;
  TaskId current = no_task;
  std::uint64_t changes = 0;       // locked operations, for their chance
  std::uint64_t changes_seed = 0;  // ... which begins with this
  bool need_resched = false;
  bool drain_whole = false;
  TaskId drained_for = no_task;  // sleeps until the store buffer has room, or is empty
  StoreBuffer stores;
  std::uint32_t timer = 0;   // generation of the running slice's timer
  std::deque<TaskId> ready;  // its run queue, without the current task
};

// What carries out a core's locked operations, one at a time: its threads take turns, in the order
// in which they came.
struct Port {
  Picoseconds free_at = 0;
  TaskId turn = no_task;  // of all who waited, this one is next
  std::deque<TaskId> waiting;

  bool busy_for(TaskId task, Picoseconds time) const {
    return free_at > time || (turn != no_task && turn != task);
  }
};

}  // namespace faultline::simulator
