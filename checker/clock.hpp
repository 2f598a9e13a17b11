// clock.hpp: a vector clock: how many steps of each thread something comes after.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "checker/limits.hpp"

namespace faultline::checker {

using Steps = std::int16_t;

struct Clock {
  // Signed, because that is what x86-64 has a maximum instruction for.
  std::array<Steps, threads_max> at{};

  Steps& operator[](unsigned thread) { return at[thread]; }
  Steps operator[](unsigned thread) const { return at[thread]; }

  void join(const Clock& other) {
    // Of copies, so that the compiler need not care whether the two are one.
    const std::array<Steps, threads_max> mine = at;
    const std::array<Steps, threads_max> theirs = other.at;
    for (unsigned i = 0; i < threads_max; ++i) at[i] = std::max(mine[i], theirs[i]);
  }
};

}  // namespace faultline::checker
