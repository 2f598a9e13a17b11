// resume.hpp: takes up a session where an earlier one ended.
#pragma once

#include <nlohmann/json.hpp>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "runner/plan.hpp"
#include "runner/result_file.hpp"

namespace faultline {

struct Resumed {
  explicit Resumed(const std::string& path) : file(path) {}

  Plan plan;
  nlohmann::ordered_json header;               // as in the file, marked as running again
  ResultFile file;                             // holds the runs of the file
  std::set<std::pair<int, std::size_t>> done;  // (round, index of the configuration)
  bool complete = false;
  std::string warning;  // one line, or empty
};

// Throws Failure: as read_result(), usage when the file is damaged, environment when it was made by
// another build or on another machine, so that its runs and ours are not the same experiment.
Resumed resume_from(const std::string& path);

}  // namespace faultline
