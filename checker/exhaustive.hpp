// exhaustive.hpp: every execution that differs: source-DPOR with sleep sets.
//
// Two executions that differ only in the order of steps that do not depend on each other are the
// same. After each execution, for each two dependent steps of different threads that could have
// come the other way round (a race), the search makes sure that at the choice before the first one
// some thread is tried that leads to the other order. A thread that was tried there sleeps in what
// follows until a step that depends on its own wakes it.
//
// Source: Abdulla, Aronis, Jonsson, Sagonas, "Optimal dynamic partial order reduction", POPL 2014
// (the source-set algorithm); Flanagan and Godefroid, POPL 2005. That of reads and writes that show
// what another schedule shows is left out (Rules::prune_stale) is our own and a conjecture: the
// tests compare it with the search without it.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/execution.hpp"
#include "checker/strategy.hpp"

namespace faultline::checker {

class Exhaustive : public Strategy {
 public:
  void begin() override;
  int pick(const Execution& execution, ThreadSet enabled, int running) override;
  unsigned choose(const Execution& execution, unsigned n) override;
  std::uint32_t node() const override { return schedule_node_; }
  bool next(const Execution& execution) override;
  Decisions decisions() const override;
  bool was_confused() const override { return confused_; }
  Returns returns_here(ThreadSet enabled) const override;
  std::size_t depth() const override { return at_; }
  std::size_t common() const override { return changed_from_; }
  void begin_at(std::size_t depth) override { at_ = depth; }

 private:
  // A choice: of a thread, or of one of several possibilities.
  struct Node {
    bool is_schedule = false;
    std::uint8_t chosen = 0;
    std::uint8_t options = 0;  // not of a schedule
    ThreadSet enabled = 0;
    ThreadSet wanted = 0;  // to be tried
    ThreadSet done = 0;    // tried
    ThreadSet asleep = 0;
  };

  void find_races(const Execution& execution);
  void reverse(const Execution& execution, std::size_t first, std::size_t second,
               const Clock& before_second);
  ThreadSet asleep_after(const Execution& execution, ThreadSet asleep, unsigned picked) const;

  std::vector<Node> nodes_;
  std::size_t at_ = 0;
  ThreadSet asleep_ = 0;
  bool confused_ = false;
  std::uint32_t schedule_node_ = 0;
  std::uint32_t changed_from_ = 0;  // the choices before are those of the last execution
  std::vector<std::size_t> between_;
};

}  // namespace faultline::checker
