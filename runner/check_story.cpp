// check_story.cpp: JSON of an exploration; the shortest counterexample and what would prevent it.
#include "runner/check_story.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "checker/explain.hpp"
#include "checker/schedule.hpp"
#include "checker/text.hpp"

namespace faultline {

using Json = nlohmann::ordered_json;

namespace {

using checker::Mode;
using checker::Verdict;

constexpr double seconds_for_shorter = 5;

Json limits_json(const checker::Result& result) {
  Json limits = Json::array();
  for (const checker::Limit& limit : result.limits) {
    limits.push_back({{"name", limit.name}, {"value", limit.value}, {"reached", limit.reached}});
  }
  return limits;
}

Json reductions_json(const CheckPlan& plan, Mode mode) {
  Json list = Json::array();
  if (mode == Mode::exhaustive) {
    list = {"source-DPOR", "sleep sets", "commuting read-modify-writes"};
  }
  if (plan.prune) list.push_back("stale-read pruning");
  list.push_back("symmetry");
  return list;
}

// Why a bounded exploration is no proof, in words.
std::string reason_of(const checker::Result& result) {
  if (!result.reason.empty()) return result.reason;
  if (result.mode == Mode::random || result.mode == Mode::pct) return "a sample only";
  std::string reason;
  for (const checker::Limit& limit : result.limits) {
    if (!limit.reached) continue;
    if (!reason.empty()) reason += ", ";
    reason += limit.name == "preemptions"
                  ? fmt::format("up to {:g} preemptions", limit.value)
                  : fmt::format("stopped at {:g} {}", limit.value, limit.name);
  }
  return reason;
}

Json failure_json(const CheckPlan& plan, const CheckConfig& config, const checker::Result& result) {
  checker::Options options;
  options.mode = result.mode;
  options.rules.chances = config.cell->chances;
  options.rules.prune_stale = plan.prune;
  options.preemptions = plan.preemptions;
  options.seed = plan.seed;
  options.mutations = plan.weaker.empty() ? nullptr : &plan.weaker;
  const checker::Program program = config.cell->program(config.threads);
  checker::Counterexample found =
      checker::shortest(program, options, result.counterexample, seconds_for_shorter);
  found.missing_order = checker::missing_order(program, options, found, checker::seconds_for_order);
  const checker::ReplayString replay{
      config.cell->design, config.cell->placement,           config.cell->scenario, config.threads,
      plan.prune,          checker::fingerprint(found.rows), found.decisions};
  const auto optional_text = [](const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
  };
  return {{"kind", checker::failure_name(found.failure)},
          {"what", found.what},
          {"where", found.where.line() == 0
                        ? Json(nullptr)
                        : Json(fmt::format("{}:{}", checker::short_path(found.where.file_name()),
                                           found.where.line()))},
          {"missing_order", optional_text(found.missing_order)},
          {"schedule", checker::format(replay)},
          {"events", found.events},
          {"preemptions", found.preemptions < 0 ? Json(nullptr) : Json(found.preemptions)},
          {"trace", checker::as_text(found, config.threads)}};
}

}  // namespace

Json check_json(const CheckPlan& plan, const CheckConfig& config, const checker::Result& result) {
  const bool says_why =
      result.verdict == Verdict::bounded || result.verdict == Verdict::inconclusive;
  Json check = {{"verdict", checker::verdict_name(result.verdict)},
                {"mode", checker::mode_name(result.mode)},
                {"executions", result.executions},
                {"blocked", result.blocked},
                {"events", result.events},
                {"seconds", result.seconds},
                {"peak_memory_bytes", nullptr},
                {"limits", limits_json(result)},
                {"reductions", reductions_json(plan, result.mode)},
                {"reason", says_why ? Json(reason_of(result)) : Json(nullptr)},
                {"failure", nullptr}};
  if (result.verdict == Verdict::failed) check["failure"] = failure_json(plan, config, result);
  return check;
}

}  // namespace faultline
