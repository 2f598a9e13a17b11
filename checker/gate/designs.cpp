// designs.cpp: the registry of lock words, counted as in checker/scenarios/cells_shard.cpp.
#include "checker/gate/designs.hpp"

#include "checker/scenarios/cells_shard.hpp"
#include "lockimpls/registry.hpp"
#include "platform/checked.hpp"

namespace faultline::gate {

namespace {

template <class... Locks>
struct Names {
  static constexpr const char* all[] = {Locks::name...};
};

}  // namespace

std::vector<std::pair<std::string, unsigned>> designs_and_shards() {
  std::vector<std::pair<std::string, unsigned>> designs;
  unsigned number = 0;
  for (const char* name : VmaLocks::on<Names, Checked>::all) {
    designs.emplace_back(name, number++ % scenario_shards);
  }
  return designs;
}

}  // namespace faultline::gate
