// cells_shard.hpp: the cells of one lock word, compiled in a file of their own.
#pragma once

#include <vector>

#include "checker/scenarios/scenario.hpp"

namespace faultline {

inline constexpr unsigned scenario_shards = 4;

std::vector<ScenarioCell> scenario_shard_0();
std::vector<ScenarioCell> scenario_shard_1();
std::vector<ScenarioCell> scenario_shard_2();
std::vector<ScenarioCell> scenario_shard_3();

}  // namespace faultline
