// order.hpp: the memory order of an operation, as a value, so that a tool can weaken or strengthen
// one place of the source without compiling anything again.
#pragma once

#include <cstdint>

namespace faultline::checker {

// A set of promises: acquire and release are bits, `full` is both plus a full fence on either side.
enum class Mo : std::uint8_t { relaxed = 0, acquire = 1, release = 2, acq_rel = 3, full = 7 };

constexpr bool acquires(Mo order) {
  return (static_cast<unsigned>(order) & 1u) != 0;
}
constexpr bool releases(Mo order) {
  return (static_cast<unsigned>(order) & 2u) != 0;
}
constexpr bool is_full(Mo order) {
  return order == Mo::full;
}

constexpr const char* order_name(Mo order) {
  switch (order) {
    case Mo::relaxed:
      return "relaxed";
    case Mo::acquire:
      return "acquire";
    case Mo::release:
      return "release";
    case Mo::acq_rel:
      return "acq_rel";
    case Mo::full:
      return "full";
  }
  return "?";
}

}  // namespace faultline::checker
