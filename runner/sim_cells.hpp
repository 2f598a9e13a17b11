// sim_cells.hpp: every combination of design, placement and workload on the simulator: those of
// runner/cells.hpp.
#pragma once

#include <string>
#include <vector>

#include "runner/sim_trial.hpp"

namespace faultline {

struct SimCell {
  std::string design;
  Placement placement;
  std::string workload;
  SimResult (*run)(const SimSpec& spec);
};

// Null when there is no such combination.
const SimCell* find_sim_cell(const std::string& design, Placement placement,
                             const std::string& workload);

// What one compilation of sim_cells_shard.cpp contributes, and sim_yardstick_cells.cpp.
inline constexpr std::size_t sim_cell_shards = 4;
std::vector<SimCell> sim_cells_shard_0();
std::vector<SimCell> sim_cells_shard_1();
std::vector<SimCell> sim_cells_shard_2();
std::vector<SimCell> sim_cells_shard_3();
std::vector<SimCell> sim_yardstick_cells();

}  // namespace faultline
