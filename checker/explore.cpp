// explore.cpp: one exploration in one mode. See explore.hpp.
#include "checker/explore.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "checker/exhaustive.hpp"

namespace faultline::checker {

namespace {

using Seconds = std::chrono::duration<double>;

std::unique_ptr<Strategy> strategy_of(const Options& options) {
  switch (options.mode) {
    case Mode::exhaustive:
      return std::make_unique<Exhaustive>();
    case Mode::preemptions:
      return std::make_unique<Preemptions>(options.preemptions);
    case Mode::random:
      return std::make_unique<Random>(options.seed, 0, false);
    case Mode::pct:
      return std::make_unique<Random>(options.seed, options.priority_changes, true);
    case Mode::replay:
      return std::make_unique<Replay>(options.replay);
  }
  return nullptr;
}

// The failed execution once more, with its rows.
Counterexample repeat(Execution& execution, const Decisions& decisions) {
  Replay replay(decisions);
  execution.record(true);
  execution.run(replay);
  execution.record(false);
  Counterexample found;
  found.failure = execution.failure();
  found.what = execution.what();
  found.where = execution.where();
  found.decisions = decisions;
  found.rows = execution.rows();
  found.events = execution.events().size();
  return found;
}

struct Exploration {
  const Options& options;
  Result& result;
  Execution execution;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();

  Exploration(const Program& program, const Options& opts, Result& out)
      : options(opts), result(out), execution(program, opts.rules) {
    execution.mutate(options.mutations);
    execution.survey(options.survey);
  }

  double seconds() const { return Seconds(std::chrono::steady_clock::now() - began).count(); }

  // Returns false when it is over.
  bool one(Strategy& strategy) {
    const End end = execution.run(strategy);
    result.events += execution.events().size();
    switch (end) {
      case End::complete:
        ++result.executions;
        if (options.on_complete != nullptr) options.on_complete(options.context);
        return true;
      case End::redundant:
        ++result.blocked;
        return true;
      case End::failed:
        ++result.executions;
        result.verdict = Verdict::failed;
        result.counterexample = repeat(execution, strategy.decisions());
        return false;
      case End::too_long:
      case End::limit:
        result.verdict = Verdict::inconclusive;
        result.reason = execution.what();
        result.endless = true;
        if (end == End::too_long) {
          result.reason += fmt::format(
              "; more than {} steps: write the wait as P::await(), or make the scenario shorter",
              options.rules.steps_max);
        }
        return false;
    }
    return false;
  }
};

}  // namespace

Result explore(const Program& program, const Options& options) {
  Result result;
  result.mode = options.mode;
  Exploration exploration(program, options, result);
  const std::unique_ptr<Strategy> strategy = strategy_of(options);
  bool executions_reached = false;
  bool seconds_reached = false;
  bool decided = false;
  exploration.execution.set_up();
  if (exploration.execution.failure() != Failure::none) {
    result.reason = exploration.execution.what();
    return result;
  }
  for (;;) {
    decided = !exploration.one(*strategy);
    if (decided || !strategy->next(exploration.execution)) break;
    const std::uint64_t runs = result.executions + result.blocked;
    executions_reached = runs >= options.executions_max;
    seconds_reached =
        options.seconds_max != 0 && runs % 64 == 0 && exploration.seconds() > options.seconds_max;
    if (executions_reached || seconds_reached) break;
  }
  if (strategy->was_confused()) {
    decided = true;
    result.verdict = Verdict::inconclusive;
    result.reason =
        "two executions that begin alike went on differently; a scenario may use nothing but its "
        "struct and the platform";
  }
  result.seconds = exploration.seconds();
  const bool bounded = strategy->was_bounded();
  if (options.mode == Mode::preemptions) {
    result.limits.push_back({"preemptions", static_cast<double>(options.preemptions), bounded});
  }
  if (options.executions_max != ~std::uint64_t{0}) {
    result.limits.push_back(
        {"executions", static_cast<double>(options.executions_max), executions_reached});
  }
  if (options.seconds_max != 0) {
    result.limits.push_back({"seconds", options.seconds_max, seconds_reached});
  }
  if (const auto* replay = dynamic_cast<const Replay*>(strategy.get())) {
    result.strayed = replay->strayed();
  }
  if (decided) return result;
  const bool complete =
      !bounded && !executions_reached && !seconds_reached && options.mode != Mode::replay;
  result.verdict = complete ? Verdict::verified : Verdict::bounded;
  return result;
}

}  // namespace faultline::checker
