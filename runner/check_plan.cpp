// check_plan.cpp: names and numbers of the command line turned into explorations.
#include "runner/check_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "runner/errors.hpp"
#include "runner/near_names.hpp"

namespace faultline {

namespace {

using checker::Mode;

template <class Value>
void add_new(std::vector<std::string>& names, const Value& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

void check_names(const std::vector<std::string>& wanted, const std::vector<std::string>& known,
                 const char* what) {
  for (const std::string& name : wanted) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw Failure(exit_code::usage,
                    fmt::format("--{}: {}", what, unknown_name(what, name, known)));
    }
  }
}

bool selected(const std::vector<std::string>& wanted, const std::string& name) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

// The first placement of a design in the list is the one of its kernel.
bool placement_selected(const std::vector<std::string>& wanted, const ScenarioCell& cell) {
  const auto first =
      std::find_if(all_scenarios().begin(), all_scenarios().end(),
                   [&cell](const ScenarioCell& other) { return other.design == cell.design; });
  const bool kernel = first->placement == cell.placement;
  if (wanted.empty()) return kernel;
  return selected(wanted, cell.placement) || (kernel && selected(wanted, "kernel")) ||
         cell.placement == "none";
}

// The numbers of threads that a scenario is explored with.
std::vector<unsigned> threads_of(const CheckOptions& options, const ScenarioCell& cell) {
  if (options.threads.empty()) {
    return options.quick ? std::vector<unsigned>{cell.threads.front()} : cell.threads;
  }
  std::vector<unsigned> chosen;
  for (const int wanted : options.threads) {
    const auto n = static_cast<unsigned>(wanted);
    const bool listed =
        std::find(cell.threads.begin(), cell.threads.end(), n) != cell.threads.end();
    // A scenario that takes different numbers takes more as well.
    if (listed || (cell.threads.size() > 1 && n > cell.threads.back())) chosen.push_back(n);
  }
  return chosen;
}

Mode mode_named(const std::string& name) {
  const std::vector<std::string> names = {"auto", "exhaustive", "preemptions", "random", "pct"};
  if (name == "auto" || name == "exhaustive") return Mode::exhaustive;
  if (name == "preemptions") return Mode::preemptions;
  if (name == "random") return Mode::random;
  if (name == "pct") return Mode::pct;
  throw Failure(exit_code::usage, "--mode: " + unknown_name("mode", name, names));
}

void check_numbers(const CheckOptions& options) {
  for (const int n : options.threads) {
    if (n < 1 || n > static_cast<int>(checker::threads_max)) {
      throw Failure(exit_code::usage, fmt::format("--threads {}: an execution has 1 to {} threads",
                                                  n, checker::threads_max));
    }
  }
  if (options.preemptions && (*options.preemptions < 0 || *options.preemptions > 3)) {
    throw Failure(exit_code::usage,
                  fmt::format("--preemptions {}: give 0, 1, 2 or 3", *options.preemptions));
  }
  if (options.preemptions && options.mode != "auto" && options.mode != "preemptions") {
    throw Failure(exit_code::usage,
                  "--preemptions is a bound of --mode preemptions; leave one of them out");
  }
  if (options.seconds && !(*options.seconds > 0 && *options.seconds <= 86400)) {
    throw Failure(exit_code::usage,
                  fmt::format("--seconds {:g}: give more than 0, at most 86400", *options.seconds));
  }
  if (options.jobs && (*options.jobs < 1 || *options.jobs > 1024)) {
    throw Failure(exit_code::usage, fmt::format("--jobs {}: give 1 to 1024", *options.jobs));
  }
  if (options.seed && *options.seed < 0) {
    throw Failure(exit_code::usage, fmt::format("--seed {}: give 0 or more", *options.seed));
  }
}

}  // namespace

std::string CheckConfig::name() const {
  return fmt::format("check/{}/{}/{}/{}", cell->design, cell->placement, cell->scenario, threads);
}

// Where there was an order there is none; a fence is gone.
checker::Mutations weaker_places(const std::vector<std::string>& places) {
  checker::Mutations changes;
  for (const std::string& place : places) {
    const std::size_t colon = place.rfind(':');
    unsigned line = 0;
    const char* end = place.data() + place.size();
    const bool good = colon != std::string::npos && colon != 0 &&
                      std::from_chars(place.data() + colon + 1, end, line).ptr == end && line != 0;
    if (!good) {
      throw Failure(
          exit_code::usage,
          fmt::format("--weaken {}: give FILE:LINE, such as lockimpls/vma_refcount.hpp:87", place));
    }
    changes.push_back({{checker::short_path(place.substr(0, colon).c_str()), line, 0},
                       false,
                       checker::Mo::relaxed});
  }
  return changes;
}

