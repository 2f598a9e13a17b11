// axioms.hpp: what a litmus program may show, from the definition instead of from a machine.
#pragma once

#include "tests/checker/litmus.hpp"

namespace faultline::litmus {

// By RC11 with the release sequences of C++20 and without accesses that are seq_cst, by trying
// every reads-from relation and every modification order. No awaits. A full read-modify-write has a
// full fence on either side, one that fails is relaxed.
Outcomes outcomes_by_axioms(const Program& program);

// By every interleaving of the operations on one memory. No awaits.
Outcomes outcomes_of_interleavings(const Program& program);

}  // namespace faultline::litmus
