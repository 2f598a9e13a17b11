// sampling.hpp: searches that do not reduce: with few preemptions, at random, and again.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "checker/execution.hpp"
#include "checker/strategy.hpp"

namespace faultline::checker {

// Every execution in which at most so many threads are put off while they could go on. No sleep
// sets: a bound makes them unsound (Coons, Musuvathi, McKinley, OOPSLA 2013). Most bugs need two
// (Musuvathi and Qadeer, PLDI 2007).
class Preemptions : public Strategy {
 public:
  explicit Preemptions(unsigned bound) : bound_(bound) {}

  void begin() override {
    at_ = 0;
    used_ = 0;
  }
  int pick(const Execution& execution, ThreadSet enabled, int running) override;
  unsigned choose(const Execution& execution, unsigned n) override;
  bool next(const Execution& execution) override;
  Decisions decisions() const override;
  bool was_bounded() const override { return bounded_; }
  bool was_confused() const override { return confused_; }
  Returns returns_here(ThreadSet enabled) const override;
  std::size_t depth() const override { return at_; }
  std::size_t common() const override { return common_; }
  void begin_at(std::size_t depth) override {
    at_ = depth;
    used_ = nodes_[depth].used;
  }
  unsigned used() const { return used_; }

 private:
  struct Node {
    bool is_schedule = false;
    bool goes_on = false;  // the running thread could
    std::uint8_t running = 0;
    std::uint8_t chosen = 0;
    std::uint8_t options = 0;
    ThreadSet enabled = 0;  // to choose from
    ThreadSet done = 0;
    unsigned used = 0;  // preemptions before it
  };

  const unsigned bound_;
  std::vector<Node> nodes_;
  std::size_t at_ = 0;
  std::size_t common_ = 0;
  unsigned used_ = 0;
  bool bounded_ = false;
  bool confused_ = false;
};

// A thread at random at each step; or by priorities that change at a few random steps (PCT:
// Burckhardt et al., ASPLOS 2010). Never ends by itself.
class Random : public Strategy {
 public:
  Random(std::uint64_t seed, unsigned priority_changes, bool priorities)
      : state_(seed * 2 + 1), changes_(priority_changes), priorities_(priorities) {}

  void begin() override;
  int pick(const Execution& execution, ThreadSet enabled, int running) override;
  unsigned choose(const Execution& execution, unsigned n) override;
  bool next(const Execution& execution) override;
  Decisions decisions() const override { return decisions_; }
  bool was_bounded() const override { return true; }

 private:
  std::uint64_t draw(std::uint64_t below);
  unsigned any(ThreadSet enabled);
  unsigned highest(ThreadSet enabled);

  std::uint64_t state_;
  const unsigned changes_;
  const bool priorities_;
  std::array<std::uint64_t, threads_max> priority_{};
  std::vector<std::uint64_t> change_at_;
  std::uint64_t step_ = 0;
  std::uint64_t longest_ = 50;
  Decisions decisions_;
};

// What another execution decided, and then the ordinary.
class Replay : public Strategy {
 public:
  explicit Replay(Decisions decisions) : decisions_(std::move(decisions)) {}

  void begin() override { at_ = 0; }
  int pick(const Execution& execution, ThreadSet enabled, int running) override;
  unsigned choose(const Execution& execution, unsigned n) override;
  bool next(const Execution&) override { return false; }
  Decisions decisions() const override { return decisions_; }
  // Could not do what it was told: the program is another one.
  bool strayed() const { return strayed_ || at_ != decisions_.size(); }

 private:
  const Decision* next_decision(bool is_schedule);

  Decisions decisions_;
  std::size_t at_ = 0;
  bool strayed_ = false;
};

}  // namespace faultline::checker
