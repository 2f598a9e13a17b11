// events.hpp: what will happen, earliest first.
//
// Ties are broken by class and then by the order in which the events were made, so that the same
// program has one order of events on every host. A line becomes free before data arrive, and those
// before a CPU goes on: whoever acts at time t sees all that hardware has done until t.
#pragma once

#include <cstdint>
#include <vector>

#include "simulator/time.hpp"

namespace faultline::simulator {

enum class EventClass : std::uint8_t {
  line_free,  // subject: line; its owner may lose it now
  data,       // subject: request; what it asked for has arrived
  resume,     // subject: task; goes on
  poll,       // subject: task; a spinner looks again
  timer,      // subject: CPU; the time slice of its task is over
  deadline,   // subject: task; its bounded wait is over
};

struct Event {
  Picoseconds time;
  std::uint64_t order;  // class in the upper bits, running number below
  std::uint32_t subject;
  std::uint32_t generation;  // of the subject, for events that may have become pointless

  EventClass kind() const { return static_cast<EventClass>(order >> 56); }
  bool before(const Event& other) const {
    return time != other.time ? time < other.time : order < other.order;
  }
};

// A heap with four children a node: half as deep as a binary one, and a node's children lie in two
// cache lines.
class EventQueue {
 public:
  bool empty() const { return heap_.empty(); }
  // Of an empty queue: forever.
  Picoseconds next_time() const { return heap_.empty() ? forever : heap_.front().time; }

  void push(Picoseconds time, EventClass kind, std::uint32_t subject,
            std::uint32_t generation = 0) {
    const std::uint64_t order = (static_cast<std::uint64_t>(kind) << 56) | ++made_;
    const Event event{time, order, subject, generation};
    std::size_t at = heap_.size();
    heap_.emplace_back();  // empty: to read back what was just written in parts takes long
    while (at != 0) {
      const std::size_t parent = (at - 1) / 4;
      if (!event.before(heap_[parent])) break;
      heap_[at] = heap_[parent];
      at = parent;
    }
    heap_[at] = event;
  }

  Event pop() {
    const Event first = heap_.front();
    const Event last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_down(last);
    return first;
  }

  std::uint64_t made() const { return made_; }

 private:
  void sift_down(const Event& event) {
    const std::size_t size = heap_.size();
    std::size_t at = 0;
    for (;;) {
      std::size_t child = 4 * at + 1;
      if (child >= size) break;
      const std::size_t end = child + 4 < size ? child + 4 : size;
      std::size_t least = child;
      for (++child; child < end; ++child) {
        if (heap_[child].before(heap_[least])) least = child;
      }
      if (!heap_[least].before(event)) break;
      heap_[at] = heap_[least];
      at = least;
    }
    heap_[at] = event;
  }

  std::vector<Event> heap_;
  std::uint64_t made_ = 0;
};

}  // namespace faultline::simulator
