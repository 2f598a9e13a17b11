// record.hpp: the trials of one run of faultline-kernel-trials as JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "runner/kernel/trial.hpp"

namespace faultline::kernel {

nlohmann::ordered_json kernel_trial_json(const KernelTrialResult& result, bool warmup);

class KernelRecord {
 public:
  KernelRecord();
  void add(const KernelTrialResult& result, bool warmup);
  // A trial with tracepoints: what they counted, and in how many operations. Its speed is none.
  void add_traced(const KernelTrialResult& result);
  [[nodiscard]] bool failed() const { return !failure_.is_null(); }
  // ok, or `environment` for a failed trial.
  [[nodiscard]] int exit_code() const;
  // Measures the second canary and gives everything.
  [[nodiscard]] std::string text() const;

 private:
  nlohmann::ordered_json trials_ = nlohmann::ordered_json::array();
  nlohmann::ordered_json cpus_seen_ = nullptr;
  nlohmann::ordered_json failure_ = nullptr;
  nlohmann::ordered_json traced_ = nullptr;
  std::uint64_t canary_before_;
};

}  // namespace faultline::kernel
