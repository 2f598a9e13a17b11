// random.hpp: chance by counting. A number depends on what it is for and how often that has asked,
// never on what others asked meanwhile: an atomic added elsewhere leaves all other lines as they
// were.
#pragma once

#include <cstdint>

namespace faultline::simulator {

// The output function of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators", OOPSLA 2014).
constexpr std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

// The part of chance() that stays the same for one seed and whose.
constexpr std::uint64_t chance_seed(std::uint64_t seed, std::uint64_t whose) {
  return mixed(seed ^ mixed(whose));
}
constexpr std::uint64_t chance(std::uint64_t seed, std::uint64_t whose, std::uint64_t count) {
  return mixed(chance_seed(seed, whose) + count);
}

// Uniform in [0, bound), 0 for a bound of 0. The bound is below 2^32.
constexpr std::uint64_t below(std::uint64_t chance, std::uint64_t bound) {
  return ((chance >> 32) * bound) >> 32;
}

}  // namespace faultline::simulator