CheckPlan make_check_plan(const CheckOptions& options) {
  check_numbers(options);
  CheckPlan plan;
  plan.mode = options.preemptions ? Mode::preemptions : mode_named(options.mode);
  plan.automatic = options.mode == "auto" && !options.preemptions;
  plan.preemptions = static_cast<unsigned>(options.preemptions.value_or(options.quick ? 2 : 3));
  const bool sampled = plan.mode == Mode::random || plan.mode == Mode::pct;
  plan.seconds = options.seconds.value_or(options.quick ? 5 : sampled ? 10 : 15);
  plan.seed = static_cast<std::uint64_t>(options.seed.value_or(1));
  const unsigned cpus = std::max(1u, std::thread::hardware_concurrency());
  plan.jobs = options.jobs ? static_cast<unsigned>(*options.jobs) : cpus;
  plan.quick = options.quick;
  plan.prune = !options.no_prune;
  plan.weaker = weaker_places(options.weaken);

  std::vector<std::string> designs;
  std::vector<std::string> scenarios;
  for (const ScenarioCell& cell : all_scenarios()) {
    add_new(designs, cell.design);
    add_new(scenarios, cell.scenario);
  }
  check_names(options.designs, designs, "design");
  check_names(options.scenarios, scenarios, "scenario");
  check_names(options.placements, {"kernel", "separate", "embedded"}, "placement");
  for (const ScenarioCell& cell : all_scenarios()) {
    if (!selected(options.designs, cell.design) || !selected(options.scenarios, cell.scenario) ||
        !placement_selected(options.placements, cell)) {
      continue;
    }
    for (const unsigned threads : threads_of(options, cell))
      plan.configs.push_back({&cell, threads});
  }
  if (plan.configs.empty()) {
    throw Failure(exit_code::nothing,
                  "no scenario is left for these designs, placements and threads; see: "
                  "faultline list scenarios --long");
  }
  return plan;
}

namespace {

// With a bound of 1, 2, ... preemptions, as far as the time goes.
checker::Result by_bounds(const CheckPlan& plan, const CheckConfig& config,
                          checker::Options options) {
  options.mode = Mode::preemptions;
  checker::Result best;
  double left = plan.seconds;
  for (unsigned bound = 1; bound <= plan.preemptions; ++bound) {
    options.preemptions = bound;
    options.seconds_max = left;
    checker::Result result = explore(config.cell->program(config.threads), options);
    left -= result.seconds;
    const bool finished = !result.limits.back().reached;
    if (bound == 1 || finished || result.verdict != checker::Verdict::bounded) best = result;
    if (!finished || left <= 0 || result.verdict != checker::Verdict::bounded) break;
  }
  return best;
}

checker::Result explore_with(const CheckPlan& plan, const CheckConfig& config,
                             checker::Options options) {
  const checker::Program program = config.cell->program(config.threads);
  if (!plan.automatic) return explore(program, options);
  // Whole designs with three threads are beyond an exhaustive search.
  if (!config.cell->whole_design || config.threads <= 2) {
    if (config.threads > 2) options.seconds_max = std::min(plan.seconds, 4.0);
    const checker::Result result = explore(program, options);
    if (result.verdict != checker::Verdict::bounded) return result;
  }
  return by_bounds(plan, config, options);
}

bool came_to(const checker::Survey& survey, const checker::Mutations& places) {
  const auto is_weaker = [&places](const checker::Surveyed& one) {
    return std::any_of(places.begin(), places.end(), [&one](const checker::Mutation& change) {
      return change.place.line == one.place.line && change.place.file == one.place.file;
    });
  };
  return std::any_of(survey.all().begin(), survey.all().end(), is_weaker);
}

}  // namespace

checker::Result explore_config(const CheckPlan& plan, const CheckConfig& config, bool& weakened) {
  checker::Options options;
  checker::Survey survey;
  options.mode = plan.mode;
  options.rules.chances = config.cell->chances;
  options.rules.prune_stale = plan.prune;
  options.preemptions = plan.preemptions;
  options.seconds_max = plan.seconds;
  options.seed = plan.seed;
  options.mutations = plan.weaker.empty() ? nullptr : &plan.weaker;
  options.survey = plan.weaker.empty() ? nullptr : &survey;
  const checker::Result result = explore_with(plan, config, options);
  weakened = came_to(survey, plan.weaker);
  return result;
}

}  // namespace faultline
