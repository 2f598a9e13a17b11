// baseline_test.cpp: simulations of a fixed set against baseline.json, to the last bit, whatever
// the compiler and its options, the host and its CPU.
//
// A change that is meant: FAULTLINE_UPDATE_GOLDEN=1 build/tests/simulator/simulator_baseline_test
// writes the baseline anew. Commit it together with the change, and say why the figures moved.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "lockimpls/registry.hpp"
#include "runner/sim_cells.hpp"
#include "simulator/machine_file.hpp"
#include "workloads/registry.hpp"

namespace faultline {
namespace {

using Json = nlohmann::ordered_json;

const std::string golden = std::string(FL_SOURCE_ROOT) + "/tests/simulator/baseline.json";
const std::string cure =
    "If the change is meant, `FAULTLINE_UPDATE_GOLDEN=1 "
    "build/tests/simulator/simulator_baseline_test` writes the new baseline: commit it with the "
    "reason.";

const simulator::Machine& machine(const std::string& name) {
  static std::map<std::string, simulator::Machine> all;
  if (all.count(name) == 0) {
    all[name] = simulator::load_machine(std::string(FL_SOURCE_ROOT) + "/simulator/machines/" +
                                        name + ".toml");
  }
  return all[name];
}

struct Case {
  const char* machine;
  std::string workload;
  std::string design;
  Placement placement = Placement::none;
  unsigned cpus = 1;
  unsigned threads = 1;
  std::uint64_t window_ns = 0;
  simulator::ParkFlavour park = simulator::ParkFlavour::kernel;
  ParamValues params = {};

