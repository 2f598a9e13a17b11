// replay.cpp: see replay.hpp.
#include "checker/scenarios/replay.hpp"

#include <fmt/format.h>

#include "checker/scenarios/scenario.hpp"

namespace faultline {

checker::Result replay_scenario(const checker::ReplayString& replay,
                                const checker::Mutations& changes) {
  const ScenarioCell* cell = find_scenario(replay.design, replay.placement, replay.scenario);
  if (cell == nullptr) {
    checker::Result none;
    none.reason = fmt::format(
        "this build has no scenario {} of {}/{}; see: faultline list "
        "scenarios --long",
        replay.scenario, replay.design, replay.placement);
    return none;
  }
  checker::Options options;
  options.mode = checker::Mode::replay;
  options.rules.chances = cell->chances;
  options.rules.prune_stale = replay.pruned;
  options.replay = replay.decisions;
  options.mutations = &changes;
  return explore(cell->program(replay.threads), options);
}

checker::Result replay_scenario(const std::string& text) {
  checker::ReplayString replay;
  checker::Result none;
  none.reason = checker::parse(text, replay);
  return none.reason.empty() ? replay_scenario(replay) : none;
}

}  // namespace faultline
