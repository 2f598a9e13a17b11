// latency.hpp: how long operations take: one thread's sample, about one operation in 10 us.
//
// Which operations are timed is drawn at random and does not depend on how long the last ones took,
// or slow ones would be over-represented. Two clock reads cost some 50 ns: at one in 10 us that is
// half a percent of the window.
#pragma once

#include <algorithm>
#include <cstdint>

#include "runner/histogram.hpp"

namespace faultline {

class Latency {
 public:
  static constexpr std::uint64_t interval_max = 64;

  // interval: operations from one that is timed to the next, on average; at least 1.
  explicit Latency(std::uint64_t interval = interval_max)
      : interval_(std::clamp<std::uint64_t>(interval, 1, interval_max)) {}

  // To be asked before each operation: whether it has to be timed, and add() called.
  bool due() { return --until_ == 0; }

  void add(std::uint64_t ns) {
    sample_.add(ns);
    until_ = next();
  }

  const Histogram& sample() const { return sample_; }

 private:
  // 1 to 2 * interval - 1, all alike (xorshift, G. Marsaglia 2003).
  std::uint64_t next() {
    chance_ ^= chance_ << 13;
    chance_ ^= chance_ >> 7;
    chance_ ^= chance_ << 17;
    return 1 + chance_ % (2 * interval_ - 1);
  }

  std::uint64_t interval_;
  std::uint64_t chance_ = 0x9e3779b97f4a7c15u;
  std::uint64_t until_ = next();
  Histogram sample_;
};

// The interval for threads that made so many operations in so many seconds, all together.
std::uint64_t latency_interval(std::uint64_t operations, unsigned threads, double seconds);

// What the clock itself adds to a time: the median of many reads, one after the other.
std::uint64_t clock_cost_ns();

}  // namespace faultline
