// header.cpp: session, design, subject, machine, kernel, environment, metrics, benchmarks.
#include "runner/header.hpp"

#include <fmt/format.h>
#include <time.h>

#include <nlohmann/json.hpp>
#include <random>

#include "platform/native.hpp"
#include "runner/build_info.hpp"
#include "runner/commit.hpp"
#include "runner/cpus.hpp"
#include "runner/environment.hpp"
#include "runner/kernel.hpp"
#include "runner/kernel/plan.hpp"
#include "runner/machine.hpp"
#include "runner/result_file.hpp"
#include "runner/sha256.hpp"

namespace faultline {

using Json = nlohmann::ordered_json;

namespace {

struct Commit {
  Json commit = nullptr;
  Json dirty = nullptr;
};

Commit commit_of_build() {
  std::string text = build_info::commit;
  const std::string mark = "-dirty";
  const bool dirty = text.size() > mark.size() && text.ends_with(mark);
  if (dirty) text.resize(text.size() - mark.size());
  if (text.size() != 40) return {};
  return {text, dirty};
}

Json session_json(const std::string& bench, std::uint64_t seed,
                  const std::vector<std::string>& argv, const Commit& commit) {
  const std::string started = utc_now();
  std::string id;
  for (const char c : started.substr(0, 19)) {
    if (c != '-' && c != ':') id += c;
  }
  id += fmt::format("Z-{:08x}", static_cast<unsigned>(std::random_device{}()));
  return {{"id", id},
          {"bench", bench},
          {"started", started},
          {"ended", nullptr},
          {"complete", false},
          {"argv", argv},
          {"seed", seed},
          {"tool",
           {{"name", "faultline"},
            {"version", build_info::version},
            {"commit", commit.commit},
            {"dirty", commit.dirty},
            {"gbench", build_info::gbench}}}};
}

Json design_json(const SessionDesign& design, bool of_kernel) {
  Json json = {{"kind", "interleaved"},
               {"suite", design.suite},
               {"rounds", design.rounds},
               {"trials", design.trials},
               {"warmup_trials", design.warmup_trials},
               {"trial_s", design.trial_s},
               {"warmup_s", design.warmup_s},
               {"check_s", design.check_s},
               {"deadline_s", design.deadline_s},
               {"pin", design.pin},
               {"stage", "screen"}};
  if (of_kernel) {  // nothing of it is checked or stood in for
    json["check_s"] = nullptr;
    json["trace"] = design.trace;
    json["stand_ins"] = Json::object();
    return json;
  }
  json["stand_ins"] = {
      {"on_cpu", "true unless the task sleeps in park()"},
      {"fatal_signal_pending", "never"},
      {"need_resched", fmt::format("spinning for more than {} us", Native::spin_slice_ns / 1000)}};
  return json;
}

Json subject_json(const Commit& commit, const std::string& trials_program) {
  Json vcs = nullptr;
  if (!commit.commit.is_null()) {
    vcs = {{"kind", "git"},
           {"commit", commit.commit},
           {"describe", build_info::commit},
           {"dirty", commit.dirty}};
  }
  const auto binary = sha256_file(trials_program);
  return {{"id", "build"},
          {"label", fmt::format("faultline {}", build_info::version)},
          {"role", "base"},
          {"vcs", vcs},
          {"build",
           {{"compiler", build_info::compiler},
            {"flags", build_info::flags},
            {"buildtype", build_info::buildtype},
            {"binary_sha256", binary ? Json(*binary) : Json(nullptr)}}}};
}

// Nobody tells how the running kernel was built.
Json running_kernel_json(const Json& kernel) {
  return {{"id", "kernel"},
          {"label", kernel["release"].is_null() ? Json("the running kernel") : kernel["release"]},
          {"role", "base"},
          {"vcs", nullptr},
          {"build",
           {{"compiler", "unknown"},
            {"flags", "unknown"},
            {"buildtype", "unknown"},
            {"binary_sha256", nullptr}}},
          {"kernel", kernel}};
}

void classify(Json& header) {
  const EnvironmentClass fitness =
      environment_class(header["env"], header["machine"], header["kernel"]);
  header["env"]["class"] = fitness.name;
  header["env"]["reasons"] = fitness.reasons;
}

}  // namespace

Json benchmark_json(const Config& config, int cpus) {
  const Cell& cell = *config.cell;
  Json params = {{"workload", cell.workload},
                 {"design", cell.design},
                 {"placement", placement_name(cell.placement)},
                 {"threads", config.threads}};
  for (const auto& [name, value] : config.params) params[name] = value;
  Json roles = Json::array();
  const auto threads = static_cast<unsigned>(config.threads);
  for (unsigned i = 0; i < threads; ++i) roles.push_back(cell.role(i, threads));
  const bool embedded = cell.placement == Placement::embedded;
  const DesignInfo& design = *find_design(cell.design);
  const bool yardstick = design.kind == DesignKind::yardstick;
  return {{"id", config.id()},
          {"family", cell.workload},
          {"unit", config.workload->unit},
          {"params", params},
          {"version", workload_version(*config.workload, config.params)},
          {"oversubscribed", config.threads > cpus},
          {"roles", roles},
          {"layout",
           {{"vma_bytes", yardstick ? Json(nullptr) : Json(cell.layout.vma_bytes)},
            {"lock_bytes", cell.layout.lock_bytes},
            {"lock_offset", embedded ? Json(cell.layout.lock_offset) : Json(nullptr)},
            {"free_policy", yardstick ? Json(nullptr) : Json(design.free_policy)}}}};
}

Json metrics_json() {
  return {
      {"throughput", {{"unit", "op/s"}, {"better", "higher"}, {"delta", 0.02}, {"agg", "median"}}},
      {"cpu_throughput",
       {{"unit", "op/CPU-s"}, {"better", "higher"}, {"delta", 0.02}, {"agg", "median"}}}};
}

std::string utc_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm utc{};
  gmtime_r(&now.tv_sec, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     now.tv_nsec / 1'000'000);
}

