// hunt.hpp: runs scenarios on mutants until one of them fails.
//
// First every scenario runs as it is, to learn which places of the source it executes. A mutant is
// then tried with those that execute its place, the smallest first, in rounds: a short search of
// each, some executions drawn at random (PCT) where that was not the end, then a long search.
//
// Limits are numbers of executions, not of seconds, so that two runs come to the same outcome.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "checker/gate/mutant.hpp"
#include "checker/gate/outcome.hpp"
#include "checker/scenarios/scenario.hpp"

namespace faultline::gate {

struct Limits {
  std::uint64_t survey = 20'000;     // executions of a scenario, to learn its places
  std::uint64_t first = 20'000;      // executions of a scenario in the first round
  std::uint64_t drawn = 20'000;      // and those drawn at random
  std::uint64_t scenario = 200'000;  // and in the last round
  std::uint64_t mutant = 600'000;    // executions of all scenarios together, in each round
  double seconds = 300;              // of one scenario; only so that it ends at all
  unsigned jobs = 2;
};

// A scenario of one design with a number of threads, and what it did without any mutation.
struct Candidate {
  const ScenarioCell* cell = nullptr;
  unsigned threads = 0;
  checker::Verdict verdict = checker::Verdict::inconclusive;
  std::string reason;
  std::uint64_t executions = 0;
  std::uint64_t events = 0;
  std::vector<std::size_t> places;  // that it executed, by their number in the survey
};

struct Baseline {
  std::vector<checker::Surveyed> places;
  std::vector<Candidate> candidates;
};

// Each scenario with each of its numbers of threads, in the placement of the lock that its source
// has. (The gate changes no code that depends on the placement.)
std::vector<Candidate> candidates_of(const std::vector<ScenarioCell>& cells);

// With the fewest threads of each scenario.
std::vector<Candidate> quick_candidates_of(const std::vector<ScenarioCell>& cells);

Baseline survey(std::vector<Candidate> candidates, const Limits& limits);

// `over` is called for each mutant when its outcome is known, in the order in which they end.
using Over = std::function<void(std::size_t i, const Outcome& outcome)>;
void hunt(const std::vector<Mutant>& mutants, const Baseline& baseline, const Limits& limits,
          const Over& over);

// The scenarios as they are: of a source that was changed.
Outcome hunt_unchanged(const std::vector<Candidate>& candidates, const Limits& limits);

}  // namespace faultline::gate
