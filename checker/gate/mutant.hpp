// mutant.hpp: one change to the lock code that some scenario has to notice, and how to find all of
// them.
//
// Most changes are made while the code runs (checker/mutation.hpp): a memory order weakened; a
// store, a fence, a wake-up, an announced sleep or a grace period left out. Checks that are made
// twice cannot be changed so: source_mutant.hpp.
#pragma once

#include <string>
#include <vector>

#include "checker/mutation.hpp"

namespace faultline::gate {

enum class MutantKind : std::uint8_t {
  operation,  // an operation changed while it runs
  source,     // a line of the source changed
  unreached,  // no change: an operation that no scenario executes
};

struct Mutant {
  MutantKind kind = MutantKind::operation;
  unsigned number = 0;  // in the list of all of them, from 1 on
  checker::Place place;
  std::string action;  // load, store, compare-exchange, ...; of a source mutant: its name
  checker::Mo from = checker::Mo::relaxed;
  std::string to;    // an order, "dropped", "changed" or "unreached": what a reason may name
  std::string what;  // the change, for people
  checker::Mutation mutation;
};

// What may be changed at a place: nothing for relaxed loads and read-modify-writes.
std::vector<Mutant> mutants_of(const checker::Surveyed& operation);

// The gate is about the lock headers and the address space. The orders of scenarios and of the
// check of measured runs are not its business.
bool in_scope(const std::string& file);

// By file, line and column; then numbered. With unequal changes of one place in a fixed order.
void sort_and_number(std::vector<Mutant>& mutants);

}  // namespace faultline::gate
