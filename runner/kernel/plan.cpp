// plan.cpp: from options to configurations of kernel workloads.
#include "runner/kernel/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runner/errors.hpp"
#include "runner/kernel/catalog.hpp"
#include "runner/near_names.hpp"
#include "runner/params.hpp"

namespace faultline::kernel {

using Json = nlohmann::ordered_json;

namespace {

const std::vector<std::string> modes = {"threads", "processes"};

std::vector<const CatalogEntry*> choose_workloads(const std::vector<std::string>& names) {
  std::vector<const CatalogEntry*> chosen;
  for (const std::string& name : names.empty() ? kernel_workload_names() : names) {
    const bool modelled = find_workload(name) != nullptr;
    const std::vector<std::string> known = kernel_workload_names();
    if (modelled && std::find(known.begin(), known.end(), name) == known.end()) {
      throw Failure(exit_code::usage,
                    fmt::format("--workload: {} is a workload of the modelled address space; run "
                                "it with faultline run",
                                name));
    }
    const CatalogEntry* entry = &find_kernel_workload(name);
    if (std::find(chosen.begin(), chosen.end(), entry) == chosen.end()) chosen.push_back(entry);
  }
  return chosen;
}

std::vector<std::string> choose_modes(const std::vector<std::string>& names) {
  std::vector<std::string> chosen;
  for (const std::string& name : names.empty() ? modes : names) {
    if (std::find(modes.begin(), modes.end(), name) == modes.end()) {
      throw Failure(exit_code::usage, "--mode: " + unknown_name("mode", name, modes));
    }
    if (std::find(chosen.begin(), chosen.end(), name) == chosen.end()) chosen.push_back(name);
  }
  return chosen;
}

std::uint64_t checked_ops(std::uint64_t ops) {
  constexpr std::uint64_t most = 1'000'000'000;
  if (ops >= 1 && ops <= most) return ops;
  throw Failure(exit_code::usage,
                fmt::format("--ops: {} is out of range; choose 1 to {}", ops, most));
}

}  // namespace

std::vector<Config> choose_configs(const RunOptions& options, const std::vector<int>& threads) {
  const std::vector<const CatalogEntry*> workloads = choose_workloads(options.workloads);
  const std::vector<std::string> in_modes = choose_modes(options.modes);
  const std::uint64_t ops = options.ops ? checked_ops(*options.ops) : 0;
  std::vector<const WorkloadInfo*> infos;
  infos.reserve(workloads.size());
  for (const CatalogEntry* entry : workloads) infos.push_back(&entry->info);
  check_params(infos, options.set);
  std::vector<Config> configs;
  for (const CatalogEntry* entry : workloads) {
    const ParamValues params = workload_params(entry->info, options.set);
    for (const int n : threads) {
      for (const std::string& mode : in_modes) {
        Config config;
        config.workload = &entry->info;
        config.kernel = entry;
        config.threads = n;
        config.params = params;
        config.mode = mode;
        config.ops = ops;
        configs.push_back(config);
      }
    }
  }
  return configs;
}

std::vector<std::string> trials_args(const SessionDesign& design, const Config& config,
                                     const std::vector<int>& cpus, std::uint64_t seed) {
  std::vector<std::string> args = {
      fmt::format("--workload={}", config.workload->name),
      fmt::format("--mode={}", config.mode),
      fmt::format("--threads={}", config.threads),
      fmt::format("--trials={}", design.trials),
      fmt::format("--warmup-trials={}", design.warmup_trials),
      fmt::format("--deadline={}", design.deadline_s),
      fmt::format("--seed={}", seed),
  };
  if (config.ops != 0) {
    args.push_back(fmt::format("--ops={}", config.ops));
  } else {
    args.push_back(fmt::format("--seconds={}", design.trial_s));
    args.push_back(fmt::format("--warmup-seconds={}", design.warmup_s));
  }
  args.push_back(cpus.empty() ? "--pin=none" : fmt::format("--cpus={}", fmt::join(cpus, ",")));
  if (design.trace) args.emplace_back("--trace");
  for (const auto& [name, value] : config.params) {
    args.push_back(fmt::format("--set={}={}", name, value));
  }
  return args;
}

Json benchmark_json(const Config& config, int cpus) {
  // The design is how threads share: that is what a report compares within one kernel.
  Json params = {{"workload", config.workload->name},
                 {"design", config.mode},
                 {"placement", "none"},
                 {"threads", config.threads},
                 {"accel", config.accel}};
  ParamValues versioned = config.params;
  if (config.ops != 0) {
    params["ops"] = config.ops;
    versioned["ops"] = config.ops;
  }
  for (const auto& [name, value] : config.params) params[name] = value;
  Json roles = Json::array();
  const auto threads = static_cast<unsigned>(config.threads);
  for (unsigned i = 0; i < threads; ++i) roles.push_back(config.kernel->role(i, threads));
  return {{"id", config.id()},
          {"family", config.workload->name},
          {"unit", config.workload->unit},
          {"params", params},
          {"version", workload_version(*config.workload, versioned)},
          {"oversubscribed", config.threads > cpus},
          {"roles", roles},
          {"layout", nullptr}};
}

}  // namespace faultline::kernel
