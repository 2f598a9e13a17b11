// designs.hpp: in which shard of the scenarios each design is compiled.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace faultline::gate {

std::vector<std::pair<std::string, unsigned>> designs_and_shards();

}  // namespace faultline::gate
