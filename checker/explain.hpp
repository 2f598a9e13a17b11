// explain.hpp: what makes a counterexample easier to understand: a shorter one, and the memory
// order that would have prevented it.
#pragma once

#include <string>

#include "checker/explore.hpp"

namespace faultline::checker {

// How long to look for the order: for people who wait for an answer.
inline constexpr double seconds_for_order = 20;

// Searches again with 0, 1, 2, 3 preemptions for the same kind of failure, for at most that long:
// the fewer times a thread is put off, the easier it is to follow. The given one when none is
// found.
Counterexample shortest(const Program& program, const Options& options, const Counterexample& found,
                        double seconds);

// Strengthens one operation of the execution after the other, everywhere it is used, and explores
// again: the weakest order under which that kind of failure is gone. "release at FILE:LINE (store
// word)", or "" when no single one helps within that time.
std::string missing_order(const Program& program, const Options& options,
                          const Counterexample& found, double seconds);

}  // namespace faultline::checker
