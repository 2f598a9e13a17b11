// trace.hpp: what tasks waited for in a window of simulated time, for a viewer of traces.
#pragma once

#include <vector>

#include "simulator/hardware.hpp"

namespace faultline::simulator {

class Trace {
 public:
  struct Span {
    TaskId task;
    const char* what;  // "line", or the name of the wait
    SourcePlace place;
    Picoseconds begin;
    Picoseconds end;
  };

  // Off until a window is set.
  void window(Picoseconds begin, Picoseconds end) {
    begin_ = begin;
    end_ = end;
  }
  void span(TaskId task, const char* what, const SourcePlace& place, Picoseconds begin,
            Picoseconds end) {
    if (end > begin_ && begin < end_) [[unlikely]]
      spans_.push_back({task, what, place, begin, end});
  }
  const std::vector<Span>& spans() const { return spans_; }

 private:
  Picoseconds begin_ = forever;
  Picoseconds end_ = 0;
  std::vector<Span> spans_;
};

}  // namespace faultline::simulator
