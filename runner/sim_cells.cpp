// sim_cells.cpp: puts the shards of simulated cells together.
#include "runner/sim_cells.hpp"

namespace faultline {

const SimCell* find_sim_cell(const std::string& design, Placement placement,
                             const std::string& workload) {
  static const std::vector<SimCell> all = [] {
    std::vector<SimCell> cells;
    for (auto* part : {&sim_cells_shard_0, &sim_cells_shard_1, &sim_cells_shard_2,
                       &sim_cells_shard_3, &sim_yardstick_cells}) {
      for (SimCell& cell : part()) cells.push_back(std::move(cell));
    }
    return cells;
  }();
  for (const SimCell& cell : all) {
    if (cell.design == design && cell.placement == placement && cell.workload == workload) {
      return &cell;
    }
  }
  return nullptr;
}

}  // namespace faultline
