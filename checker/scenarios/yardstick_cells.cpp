// yardstick_cells.cpp: the scenarios of the yardstick locks.
#include "checker/scenarios/cells_shard.hpp"
#include "checker/scenarios/registry.hpp"
#include "lockimpls/registry.hpp"

namespace faultline {

namespace {

template <class... Locks>
struct Add {
  static void all(std::vector<ScenarioCell>& cells) {
    (YardstickScenarios::each<Locks>(Adder{cells, Locks::name, "none", false}), ...);
  }
};

}  // namespace

std::vector<ScenarioCell> yardstick_scenarios() {
  std::vector<ScenarioCell> cells;
  YardstickLocks::on<Add, Checked>::all(cells);
  return cells;
}

}  // namespace faultline
