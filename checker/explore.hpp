// explore.hpp: the front door: explores a program and says what came out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/execution.hpp"
#include "checker/failure.hpp"
#include "checker/sampling.hpp"

namespace faultline::checker {

enum class Mode : std::uint8_t { exhaustive, preemptions, random, pct, replay };

constexpr const char* mode_name(Mode mode) {
  constexpr const char* names[] = {"exhaustive", "preemptions", "random", "pct", "replay"};
  return names[static_cast<unsigned>(mode)];
}

struct Options {
  Mode mode = Mode::exhaustive;
  Rules rules;
  unsigned preemptions = 2;       // Mode::preemptions
  unsigned priority_changes = 3;  // Mode::pct
  std::uint64_t seed = 1;         // Mode::random, Mode::pct
  Decisions replay;               // Mode::replay
  std::uint64_t executions_max = ~std::uint64_t{0};
  double seconds_max = 0;  // 0: no limit
  const Mutations* mutations = nullptr;
  Survey* survey = nullptr;
  // Called at the end of each complete execution; for tests that count outcomes.
  void (*on_complete)(void* context) = nullptr;
  void* context = nullptr;
};

struct Limit {
  std::string name;
  double value = 0;
  bool reached = false;
};

// A failed execution, repeated with every row written down.
struct Counterexample {
  Failure failure = Failure::none;
  std::string what;
  Where where;
  Decisions decisions;
  std::vector<Row> rows;
  std::size_t events = 0;
  int preemptions = -1;       // the bound that found it; -1: none was set
  std::string missing_order;  // "": no single order would prevent it, or not looked for
};

struct Result {
  Verdict verdict = Verdict::inconclusive;
  Mode mode = Mode::exhaustive;
  std::uint64_t executions = 0;  // complete ones
  std::uint64_t blocked = 0;     // given up as explored already
  std::uint64_t events = 0;
  double seconds = 0;
  std::vector<Limit> limits;
  std::string reason;    // of inconclusive and bounded
  bool endless = false;  // inconclusive: an execution goes on beyond the limits
  bool strayed = false;  // Mode::replay: the program is not the one of the decisions
  Counterexample counterexample;
};

Result explore(const Program& program, const Options& options);

}  // namespace faultline::checker
