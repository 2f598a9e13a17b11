// cells_shard.hpp: what one compilation of cells_shard.cpp contributes, and the one of
// yardstick_cells.cpp.
#pragma once

#include <vector>

#include "runner/cells.hpp"

namespace faultline {

struct CellShard {
  std::vector<DesignInfo> designs;  // lock words number i, i + shards, i + 2 * shards, ...
  std::vector<Cell> cells;
};

inline constexpr std::size_t cell_shards = 4;

CellShard cells_shard_0();
CellShard cells_shard_1();
CellShard cells_shard_2();
CellShard cells_shard_3();
CellShard yardstick_cells();

}  // namespace faultline
