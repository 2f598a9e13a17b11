// resume.cpp: rebuilds the plan from a result file.
#include "runner/resume.hpp"

#include <fmt/format.h>

#include "runner/cpus.hpp"
#include "runner/errors.hpp"
#include "runner/machine.hpp"
#include "runner/sha256.hpp"

namespace faultline {

using Json = nlohmann::ordered_json;

namespace {

Placement placement_of(const std::string& name) {
  for (const Placement one : {Placement::none, Placement::separate, Placement::embedded}) {
    if (name == placement_name(one)) return one;
  }
  throw Failure(exit_code::usage, "unknown placement " + name);
}

Config config_of(const Json& benchmark) {
  const Json& params = benchmark.at("params");
  Config config{};
  const std::string workload = params.at("workload");
  config.workload = find_workload(workload);
  config.cell = find_cell(params.at("design"), placement_of(params.at("placement")), workload);
  config.threads = params.at("threads");
  if (config.workload == nullptr || config.cell == nullptr) {
    throw Failure(exit_code::environment,
                  "this build does not know " + benchmark.at("id").get<std::string>());
  }
  for (const Param& param : config.workload->params) {
    config.params[param.name] = params.at(param.name);
  }
  return config;
}

Plan plan_of(const Json& header) {
  const Json& design = header.at("design");
  Plan plan;
  plan.design = {design.at("suite"),         design.at("rounds"),     design.at("trials"),
                 design.at("warmup_trials"), design.at("trial_s"),    design.at("warmup_s"),
                 design.at("check_s"),       design.at("deadline_s"), design.at("pin")};
  plan.seed = header.at("session").at("seed");
  for (const Json& benchmark : header.at("benchmarks")) {
    plan.configs.push_back(config_of(benchmark));
  }
  return plan;
}

void check_same_experiment(const Json& header, const std::string& path,
                           const std::string& trials_program) {
  const Json& built = header.at("subjects").at(0).at("build").at("binary_sha256");
  const auto binary = sha256_file(trials_program);
  if (!binary || built != *binary) {
    throw Failure(exit_code::environment,
                  fmt::format("--resume: {} was made by another build of faultline; build that "
                              "commit again, or start anew with -o",
                              path));
  }
  if (header.at("machine").at("id") != machine_json().at("id")) {
    throw Failure(
        exit_code::environment,
        fmt::format("--resume: {} was made on another machine; start anew with -o", path));
  }
}

}  // namespace

Resumed resume_from(const std::string& path, const std::string& trials_program) {
  Json header = read_result(path);
  try {
    Resumed resumed(path);
    check_same_experiment(header, path, trials_program);
    resumed.plan = plan_of(header);
    for (const Json& run : header.at("runs")) {
      resumed.file.add_run(run);
      resumed.done.emplace(run.at("round").get<int>(), run.at("bench").get<std::size_t>());
    }
    const std::size_t planned =
        resumed.plan.configs.size() * static_cast<std::size_t>(resumed.plan.design.rounds);
    resumed.complete = resumed.done.size() >= planned;
    header["session"]["ended"] = nullptr;
    header["session"]["complete"] = false;
    header["env"]["after"] = nullptr;
    header.erase("runs");
    resumed.header = std::move(header);
    return resumed;
  } catch (const Json::exception& error) {
    throw Failure(exit_code::usage, fmt::format("--resume: {} is damaged: {}; start anew with -o",
                                                path, error.what()));
  }
}

}  // namespace faultline
