// ratio.hpp: loops compared as ratios in one run: interleaved rounds, alternating order, median.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace faultline {

// A loop to time: runs `n` iterations.
struct Loop {
  std::string name;
  std::function<void(std::uint64_t n)> run;
};

inline double seconds_of(const Loop& loop, std::uint64_t n) {
  auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC_RAW, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double begin = now();
  loop.run(n);
  return now() - begin;
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Nanoseconds of an iteration: one list a loop, one value a round.
inline std::vector<std::vector<double>> interleave(const std::vector<Loop>& loops, std::uint64_t n,
                                                   int rounds) {
  std::vector<std::vector<double>> ns(loops.size());
  for (const Loop& loop : loops) seconds_of(loop, n);  // warm
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < loops.size(); ++i) {
      const std::size_t at = round % 2 == 0 ? i : loops.size() - 1 - i;
      ns[at].push_back(1e9 * seconds_of(loops[at], n) / static_cast<double>(n));
    }
  }
  return ns;
}

// The median over rounds of one loop's time divided by another's in the same round.
inline double median_ratio(const std::vector<double>& over, const std::vector<double>& under) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < over.size(); ++i) ratios.push_back(over[i] / under[i]);
  return median(ratios);
}

}  // namespace faultline
