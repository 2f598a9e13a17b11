// limits.hpp: how large a checked program may be. Beyond a limit an execution is given up, and the
// result says so.
#pragma once

#include <cstddef>
#include <cstdint>

namespace faultline::checker {

inline constexpr unsigned threads_max = 8;
inline constexpr unsigned words_max = 128;     // atomic words that threads touch in one execution
inline constexpr unsigned messages_max = 250;  // values that one word may take in one execution
inline constexpr unsigned waits_max = 4;       // words that one await_until() looks at
inline constexpr std::size_t arena_bytes = std::size_t{8} << 20;
inline constexpr std::size_t stack_bytes = std::size_t{256} << 10;

using ThreadSet = std::uint32_t;  // bit i: thread i

constexpr ThreadSet only(unsigned thread) {
  return ThreadSet{1} << thread;
}
constexpr bool has(ThreadSet set, unsigned thread) {
  return ((set >> thread) & 1u) != 0;
}

}  // namespace faultline::checker