Json make_shell(const std::string& bench, const Json& design, std::uint64_t seed,
                const std::vector<std::string>& argv, const std::string& program) {
  const Commit commit = commit_of_build();
  Json header;
  header["schema"] = "faultline.result";
  header["schema_version"] = fmt::format("{}.{}", schema_major, schema_minor);
  header["session"] = session_json(bench, seed, argv, commit);
  header["design"] = design;
  header["subjects"] = Json::array({subject_json(commit, program)});
  header["machine"] = machine_json();
  header["kernel"] = kernel_json();
  header["env"] = {{"before", environment_json()}, {"after", nullptr}};
  classify(header);
  return header;
}

Json make_header(const Plan& plan, const std::vector<std::string>& argv,
                 const std::string& trials_program) {
  const int cpus = static_cast<int>(allowed_cpus().size());
  Json header = make_shell(plan.kernel ? "kernel" : "host", design_json(plan.design, plan.kernel),
                           plan.seed, argv, trials_program);
  if (plan.kernel) {
    header["session"]["tool"]["trials_sha256"] = header["subjects"][0]["build"]["binary_sha256"];
    header["subjects"] = Json::array({running_kernel_json(header["kernel"])});
  }
  header["metrics"] = metrics_json();
  header["benchmarks"] = Json::array();
  for (const Config& config : plan.configs) {
    header["benchmarks"].push_back(plan.kernel ? kernel::benchmark_json(config, cpus)
                                               : benchmark_json(config, cpus));
  }
  return header;
}

void end_header(Json& header, bool complete) {
  header["session"]["ended"] = utc_now();
  header["session"]["complete"] = complete;
  header["env"]["after"] = environment_json();
  classify(header);
}

}  // namespace faultline
