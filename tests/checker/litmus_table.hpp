// litmus_table.hpp: the classic litmus tests, with what each may show and what it must not.
//
// What is allowed follows from RC11 (see axioms.cpp) and is written down by hand; the axioms are
// evaluated as well, so that neither is trusted alone.
#pragma once

#include <ostream>
#include <vector>

#include "tests/checker/litmus.hpp"

namespace faultline::litmus {

struct Litmus {
  const char* name;
  std::vector<Thread> threads;
  Outcomes allowed;                // all that may be shown; empty: what the axioms say
  std::vector<const char*> never;  // for people: what the test is about
  std::vector<const char*> weak;   // allowed, but by no interleaving
  bool shows_words = false;

  friend void PrintTo(const Litmus& test, std::ostream* out) { *out << test.name; }
};

std::vector<Litmus> all_litmus_tests();

}  // namespace faultline::litmus
