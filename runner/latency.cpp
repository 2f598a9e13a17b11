// latency.cpp: how often to time an operation, and what reading the clock costs.
#include "runner/latency.hpp"

#include <ctime>
#include <vector>

namespace faultline {

namespace {

// The clock that operations are timed with, here without the platform, which real system calls do
// without.
std::uint64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

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
  std::uint64_t last = now_ns();
  for (std::size_t i = 0; i < reads; ++i) {
    const std::uint64_t now = now_ns();
    gaps.push_back(now - last);
    last = now;
  }
  std::nth_element(gaps.begin(), gaps.begin() + reads / 2, gaps.end());
  return gaps[reads / 2];
}

}  // namespace faultline
