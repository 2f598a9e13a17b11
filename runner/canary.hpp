// canary.hpp: a fixed piece of work whose time tells how fast this CPU runs right now.
#pragma once

#include <cstdint>

namespace faultline {

// Dependent additions, one cycle each: about 5 ms at 3 GHz.
inline constexpr uint64_t canary_adds = 15'000'000;

// Spins through canary_adds and returns the nanoseconds it took. The work never changes, so times
// of one binary on one machine compare: a longer one means a lower clock, steal, or a busy sibling.
uint64_t canary_ns();

}  // namespace faultline
