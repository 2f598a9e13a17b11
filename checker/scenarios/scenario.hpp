// scenario.hpp: what a scenario is, and the list of all of them.
//
// A scenario is a small program for a few threads: a struct template over a lock word L (word.hpp)
// or over a whole design D (address_space.hpp). Its members:
//   name, summary     for people
//   threads           the numbers of threads that it is explored with, the first in --quick as well
//   chances           optional: what may happen by chance (checker/execution.hpp)
//   the constructor   is the setup
//   thread(i)         what thread i does
//   finish()          optional: looks at the end, when all threads are done
//   group(i, n)       optional: threads with the same number do the same
//   applies           optional: false where L or D has no such thing
// Its state lies in the struct and in the platform's caches, nowhere else.
#pragma once

#include <string>
#include <vector>

#include "checker/explore.hpp"
#include "checker/program.hpp"

namespace faultline {

// One scenario with one design.
struct ScenarioCell {
  std::string scenario;
  std::string summary;
  std::string design;
  std::string placement;
  std::vector<unsigned> threads;
  bool whole_design = false;  // with the address space, not the lock word alone
  checker::Chances chances;
  checker::Program (*program)(unsigned threads) = nullptr;
};

const std::vector<ScenarioCell>& all_scenarios();
// Null when there is no such combination.
const ScenarioCell* find_scenario(const std::string& design, const std::string& placement,
                                  const std::string& scenario);

}  // namespace faultline
