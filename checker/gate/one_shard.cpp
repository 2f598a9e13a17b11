// one_shard.cpp: all scenarios are those of one shard. For programs that contain one changed copy
// of the lock code, and no other.
#include "checker/scenarios/cells_shard.hpp"
#include "checker/scenarios/scenario.hpp"

#define FL_JOIN2(a, b) a##b
#define FL_JOIN(a, b) FL_JOIN2(a, b)

namespace faultline {

const std::vector<ScenarioCell>& all_scenarios() {
  static const std::vector<ScenarioCell> all = FL_JOIN(scenario_shard_, FL_SHARD)();
  return all;
}

}  // namespace faultline
