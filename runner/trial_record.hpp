// trial_record.hpp: the trials of one process as JSON, from the child to `faultline run`.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "runner/trial.hpp"

namespace faultline {

nlohmann::ordered_json trial_json(const TrialResult& result, bool warmup);

class TrialRecord {
 public:
  TrialRecord();
  ~TrialRecord();
  TrialRecord(const TrialRecord&) = delete;
  TrialRecord& operator=(const TrialRecord&) = delete;

  void add(const TrialResult& result, bool warmup);
  // ok, or `found` when a lock failed its check, or `environment` for any other failed trial.
  int exit_code() const;
  // Measures the second canary and writes everything to the file descriptor.
  void write(int fd);

 private:
  struct Content;
  std::unique_ptr<Content> content_;
};

}  // namespace faultline
