// canary.cpp: the canary's spin and its clock.
#include "runner/canary.hpp"

#include <ctime>

namespace faultline {

namespace {

// RAW, as NTP slewing would otherwise look like a change of CPU speed.
uint64_t raw_clock_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

// One addition that the compiler can neither fold into its neighbours nor drop.
inline void dependent_add(uint64_t& sum) {
  sum += 1;
  asm volatile("" : "+r"(sum));
}

}  // namespace

uint64_t canary_ns() {
  // Eight to a turn, so that the chain of additions, and not the loop's branch, sets the pace.
  constexpr uint64_t adds_per_turn = 8;
  static_assert(canary_adds % adds_per_turn == 0);
  uint64_t sum = 0;
  const uint64_t start = raw_clock_ns();
  while (sum < canary_adds) {
    dependent_add(sum);
    dependent_add(sum);
    dependent_add(sum);
    dependent_add(sum);
    dependent_add(sum);
    dependent_add(sum);
    dependent_add(sum);
    dependent_add(sum);
  }
  return raw_clock_ns() - start;
}

}  // namespace faultline
