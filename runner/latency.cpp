// latency.cpp: how often to time an operation, and what reading the clock costs.
#include "runner/latency.hpp"

#include <vector>

#include "platform/native.hpp"

namespace faultline {

std::uint64_t latency_interval(std::uint64_t operations, unsigned threads, double seconds) {
  constexpr double spacing_s = 10e-6;
  const double rate = static_cast<double>(operations) / threads / seconds;
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rate * spacing_s), 1,
                                   Latency::interval_max);
}

std::uint64_t clock_cost_ns() {
  constexpr std::size_t reads = 10'000;
  std::vector<std::uint64_t> gaps;
  gaps.reserve(reads);
  std::uint64_t last = Native::now();
  for (std::size_t i = 0; i < reads; ++i) {
    const std::uint64_t now = Native::now();
    gaps.push_back(now - last);
    last = now;
  }
  std::nth_element(gaps.begin(), gaps.begin() + reads / 2, gaps.end());
  return gaps[reads / 2];
}

}  // namespace faultline
