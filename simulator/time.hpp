// time.hpp: simulated time. Integers only: what is computed is the same on every host.
#pragma once

#include <cstdint>

namespace faultline::simulator {

using Picoseconds = std::uint64_t;

inline constexpr Picoseconds nanosecond = 1000;
inline constexpr Picoseconds forever = ~Picoseconds{0};

}  // namespace faultline::simulator
