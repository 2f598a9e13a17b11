// explore.cpp: one exploration in one mode. See explore.hpp.
#include "checker/explore.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "checker/exhaustive.hpp"

namespace faultline::checker {

namespace {

using Seconds = std::chrono::duration<double>;

// Takes the first decision off if it is that blind writes do not commute, and returns whether it
// was.
bool take_no_commuting(Decisions& decisions) {
  if (decisions.empty() || decisions.front().is_schedule) return false;
  decisions.erase(decisions.begin());
  return true;
}

std::unique_ptr<Strategy> strategy_of(const Options& options, Execution& execution) {
  Decisions replay = options.replay;

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
      execution.let_commute(!take_no_commuting(replay));
      return std::make_unique<Replay>(replay);
  }
  return nullptr;
}

// In front of the decisions of an execution in which blind writes do not commute; others begin with
// a thread.
constexpr Decision no_commuting{false, 1};

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
  if (!execution.commutes()) found.decisions.push_back(no_commuting);
  found.decisions.insert(found.decisions.end(), decisions.begin(), decisions.end());
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

  // In the last execution the order of blind writes showed, so executions in which they come in
  // another one are not the same: all over again, and every order of them.
  bool starts_over() {
    if (options.mode != Mode::exhaustive || !execution.commutes()) return false;
    if (!execution.blind_order_showed()) return false;
    execution.let_commute(false);
    result.executions = result.blocked = result.events = 0;
    return true;
  }
};

}  // namespace

Result explore(const Program& program, const Options& options) {
  Result result;
  result.mode = options.mode;
  Exploration exploration(program, options, result);
  std::unique_ptr<Strategy> strategy = strategy_of(options, exploration.execution);
  bool executions_reached = false;
  bool seconds_reached = false;
  bool decided = false;
  if (!exploration.execution.set_up()) {
    result.reason = exploration.execution.what();
    return result;
  }
  for (;;) {
    decided = !exploration.one(*strategy);
    if (decided) break;
    if (exploration.starts_over()) {
      strategy = strategy_of(options, exploration.execution);
      continue;
    }
    if (!strategy->next(exploration.execution)) break;
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
