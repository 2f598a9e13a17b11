// event.hpp: the steps that a checked program is made of, and which of them depend on each other.
#pragma once

#include <cstdint>

#include "checker/clock.hpp"
#include "checker/word_set.hpp"

namespace faultline::checker {

enum class Kind : std::uint8_t {
  load,
  store,
  rmw,      // read-modify-write
  update,   // a compare-exchange loop, as one step
  fence,    // a full one; the others are not steps of their own
  await,    // spins until words have certain values
  prepare,  // announces a sleep
  park,     // sleeps
  unpark,   // wakes
  retry,    // goes round again
  rcu_lock,
  free_rcu,
  alloc,  // of type-stable objects
  free,
  // Not steps, only rows of a trace:
  plain_read,
  plain_write,
  weak_fence,
  note,
};

// Read-modify-writes whose result nobody looks at: two of one kind may change places.
enum class Blind : std::uint8_t { no, add, or_, and_ };

// What a step touches: known before it is made.
struct Step {
  Kind kind = Kind::note;
  Blind blind = Blind::no;
  WordSet reads;
  WordSet writes;
};

constexpr bool commute(Blind a, Blind b) {
  return a == b && a != Blind::no;
}

inline bool dependent(const Step& a, const Step& b) {
  // Each blind step touches one word, so two that meet are on the same one.
  if (commute(a.blind, b.blind)) return false;
  return a.writes.meets(b.writes | b.reads) || b.writes.meets(a.reads);
}

// A step that was made.
struct Event {
  Step step;
  std::uint8_t thread = 0;
  bool waits = false;        // its thread could not go on until it was possible
  std::uint32_t node = 0;    // the choice of the search that led to it
  std::int32_t before = -1;  // the event of the same thread before it
  Clock depends;             // events of each thread that it depends on, itself among them
};

}  // namespace faultline::checker
