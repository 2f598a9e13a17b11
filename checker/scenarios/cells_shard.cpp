// cells_shard.cpp: the scenarios of the lock words number FL_SHARD, FL_SHARD + scenario_shards, and
// so on. Compiled once for each shard, so that the machine's cores share the compiler's work.
#include "checker/scenarios/cells_shard.hpp"

#include <utility>

#include "checker/scenarios/registry.hpp"
#include "lockimpls/registry.hpp"

#define FL_JOIN2(a, b) a##b
#define FL_JOIN(a, b) FL_JOIN2(a, b)

namespace faultline {

namespace {

template <class... T>
struct TypeList {};

template <class Lock>
void add_lock(std::vector<ScenarioCell>& cells) {
  if constexpr (Lock::per_vma) {
    constexpr bool embedded = Lock::embedded_in_kernel;
    const char* usual = embedded ? "embedded" : "separate";
    WordScenarios::each<Lock>(Adder{cells, Lock::name, usual, false});
    using Usual = Design<Checked, Lock, embedded ? Placement::embedded : Placement::separate,
                         CheckedSections>;
    using Other = Design<Checked, Lock, embedded ? Placement::separate : Placement::embedded,
                         CheckedSections>;
    DesignScenarios::each<Usual>(Adder{cells, Lock::name, usual, true});
    DesignScenarios::each<Other>(
        Adder{cells, Lock::name, embedded ? "separate" : "embedded", true});
  } else {
    SemaphoreScenarios::each(Adder{cells, Lock::name, "none", false});
    using D = Design<Checked, Lock, Placement::none, CheckedSections>;
    DesignScenarios::each<D>(Adder{cells, Lock::name, "none", true});
  }
}

template <std::size_t number, class First, class... Rest>
void add_mine(std::vector<ScenarioCell>& cells, TypeList<First, Rest...>) {
  if constexpr (number % scenario_shards == FL_SHARD) add_lock<First>(cells);
  if constexpr (sizeof...(Rest) != 0) add_mine<number + 1>(cells, TypeList<Rest...>{});
}

}  // namespace

std::vector<ScenarioCell> FL_JOIN(scenario_shard_, FL_SHARD)() {
  std::vector<ScenarioCell> cells;
  add_mine<0>(cells, VmaLocks::on<TypeList, Checked>{});
  return cells;
}

}  // namespace faultline
