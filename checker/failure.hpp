// failure.hpp: what can be found, and how an exploration ends.
#pragma once

#include <cstdint>
#include <string>

namespace faultline::checker {

enum class Failure : std::uint8_t {
  none,
  broken_exclusion,    // two threads are in sections that exclude each other
  data_race,           // unordered accesses to a plain variable, one of them a write
  use_after_free,      // an object was freed, or its stack frame left, before or while it was used
  stale_reuse,         // a reader used a type-stable object that has become another one
  lost_wakeup,         // a task sleeps for ever, though what it waits for has happened
  deadlock,            // tasks wait for each other
  livelock,            // tasks go round and round, and nobody gets on
  unbounded_spinning,  // a task goes round for ever though everyone else has finished
  counter_overflow,    // a count ran into its neighbour's bits
  leaked_exclusion,    // readers are still shut out though the writer has gone
  assertion,           // a promise of the lock code is broken (FL_ASSERT)
};

constexpr const char* failure_name(Failure failure) {
  constexpr const char* names[] = {"none",
                                   "broken_exclusion",
                                   "data_race",
                                   "use_after_free",
                                   "stale_reuse",
                                   "lost_wakeup",
                                   "deadlock",
                                   "livelock",
                                   "unbounded_spinning",
                                   "counter_overflow",
                                   "leaked_exclusion",
                                   "assertion"};
  return names[static_cast<unsigned>(failure)];
}

enum class Verdict : std::uint8_t {
  verified,      // every execution was explored, none fails
  bounded,       // none fails, but a limit kept some unexplored
  failed,        // one fails
  inconclusive,  // the scenario cannot be explored
};

constexpr const char* verdict_name(Verdict verdict) {
  constexpr const char* names[] = {"verified", "bounded", "failed", "inconclusive"};
  return names[static_cast<unsigned>(verdict)];
}

}  // namespace faultline::checker
