// trial_record.cpp: JSON of trials.
#include "runner/trial_record.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "runner/canary.hpp"
#include "runner/exit_codes.hpp"

namespace faultline {

using Json = nlohmann::ordered_json;

struct TrialRecord::Content {
  Json trials = Json::array();
  Json cpus_seen = nullptr;
  Json failure = nullptr;
  std::uint64_t canary_before = 0;
};

Json trial_json(const TrialResult& result, bool warmup) {
  Json json;
  json["warmup"] = warmup;
  json["s"] = result.seconds;
  json["ops"] = result.ops;
  json["thread_ops"] = result.thread_ops;
  json["cpu_s"] = result.cpu_seconds;
  json["overlap"] = result.overlap;
  const auto of_mm = [&result](std::uint64_t value) {
    return result.address_space ? Json(value) : Json(nullptr);
  };
  json["counters"] = {{"vma_lock_success", of_mm(result.vma_lock.success)},
                      {"vma_lock_abort", of_mm(result.vma_lock.abort)},
                      {"vma_lock_retry", of_mm(result.vma_lock.retry)},
                      {"vma_lock_miss", of_mm(result.vma_lock.miss)},
                      {"parks", result.parks},
                      {"wakes", result.wakes}};
  json["secondary"] = Json::object();
  for (const auto& [role, ops] : result.secondary) json["secondary"][role] = ops;
  json["checks"] = {{"pairs", result.pairs}, {"writer_sections", result.writer_sections}};
  json["vmas"] = of_mm(result.vmas);
  json["lock_offset"] = result.lock_offset;
  if (!warmup) json["latency"] = {{"clock_ns", result.clock_ns}, {"hist", result.latency.json()}};
  return json;
}

TrialRecord::TrialRecord() : content_(std::make_unique<Content>()) {
  content_->canary_before = canary_ns();
}

TrialRecord::~TrialRecord() = default;

void TrialRecord::add(const TrialResult& result, bool warmup) {
  content_->trials.push_back(trial_json(result, warmup));
  content_->cpus_seen = result.cpus_seen;
  // A warm-up is too short to be blamed for an idle thread, but a lock must hold in it as well.
  const bool counts =
      !warmup || result.failure_kind == "lock" || result.failure_kind == "environment";
  if (!result.failure.empty() && counts && content_->failure.is_null()) {
    content_->failure = {
        {"kind", result.failure_kind}, {"message", result.failure}, {"dump", nullptr}};
  }
}

int TrialRecord::exit_code() const {
  if (content_->failure.is_null()) return exit_code::ok;
  return content_->failure["kind"] == "lock" ? exit_code::found : exit_code::environment;
}

void TrialRecord::write(int fd) {
  const Json json = {{"trials", content_->trials},
                     {"cpus_seen", content_->cpus_seen},
                     {"canary_ns", {content_->canary_before, canary_ns()}},
                     {"failure", content_->failure}};
  const std::string text = json.dump();
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n <= 0) return;  // the parent has gone; it will find the record cut short
    done += static_cast<std::size_t>(n);
  }
}

}  // namespace faultline