  std::string name() const {
    const char* const placements[] = {"none", "separate", "embedded"};
    return fmt::format("{}/{}/{}/{}/cpus={}/threads={}/{}", workload, design,
                       placements[static_cast<int>(placement)], machine, cpus, threads,
                       park == simulator::ParkFlavour::futex ? "futex" : "kernel");
  }
};

ParamValues defaults(const WorkloadInfo& info) {
  ParamValues values;
  for (const Param& param : info.params) values[param.name] = param.value;
  return values;
}

// As the program takes them from the machine: runner/sim_plan.cpp.
ParamValues with_faults_of(const simulator::Machine& machine, unsigned cpus, ParamValues values) {
  const auto& fault = machine.fault;
  const auto ns = [](simulator::Picoseconds time) { return time / simulator::nanosecond; };
  const ParamValues costs = {
      {"fault_entry_ns", ns(fault.entry)},
      {"fault_work_ns", ns(fault.work)},
      {"zone_batch", fault.zone_batch},
      {"lru_batch", fault.lru_batch},
      {"memcg_batch", fault.memcg_batch},
      {"counter_batch", fault.counter_batch},
      {"batch_page_ns", ns(fault.batch_page)},
      {"shootdown_ns", ns(fault.shootdown + fault.shootdown_each * (cpus - 1))}};
  for (const auto& [name, value] : costs) {
    if (values.count(name) != 0) values[name] = value;
  }
  return values;
}

struct LockInfo {
  std::string name;
  bool per_vma;
};

template <class... Locks>
struct YardstickNames {
  static std::vector<std::string> all() { return {Locks::name...}; }
};

template <class... Locks>
struct VmaNames {
  static std::vector<LockInfo> all() { return {{Locks::name, Locks::per_vma}...}; }
};

std::vector<Case> yardstick_runs() {
  std::vector<Case> all;
  for (const std::string& lock : YardstickLocks::on<YardstickNames, Simulated>::all()) {
    for (const unsigned cpus : {4u, 88u}) {
      all.push_back({"bdw-2s", "pair", lock, Placement::none, cpus, cpus, 20'000});
    }
    // Two tasks take turns on each CPU.
    all.push_back({"bdw-2s", "pair", lock, Placement::none, 2, 4, 9'000'000});
    all.back().params = {{"crit_ns", 5000}, {"par_ns", 2000}};
  }
  return all;
}

std::vector<Case> vma_runs() {
  std::vector<Case> all;
  const auto add = [&](const std::string& lock, Placement placement) {
    all.push_back({"bergamo-2s", "pf_shared", lock, placement, 16, 16, 50'000});
    all.push_back({"bergamo-2s", "mmap_churn", lock, placement, 16, 16, 100'000});
    all.push_back({"bergamo-2s", "mmap_churn", lock, placement, 4, 8, 8'000'000,
                   simulator::ParkFlavour::futex});
  };
  for (const LockInfo& lock : VmaLocks::on<VmaNames, Simulated>::all()) {
    if (lock.per_vma) {
      add(lock.name, Placement::separate);
      add(lock.name, Placement::embedded);
    } else {
      add(lock.name, Placement::none);
    }
  }
  return all;
}

SimResult simulate(const Case& run, std::uint64_t seed = 1) {
  using Any = SimDesign<VmaRefcount<Simulated>, Placement::embedded>;
  const simulator::Machine& on = machine(run.machine);
  ParamValues params;
  if (run.workload == "pair") params = defaults(Pair<Simulated, FaaCounter<Simulated>>::info());
  if (run.workload == "pf_shared") params = defaults(PfShared<Any>::info());
  if (run.workload == "mmap_churn") params = defaults(MmapChurn<Any>::info());
  params = with_faults_of(on, run.cpus, params);
  for (const auto& [name, value] : run.params) params[name] = value;
  SimSpec spec;
  spec.machine = &on;
  spec.cpus = run.cpus;
  spec.threads = run.threads;
  spec.seed = seed;
  spec.window_ns = run.window_ns;
  spec.warmup_ns = run.window_ns / 5;
  spec.park = run.park;
  spec.params = params;
  const SimCell* cell = find_sim_cell(run.design, run.placement, run.workload);
  if (cell == nullptr) throw std::runtime_error("no cell " + run.name());
  return cell->run(spec);
}

Json figures(const SimResult& result) {
  const simulator::Statistics& s = result.statistics;
  return {{"hash", result.hash},
          {"ops", result.trial.ops},
          {"events", s.events},
          {"operations", s.operations},
          {"hits", s.hits},
          {"transfers", std::accumulate(s.from.begin(), s.from.end(), std::uint64_t{0})},
          {"parks", s.parks},
          {"preemptions", s.preemptions},
          {"wait_p50_ns", result.waits.quantile(0.5)},
          {"wait_p99_ns", result.waits.quantile(0.99)}};
}

// The first figure that differs, or "".
std::string difference(const Json& kept, const Json& now) {
  for (const auto& [run, figures_now] : now.items()) {
    if (!kept.contains(run)) return fmt::format("{} is not in the baseline.", run);
    for (const auto& [figure, value] : figures_now.items()) {
      if (!kept[run].contains(figure)) return fmt::format("{}: {} is not kept.", run, figure);
      const Json& before = kept[run][figure];
      if (before != value) {
        return fmt::format("{}: {} is {}, and was {}.", run, figure, value.dump(), before.dump());
      }
    }
  }
  for (const auto& [run, figures_kept] : kept.items()) {
    if (!now.contains(run)) return fmt::format("{} is in the baseline only.", run);
  }
  return "";
}

TEST(SimulatorBaseline, FiguresAreThoseOfTheBaseline) {
  Json now;
  std::vector<Case> all = yardstick_runs();
  for (Case& run : vma_runs()) all.push_back(std::move(run));
  for (const Case& run : all) now[run.name()] = figures(simulate(run));
  if (std::getenv("FAULTLINE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(golden) << now.dump(1) << '\n';
  }
  std::ifstream file(golden);
  const Json kept = Json::parse(file, nullptr, false);
  ASSERT_FALSE(kept.is_discarded()) << golden << " cannot be read. " << cure;
  const std::string differs = difference(kept, now);
  EXPECT_EQ(differs, "") << cure;
}

TEST(SimulatorBaseline, NamesTheFirstFigureThatDiffers) {
  const Json kept = {{"a", {{"hash", 1}, {"ops", 2}}}, {"b", {{"hash", 3}}}};
  Json now = kept;
  EXPECT_EQ(difference(kept, now), "");
  now["a"]["ops"] = 5;
  now["b"]["hash"] = 5;
  EXPECT_EQ(difference(kept, now), "a: ops is 5, and was 2.");
  now = kept;
  now["c"] = {{"hash", 1}};
  EXPECT_EQ(difference(kept, now), "c is not in the baseline.");
  EXPECT_EQ(difference(now, kept), "c is in the baseline only.");
}

// One of each kind, since the whole set is in the baseline.
const std::vector<Case> samples = {
    {"bdw-2s", "pair", "mcs", Placement::none, 44, 44, 20'000},
    {"bergamo-2s", "pf_shared", "refcount", Placement::embedded, 16, 16, 20'000},
    {"bergamo-2s", "mmap_churn", "rwsem", Placement::separate, 4, 8, 100'000,
     simulator::ParkFlavour::futex},
};

TEST(SimulatorBaseline, EveryCpuOfThisHostComputesTheSame) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  for (const Case& run : samples) {
    const Json expected = figures(simulate(run));
    unsigned tried = 0;
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE && tried < 4; ++cpu) {
      if (!CPU_ISSET(cpu, &allowed)) continue;
      ++tried;
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
      EXPECT_EQ(figures(simulate(run)), expected) << run.name() << " on CPU " << cpu;
    }
    ASSERT_EQ(sched_setaffinity(0, sizeof allowed, &allowed), 0);
  }
}

TEST(SimulatorBaseline, AnotherSeedIsAnotherSimulation) {
  for (const Case& run : samples) {
    EXPECT_NE(simulate(run, 1).hash, simulate(run, 2).hash) << run.name();
  }
}

}  // namespace
}  // namespace faultline
