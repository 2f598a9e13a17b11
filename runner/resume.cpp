// resume.cpp: rebuilds the plan from a result file.
#include "runner/resume.hpp"

#include <fmt/format.h>

#include "runner/cpus.hpp"
#include "runner/errors.hpp"
#include "runner/kernel.hpp"
#include "runner/kernel/catalog.hpp"
#include "runner/machine.hpp"
#include "runner/session.hpp"
#include "runner/sha256.hpp"

namespace faultline {

using Json = nlohmann::ordered_json;

namespace {

// What the file says cannot be.
class Damage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

Placement placement_of(const std::string& name) {
  for (const Placement one : {Placement::none, Placement::separate, Placement::embedded}) {
    if (name == placement_name(one)) return one;
  }
  return Placement::none;  // the control's and the yardsticks': with others there is no such cell
}

// Sets workload and cell, or mode and catalog entry; leaves them null where there is no such thing.
void find_subject(const Json& params, bool of_kernel, Config& config) {
  const std::string workload = params.at("workload");
  if (!of_kernel) {
    config.workload = find_workload(workload);
    config.cell = find_cell(params.at("design"), placement_of(params.at("placement")), workload);
    return;
  }
  config.mode = params.at("design");
  config.accel = params.at("accel");
  if (params.contains("ops")) config.ops = params.at("ops");
  for (const kernel::CatalogEntry& entry : kernel::all_kernel_workloads()) {
    if (workload == entry.info.name) config.kernel = &entry;
  }
  if (config.kernel != nullptr) config.workload = &config.kernel->info;
}

Config config_of(const Json& benchmark, bool of_kernel) {
  const Json& params = benchmark.at("params");
  Config config{};
  find_subject(params, of_kernel, config);
  config.threads = params.at("threads");
  const bool known_mode =
      config.accel == "native" && (config.mode == "threads" || config.mode == "processes");
  if (config.workload == nullptr || (of_kernel ? !known_mode : config.cell == nullptr)) {
    throw Damage("no such benchmark: " + benchmark.at("id").get<std::string>());
  }
  if (config.threads < 1 || config.threads > threads_max) throw Damage("threads out of range");
  for (const Param& param : config.workload->params) {
    const std::uint64_t value = params.at(param.name);
    if (value < param.least || value > param.most) {
      throw Damage(std::string(param.name) + " out of range");
    }
    config.params[param.name] = value;
  }
  return config;
}

Plan plan_of(const Json& header) {
  const Json& design = header.at("design");
  const bool of_kernel = header.at("session").at("bench") == "kernel";
  Plan plan;
  plan.design = {design.at("suite"),
                 design.at("rounds"),
                 design.at("trials"),
                 design.at("warmup_trials"),
                 design.at("trial_s"),
                 design.at("warmup_s"),
                 of_kernel ? Json(0) : design.at("check_s"),
                 design.at("deadline_s"),
                 design.at("pin")};
  if (plan.design.rounds < 1) throw Damage("rounds out of range");
  plan.kernel = of_kernel;
  plan.design.trace = of_kernel && design.at("trace");
  plan.seed = header.at("session").at("seed");
  for (const Json& benchmark : header.at("benchmarks")) {
    plan.configs.push_back(config_of(benchmark, plan.kernel));
  }
  return plan;
}

// Adds the runs of the file.
void take_runs(const Json& runs, Resumed& resumed) {
  for (const Json& run : runs) {
    const int round = run.at("round");
    const int bench = run.at("bench");
    const bool planned = round >= 0 && round < resumed.plan.design.rounds && bench >= 0 &&
                         static_cast<std::size_t>(bench) < resumed.plan.configs.size();
    if (!planned || !resumed.done.emplace(round, bench).second) {
      throw Damage(fmt::format("run of benchmark {} in round {} is not planned, or there twice",
                               bench, round));
    }
    resumed.file.add_run(run);
  }
}

void check_same_experiment(const Json& header, const std::string& path,
                           const std::string& program) {
  const Json& built = header.at("session").at("bench") == "kernel"
                          ? header.at("session").at("tool").at("trials_sha256")
                          : header.at("subjects").at(0).at("build").at("binary_sha256");
  const auto binary = sha256_file(program);
  if (!binary || built != *binary) {
    throw Failure(exit_code::environment,
                  fmt::format("--resume: {} was made by another build of faultline; build that "
                              "commit again, or start anew with -o",
                              path));
  }
  if (header.at("session").at("bench") == "kernel" &&
      header.at("kernel").at("release") != kernel_json().at("release")) {
    throw Failure(exit_code::environment,
                  fmt::format("--resume: {} was made on another kernel; start anew with -o", path));
  }
  if (header.at("machine").at("id") != machine_json().at("id")) {
    throw Failure(
        exit_code::environment,
        fmt::format("--resume: {} was made on another machine; start anew with -o", path));
  }
}

std::string minor_warning(const Json& header, const std::string& path) {
  const std::string version = header.at("schema_version");
  const std::string ours = fmt::format("{}.{}", schema_major, schema_minor);
  const int minor = std::stoi(version.substr(version.find('.') + 1));
  if (minor <= schema_minor) return "";
  return fmt::format(
      "--resume: {} has schema version {}, this program knows {}; what it does not know stays as "
      "it is",
      path, version, ours);
}

Failure damaged(const std::string& path, const std::string& why) {
  return {exit_code::usage,
          fmt::format("--resume: {} is damaged: {}; start anew with -o", path, why)};
}

}  // namespace

Resumed resume_from(const std::string& path) {
  Json header = read_result(path);
  try {
    Resumed resumed(path);
    const std::string bench = header.at("session").at("bench");
    if (bench != "host" && bench != "kernel") throw Damage("no session of runs: bench " + bench);
    check_same_experiment(header, path, trials_program(bench == "kernel"));
    resumed.plan = plan_of(header);
    resumed.warning = minor_warning(header, path);
    take_runs(header.at("runs"), resumed);
    const std::size_t planned =
        resumed.plan.configs.size() * static_cast<std::size_t>(resumed.plan.design.rounds);
    // Killed behind its last run, a session still has its end to write.
    resumed.complete =
        resumed.done.size() == planned && header.at("session").at("complete").get<bool>();
    header.at("session").at("ended") = nullptr;
    header.at("session").at("complete") = false;
    header.at("env").at("after") = nullptr;
    for (const char* key : {"before", "class", "reasons"}) header.at("env").at(key);
    header.at("kernel").at("config");
    header.erase("runs");
    resumed.header = std::move(header);
    return resumed;
  } catch (const Json::exception& error) {
    throw damaged(path, error.what());
  } catch (const Damage& error) {
    throw damaged(path, error.what());
  }
}

}  // namespace faultline
