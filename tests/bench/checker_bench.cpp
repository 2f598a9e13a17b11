// checker_bench.cpp: executions a second of the model checker, next to a bare loop in the same run:
//   bare        the same number of steps as plain compare-exchanges, without any checker
//   refcount    try_read and end_read of two readers beside a writer, one whole exploration a round
// Prints executions and steps a second, and the ratio of a step to a bare one.
#include <fmt/format.h>

#include <atomic>

#include "checker/scenarios/scenario.hpp"
#include "tests/bench/ratio.hpp"

namespace faultline {
namespace {

checker::Result explored(const char* design, const char* placement, const char* scenario,
                         unsigned threads) {
  const ScenarioCell* cell = find_scenario(design, placement, scenario);
  checker::Options options;
  options.rules.chances = cell->chances;
  options.seconds_max = 60;
  return explore(cell->program(threads), options);
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

void print(const char* design, const char* placement, const char* scenario, unsigned threads) {
  const checker::Result result = explored(design, placement, scenario, threads);
  fmt::print("{:<10} {:<22} {} threads  {:>9} executions  {:>8.3f} s  {}\n", design, scenario,
             threads, result.executions + result.blocked, result.seconds,
             checker::verdict_name(result.verdict));
}

int run() {
  constexpr int rounds = 21;
  std::uint64_t executions = 0;
  std::uint64_t steps = 0;
  const std::vector<Loop> loops = {{"bare", bare},
                                   {"refcount", [&](std::uint64_t) {
                                      const checker::Result result =
                                          explored("refcount", "embedded", "readers_writer", 3);
                                      executions = result.executions + result.blocked;
                                      steps = result.events;
                                    }}};
  explored("refcount", "embedded", "readers_writer", 3);
  loops[1].run(1);
  const auto ns = interleave(loops, steps, rounds);
  const double bare_ns = median(ns[0]);
  const double step_ns = median(ns[1]);
  const double exploration_s = 1e-9 * step_ns * static_cast<double>(steps);
  fmt::print(
      "two readers and a writer, refcount: {:.0f} executions a second, {:.0f} ns a step "
      "(a bare compare-exchange: {:.1f} ns), median of {} rounds\n",
      static_cast<double>(executions) / exploration_s, step_ns, bare_ns, rounds);
  for (const char* design : {"refcount", "atomic", "rwsem"}) {
    const char* placement = std::string(design) == "rwsem" ? "separate" : "embedded";
    print(design, placement, "readers_writer", 3);
    print(design, placement, "three_readers_writer", 4);
  }
  return 0;
}

}  // namespace
}  // namespace faultline

int main() {
  return faultline::run();
}
