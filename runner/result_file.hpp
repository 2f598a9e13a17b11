// result_file.hpp: the result of a session on disk: whole and valid after every run, whatever kills
// the program in between.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace faultline {

inline constexpr int schema_major = 1;
inline constexpr int schema_minor = 5;

class ResultFile {
 public:
  explicit ResultFile(std::string path) : path_(std::move(path)) {}

  // Replaces the file by header and runs: written beside it, then renamed over it. Throws
  // Failure(environment); what was there before is untouched then.
  void write(const nlohmann::ordered_json& header) const;
  // Adds a run for the next write(). The histograms of its trials go where the schema has them:
  // under `hists`, with a name in their place.
  void add_run(nlohmann::ordered_json run);
  const std::string& path() const { return path_; }
  std::size_t runs() const { return runs_.size(); }

 private:
  std::string path_;
  std::vector<std::string> runs_;   // each one line of JSON
  std::vector<std::string> hists_;  // likewise: [i] is named h<i>
};

// A file of an earlier session, its histograms back in the trials. Throws Failure: usage when it
// cannot be read or is none, environment when its schema is newer than this program.
nlohmann::ordered_json read_result(const std::string& path);

}  // namespace faultline
