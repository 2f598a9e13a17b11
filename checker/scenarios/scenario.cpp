// scenario.cpp: puts the shards of scenarios together.
#include "checker/scenarios/scenario.hpp"

#include "checker/scenarios/cells_shard.hpp"

namespace faultline {

const std::vector<ScenarioCell>& all_scenarios() {
  static const std::vector<ScenarioCell> all = [] {
    std::vector<ScenarioCell> cells;
    for (auto* shard : {scenario_shard_0, scenario_shard_1, scenario_shard_2, scenario_shard_3,
                        yardstick_scenarios}) {
      for (ScenarioCell& cell : shard()) cells.push_back(std::move(cell));
    }
    return cells;
  }();
  return all;
}

const ScenarioCell* find_scenario(const std::string& design, const std::string& placement,
                                  const std::string& scenario) {
  for (const ScenarioCell& cell : all_scenarios()) {
    if (cell.design == design && cell.placement == placement && cell.scenario == scenario) {
      return &cell;
    }
  }
  return nullptr;
}

}  // namespace faultline
