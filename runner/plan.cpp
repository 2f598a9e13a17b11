// plan.cpp: from options to configurations and their order.
#include "runner/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "runner/cpus.hpp"
#include "runner/errors.hpp"
#include "runner/kernel/catalog.hpp"
#include "runner/kernel/plan.hpp"
#include "runner/near_names.hpp"
#include "runner/params.hpp"

namespace faultline {

namespace {

// rounds, trials, warm-up trials, trial, warm-up and check seconds: research on what a run needs.
struct Suite {
  const char* name;
  int rounds;
  int trials;
  double trial_s;
  double warmup_s;
  double check_s;
};
constexpr Suite suites[] = {
    {"quick", 6, 1, 0.1, 0.03, 0.003},
    {"default", 12, 3, 0.3, 0.3, 0.005},
    {"rigorous", 20, 5, 0.5, 0.5, 0.01},
};

constexpr std::uint64_t seed_limit = std::uint64_t{1} << 53;  // exact in every JSON reader

const Suite& find_suite(const std::string& name) {
  for (const Suite& suite : suites) {
    if (name == suite.name) return suite;
  }
  throw Failure(exit_code::usage, "--suite: " + unknown_name("suite", name, suite_names()));
}

SessionDesign design_of(const RunOptions& options) {
  const Suite& suite = find_suite(options.suite);
  SessionDesign design{suite.name,    suite.rounds,   suite.trials,  1,
                       suite.trial_s, suite.warmup_s, suite.check_s, 0,
                       options.pin};
  if (options.rounds) design.rounds = *options.rounds;
  if (options.trials) design.trials = *options.trials;
  if (options.seconds) design.trial_s = *options.seconds;
  auto within = [](const char* option, double value, double least, double most) {
    if (value >= least && value <= most) return;
    throw Failure(exit_code::usage, fmt::format("{}: {} is out of range; choose {} to {}", option,
                                                value, least, most));
  };
  within("--rounds", design.rounds, 1, 10'000);
  within("--trials", design.trials, 1, 1'000);
  within("--seconds", design.trial_s, 0.001, 3600);
  design.trace = options.trace;
  if (options.kernel) design.check_s = 0;  // its lock is the kernel's to check
  if (options.ops) design.trial_s = design.warmup_s = 0;
  // How long a number of operations takes is not known.
  design.deadline_s = options.deadline.value_or(options.ops ? 120.0 : 15 + 5 * design.run_s());
  within("--deadline", design.deadline_s, 0.01, 1e6);
  return design;
}

template <class T, class Find>
std::vector<const T*> choose(const char* option, const char* what,
                             const std::vector<std::string>& names, const std::vector<T>& all,
                             Find find) {
  std::vector<const T*> chosen;
  for (const std::string& name : names) {
    const T* one = find(name);
    if (one == nullptr) {
      std::vector<std::string> known;
      for (const T& any : all) known.push_back(any.name);
      throw Failure(exit_code::usage,
                    fmt::format("{}: {}", option, unknown_name(what, name, known)));
    }
    if (std::find(chosen.begin(), chosen.end(), one) == chosen.end()) chosen.push_back(one);
  }
  if (names.empty()) {
    for (const T& one : all) chosen.push_back(&one);
  }
  return chosen;
}

struct Chosen {
  std::vector<const DesignInfo*> designs;
  std::vector<const WorkloadInfo*> workloads;
};

template <class T, class KindOf>
void keep(std::vector<const T*>& chosen, KindOf wanted) {
  chosen.erase(
      std::remove_if(chosen.begin(), chosen.end(), [&](const T* one) { return !wanted(*one); }),
      chosen.end());
}

// A name that has no partner of its kind among those of the other option.
void check_partners(const Chosen& chosen) {
  const auto complain = [](const char* option, const std::string& name, const std::string& others,
                           const std::vector<std::string>& partners) {
    throw Failure(exit_code::usage, fmt::format("{}: {} does not run with {}; it runs with {}",
                                                option, name, others, fmt::join(partners, ", ")));
  };
  std::vector<std::string> designs;
  std::vector<std::string> workloads;
  for (const DesignInfo* design : chosen.designs) designs.push_back(design->name);
  for (const WorkloadInfo* workload : chosen.workloads) workloads.emplace_back(workload->name);
  for (const WorkloadInfo* workload : chosen.workloads) {
    const DesignKind kind = kind_of(*workload);
    if (std::none_of(chosen.designs.begin(), chosen.designs.end(),
                     [kind](const DesignInfo* one) { return one->kind == kind; })) {
      complain("--workload", workload->name, fmt::format("{}", fmt::join(designs, ", ")),
               design_names(kind));
    }
  }
  for (const DesignInfo* design : chosen.designs) {
    if (std::none_of(chosen.workloads.begin(), chosen.workloads.end(),
                     [design](const WorkloadInfo* one) { return kind_of(*one) == design->kind; })) {
      complain("--design", design->name, fmt::format("{}", fmt::join(workloads, ", ")),
               workload_names(design->kind));
    }
  }
}

// A workload of real system calls takes no design.
void refuse_kernel_workloads(const std::vector<std::string>& names) {
  const std::vector<std::string> real = kernel::kernel_workload_names();
  for (const std::string& name : names) {
    if (find_workload(name) != nullptr) continue;
    if (std::find(real.begin(), real.end(), name) == real.end()) continue;
    throw Failure(exit_code::usage,
                  fmt::format("--workload: {} makes real system calls and takes no design; use "
                              "faultline kernel run --workload {}",
                              name, name));
  }
}

// Where only designs or only workloads are named: all others that run with them. Where neither is:
// the VMA locks.
Chosen choose_subjects(const RunOptions& options) {
  refuse_kernel_workloads(options.workloads);
  Chosen chosen{
      choose("--design", "design", options.designs, all_designs(), find_design),
      choose("--workload", "workload", options.workloads, all_workloads(), find_workload)};
  if (!options.designs.empty() && !options.workloads.empty()) {
    check_partners(chosen);
    return chosen;
  }
  const auto named = [&](DesignKind kind) {
    if (options.designs.empty() && options.workloads.empty()) return kind == DesignKind::vma;
    if (options.workloads.empty()) {
      return std::any_of(chosen.designs.begin(), chosen.designs.end(),
                         [kind](const DesignInfo* one) { return one->kind == kind; });
    }
    return std::any_of(chosen.workloads.begin(), chosen.workloads.end(),
                       [kind](const WorkloadInfo* one) { return kind_of(*one) == kind; });
  };
  const bool vma = named(DesignKind::vma);
  const bool yardstick = named(DesignKind::yardstick);
  const auto wanted = [&](DesignKind kind) { return kind == DesignKind::vma ? vma : yardstick; };
  keep(chosen.designs, [&](const DesignInfo& one) { return wanted(one.kind); });
  keep(chosen.workloads, [&](const WorkloadInfo& one) { return wanted(kind_of(one)); });
  return chosen;
}

std::vector<Placement> choose_placements(const RunOptions& options, const DesignInfo& design) {
  std::vector<Placement> chosen;
  auto add = [&](Placement placement) {
    if (std::find(chosen.begin(), chosen.end(), placement) == chosen.end()) {
      chosen.push_back(placement);
    }
  };
  for (const std::string& name : options.placements) {
    if (name != "kernel" && name != "separate" && name != "embedded") {
      throw Failure(
          exit_code::usage,
          "--placement: " + unknown_name("placement", name, {"kernel", "separate", "embedded"}));
    }
  }
  const bool kernel = options.placements.empty();
  for (const Placement placement : design.placements) {
    const bool first = placement == design.placements.front();
    for (const std::string& name : options.placements) {
      if (name == placement_name(placement) || (name == "kernel" && first)) add(placement);
    }
    // The control and the yardsticks have no lock in a VMA, so they take part in any case.
    if ((kernel && first) || placement == Placement::none) add(placement);
  }
  return chosen;
}

}  // namespace

double SessionDesign::run_s() const {
  const double start_up = 0.035;
  return start_up + warmup_trials * (warmup_s + check_s) + trials * (trial_s + check_s);
}

std::string Config::id() const {
  std::string id = workload->name;
  if (cell != nullptr) {
    id += fmt::format("/design={}/placement={}/threads={}", cell->design,
                      placement_name(cell->placement), threads);
  } else {
    id += fmt::format("/mode={}/threads={}", mode, threads);
    if (accel != "native") id += "/accel=" + accel;
    if (ops != 0) id += fmt::format("/ops={}", ops);
  }
  for (const Param& param : workload->params) {
    const std::uint64_t value = params.at(param.name);
    if (value != param.value) id += fmt::format("/{}={}", param.name, value);
  }
  return id;
}

std::vector<std::size_t> Plan::order(int round) const {
  std::vector<std::size_t> order(configs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(seed * 1'000'003 + static_cast<std::uint64_t>(round));
  // Fisher and Yates by hand: std::shuffle differs between standard libraries.
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(random() % i)]);
  }
  return order;
}

std::uint64_t Plan::run_seed(int round, std::size_t config) const {
  std::mt19937_64 random(seed + 0x9e3779b97f4a7c15u * (config + 1) +
                         static_cast<std::uint64_t>(round));
  return random() % seed_limit;
}

std::vector<std::string> suite_names() {
  std::vector<std::string> names;
  for (const Suite& suite : suites) names.emplace_back(suite.name);
  return names;
}

std::uint64_t checked_seed(std::int64_t seed) {
  if (seed >= 0 && static_cast<std::uint64_t>(seed) < seed_limit) {
    return static_cast<std::uint64_t>(seed);
  }
  throw Failure(exit_code::usage,
                fmt::format("--seed: {} is out of range; choose 0 to {}", seed, seed_limit - 1));
}

std::vector<Config> choose_configs(const RunOptions& options, const std::vector<int>& threads,
                                   const std::vector<std::string>& defaults) {
  const auto [designs, workloads] = choose_subjects(options);
  check_params(workloads, options.set);
  std::vector<std::string> set = defaults;
  set.insert(set.end(), options.set.begin(), options.set.end());
  std::vector<Config> configs;
  for (const WorkloadInfo* workload : workloads) {
    const ParamValues params = workload_params(*workload, set);
    for (const int n : threads) {
      for (const DesignInfo* design : designs) {
        if (design->kind != kind_of(*workload)) continue;
        for (const Placement placement : choose_placements(options, *design)) {
          Config config;
          config.cell = find_cell(design->name, placement, workload->name);
          config.workload = workload;
          config.threads = n;
          config.params = params;
          configs.push_back(std::move(config));
        }
      }
    }
  }
  return configs;
}

Plan make_plan(const RunOptions& options) {
  Plan plan;
  plan.design = design_of(options);
  const std::int64_t drawn = std::random_device{}();
  plan.seed = checked_seed(options.seed.value_or(drawn));
  const int cpus = static_cast<int>(allowed_cpus().size());
  const std::vector<int> threads = parse_threads(options.threads, cpus);
  plan.kernel = options.kernel;
  plan.configs =
      plan.kernel ? kernel::choose_configs(options, threads) : choose_configs(options, threads);
  for (const int n : threads) plan_cpus(options.pin, n);  // throws if that cannot be
  // A writer that waits for hundreds of preempted readers is slow, not hung.
  if (!options.deadline) plan.design.deadline_s += 0.2 * threads.back();
  return plan;
}

}  // namespace faultline
