// cells_shard.hpp: the cells of some lock words, or of the yardsticks, compiled in a file of their
// own.
#pragma once

#include <vector>

#include "checker/scenarios/scenario.hpp"

namespace faultline {

inline constexpr unsigned scenario_shards = 4;

std::vector<ScenarioCell> scenario_shard_0();
std::vector<ScenarioCell> scenario_shard_1();
std::vector<ScenarioCell> scenario_shard_2();
std::vector<ScenarioCell> scenario_shard_3();
std::vector<ScenarioCell> yardstick_scenarios();

// Adds a scenario of a design where it applies.
struct Adder {
  std::vector<ScenarioCell>& cells;
  const char* design;
  const char* placement;
  bool whole_design;

  template <class S>
  void operator()() const {
    if constexpr (requires { S::applies; }) {
      if constexpr (!S::applies) return;
    }
    ScenarioCell cell;
    cell.scenario = S::name;
    cell.summary = S::summary;
    cell.design = design;
    cell.placement = placement;
    cell.threads.assign(S::threads.begin(), S::threads.end());
    cell.whole_design = whole_design;
    if constexpr (requires { S::chances; }) cell.chances = S::chances;
    cell.program = &checker::program_of<S>;
    cells.push_back(std::move(cell));
  }
};

}  // namespace faultline
