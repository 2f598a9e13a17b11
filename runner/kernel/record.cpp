// record.cpp: JSON of kernel trials, with the fields of a record of faultline-trials.
#include "runner/kernel/record.hpp"

#include "runner/canary.hpp"
#include "runner/exit_codes.hpp"

namespace faultline::kernel {

using Json = nlohmann::ordered_json;

Json kernel_trial_json(const KernelTrialResult& result, bool warmup) {
  Json json;
  json["warmup"] = warmup;
  json["s"] = result.seconds;
  json["ops"] = result.ops;
  json["thread_ops"] = result.thread_ops;
  json["cpu_s"] = result.cpu_seconds;
  json["overlap"] = result.overlap;
  json["counters"] = {{"minor_faults", result.minor_faults},
                      {"major_faults", result.major_faults},
                      {"voluntary_switches", result.voluntary_switches},
                      {"involuntary_switches", result.involuntary_switches},
                      {"zap_ns", result.zap_ns}};
  for (const auto& [name, value] : result.counters.items()) json["counters"][name] = value;
  json["secondary"] = Json::object();
  for (const auto& [role, ops] : result.secondary) json["secondary"][role] = ops;
  json["checks"] = nullptr;
  json["vmas"] = result.vmas;
  json["lock_offset"] = nullptr;
  if (!warmup) json["latency"] = {{"clock_ns", result.clock_ns}, {"hist", result.latency.json()}};
  return json;
}

KernelRecord::KernelRecord() : canary_before_(canary_ns()) {}

void KernelRecord::add(const KernelTrialResult& result, bool warmup) {
  trials_.push_back(kernel_trial_json(result, warmup));
  cpus_seen_ = result.cpus_seen;
  // A warm-up may be too short for every thread to get its turn.
  const bool counts = !warmup || (result.failure_kind != "silent_thread" &&  //
                                  result.failure_kind != "zero_ops");
  if (result.failure_kind.empty() || !counts || failed()) return;
  failure_ = {{"kind", result.failure_kind}, {"message", result.failure}, {"dump", nullptr}};
}

void KernelRecord::add_traced(const KernelTrialResult& result) {
  if (!result.failure_kind.empty()) {
    failure_ = {{"kind", result.failure_kind},
                {"message", "with tracepoints: " + result.failure},
                {"dump", nullptr}};
    return;
  }
  traced_ = {{"s", result.seconds}, {"ops", result.ops}};
  traced_.update(result.traced);
}

int KernelRecord::exit_code() const {
  return failed() ? faultline::exit_code::environment : faultline::exit_code::ok;
}

std::string KernelRecord::text() const {
  const Json json = {{"trials", trials_},
                     {"cpus_seen", cpus_seen_},
                     {"canary_ns", {canary_before_, canary_ns()}},
                     {"failure", failure_},
                     {"traced", traced_}};
  return json.dump();
}

}  // namespace faultline::kernel
