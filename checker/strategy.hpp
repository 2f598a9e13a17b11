// strategy.hpp: who decides what happens next in an execution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "checker/limits.hpp"

namespace faultline::checker {

class Execution;

// What was decided in one execution: threads and possibilities, in the order of the decisions.
struct Decision {
  bool is_schedule = true;
  std::uint8_t chosen = 0;
};
using Decisions = std::vector<Decision>;

enum class Returns : std::uint8_t { no, perhaps, surely };

class Strategy {
 public:
  static constexpr int give_up = -1;

  virtual ~Strategy() = default;
  virtual void begin() = 0;
  // Which of the enabled threads makes its step. `running` made the last one; -1 at the start.
  // give_up: what follows has been explored.
  virtual int pick(const Execution& execution, ThreadSet enabled, int running) = 0;
  // One of n possibilities, 0 being the ordinary one. n >= 2.
  virtual unsigned choose(const Execution& execution, unsigned n) = 0;
  // The number that the next event is to remember (Event::node).
  virtual std::uint32_t node() const { return 0; }
  // After an execution: sets up the next one. False: there is none.
  virtual bool next(const Execution& execution) = 0;
  // What it decided in the last execution.
  virtual Decisions decisions() const = 0;

  // --- coming back to a choice without making all those before it again ---

  // Will later executions come back to the choice of a thread that is to be made now?
  virtual Returns returns_here(ThreadSet) const { return Returns::no; }
  // The number of that choice: how many were made before it.
  virtual std::size_t depth() const { return 0; }
  // How many choices the next execution has in common with the last one.
  virtual std::size_t common() const { return 0; }
  // Instead of begin(): with choice number `depth`, which is no more than common().
  virtual void begin_at(std::size_t) { begin(); }

  // Did a bound of its own keep it from a choice?
  virtual bool was_bounded() const { return false; }
  // Did an execution go on differently from the one whose beginning it repeats?
  virtual bool was_confused() const { return false; }
};

}  // namespace faultline::checker
