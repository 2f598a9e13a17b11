// simulator_bench.cpp: how fast the simulator is, on one CPU of this host, next to a bare loop in
// the same run:
//   bare         a plain compare-exchange, uncontended
//   counter, ticket, refcount    a simulation of many CPUs on the made-up machine
// Prints, for each, contended atomic operations a second of host time: read-modify-writes that
// waited for their line or had others wait for it. Beside them all accesses, those that hit the own
// cache included, events, and the most memory the process has had. To be reached, medians: 5
// million contended atomic operations a second for the counter at 256 CPUs, 2 million for
// pf_shared; at most 3 times slower at 1024 CPUs than at 16; 2 GiB at 1024 CPUs.
#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>

#include "lockimpls/registry.hpp"
#include "runner/sim_cells.hpp"
#include "simulator/machine_file.hpp"
#include "tests/bench/ratio.hpp"
#include "workloads/registry.hpp"

namespace faultline {
namespace {

struct Simulation {
  const char* workload;
  const char* design;
  Placement placement;
  unsigned cpus;
  std::uint64_t window_ns;
};

// Windows that take about a tenth of a second of host time.
constexpr Simulation simulations[] = {
    {"pair", "faa", Placement::none, 16, 20'000'000},
    {"pair", "faa", Placement::none, 256, 20'000'000},
    {"pair", "faa", Placement::none, 1024, 20'000'000},
    {"pair", "ticket", Placement::none, 256, 4'000'000},
    {"pf_shared", "refcount", Placement::embedded, 16, 5'000'000},
    {"pf_shared", "refcount", Placement::embedded, 256, 5'000'000},
    {"pf_shared", "refcount", Placement::embedded, 1024, 5'000'000},
};

ParamValues defaults(const WorkloadInfo& info) {
  ParamValues values;
  for (const Param& param : info.params) values[param.name] = param.value;
  return values;
}

SimResult simulate(const Simulation& simulation, const simulator::Machine& machine) {
  using Any = SimDesign<VmaRefcount<Simulated>, Placement::embedded>;
  SimSpec spec;
  spec.machine = &machine;
  spec.cpus = simulation.cpus;
  spec.threads = simulation.cpus;
  spec.window_ns = simulation.window_ns;
  spec.params = std::string(simulation.workload) == "pair"
                    ? defaults(Pair<Simulated, FaaCounter<Simulated>>::info())
                    : defaults(PfShared<Any>::info());
  return find_sim_cell(simulation.design, simulation.placement, simulation.workload)->run(spec);
}

double most_memory_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void bare(std::uint64_t n) {
  static std::atomic<std::uint32_t> word{0};
  for (std::uint64_t i = 0; i < n; ++i) {
    std::uint32_t seen = word.load(std::memory_order_relaxed);
    while (!word.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
    }
  }
}

void print(const Simulation& simulation, const simulator::Machine& machine) {
  constexpr std::uint64_t bare_loops = 1'000'000;
  constexpr int rounds = 5;
  SimResult result;
  const Loop loop{simulation.design,
                  [&](std::uint64_t) { result = simulate(simulation, machine); }};
  const Loop next_to_it{"bare", bare};
  std::vector<double> seconds;
  std::vector<double> bare_ns;
  seconds_of(loop, 1);
  for (int round = 0; round < rounds; ++round) {
    bare_ns.push_back(1e9 * seconds_of(next_to_it, bare_loops) / bare_loops);
    seconds.push_back(seconds_of(loop, 1));
  }
  const auto& statistics = result.statistics;
  const auto all = static_cast<double>(statistics.operations);
  const auto contended = static_cast<double>(statistics.contended);
  const double took = median(seconds);
  fmt::print(
      "{:<10} {:<9} {:>5} CPUs  {:>6.2f} M contended atomics/s  {:>7.2f} M accesses/s  "
      "{:>6.2f} M events/s  {:>6.3f} s  bare {:.1f} ns  {:>5.0f} MiB\n",
      simulation.workload, simulation.design, simulation.cpus, contended / took / 1e6,
      all / took / 1e6, static_cast<double>(statistics.events) / took / 1e6, took, median(bare_ns),
      most_memory_mib());
}

int run() {
  const auto machine = simulator::load_machine(std::string(FL_SOURCE_ROOT) +
                                               "/simulator/machines/made-up-1024.toml");
  for (const Simulation& simulation : simulations) print(simulation, machine);
  return 0;
}

}  // namespace
}  // namespace faultline

int main() {
  return faultline::run();
}
