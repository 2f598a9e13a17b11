// result_file.cpp: writing by rename, reading with checks.
#include "runner/result_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "runner/errors.hpp"

namespace faultline {

using Json = nlohmann::ordered_json;

namespace {

// Stand for runs and histograms while the header is turned into text: the keys at the outermost
// indent, so that no argument of the user's can look like them.
constexpr const char* runs_key = "\n \"runs\": ";
constexpr const char* runs_here = "\n \"runs\": null";
constexpr const char* hists_key = "\n \"hists\": ";
constexpr const char* hists_here = "\n \"hists\": null";

// A file name on the command line may be no UTF-8, JSON must be.
std::string text_of(const Json& json, int indent) {
  return json.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

std::string hist_name(std::size_t index) {
  return fmt::format("h{}", index);
}

// Calls with(hist) for the place of the histogram in each trial of a run that has one.
template <class With>
void for_each_hist(Json& run, const With& with) {
  if (!run.contains("trials") || !run["trials"].is_array()) return;
  for (Json& trial : run["trials"]) {
    if (!trial.contains("latency") || !trial["latency"].is_object()) continue;
    if (trial["latency"].contains("hist")) with(trial["latency"]["hist"]);
  }
}

// Puts the histograms back where add_run() found them.
void inline_hists(Json& json) {
  if (!json.contains("hists") || !json.contains("runs") || !json["runs"].is_array()) return;
  const Json& hists = json["hists"];
  for (Json& run : json["runs"]) {
    for_each_hist(run, [&hists](Json& hist) {
      if (!hist.is_string()) return;
      const std::string name = hist;
      if (hists.contains(name)) hist = Json(hists.at(name));
    });
  }
}

void write_all(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  std::FILE* file = std::fopen(fresh.c_str(), "w");
  bool good = file != nullptr;
  good = good && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  int error = good ? 0 : errno;
  if (file != nullptr && std::fclose(file) != 0 && good) {
    good = false;
    error = errno;
  }
  if (good && std::rename(fresh.c_str(), path.c_str()) != 0) {
    good = false;
    error = errno;
  }
  if (good) return;
  std::remove(fresh.c_str());
  throw Failure(exit_code::environment,
                fmt::format("-o: cannot write {}: {}; make room or choose another place", path,
                            std::strerror(error)));
}

}  // namespace

void ResultFile::add_run(Json run) {
  for_each_hist(run, [this](Json& hist) {
    if (!hist.is_object()) return;
    hists_.push_back(text_of(hist, -1));
    hist = hist_name(hists_.size() - 1);
  });
  runs_.push_back(text_of(run, -1));
}

void ResultFile::write(const Json& header) const {
  Json shell = header;
  shell["runs"] = nullptr;
  shell["hists"] = nullptr;
  std::string text = text_of(shell, 1) + "\n";
  std::string runs = std::string(runs_key) + "[";
  for (std::size_t i = 0; i < runs_.size(); ++i) runs += (i == 0 ? "\n  " : ",\n  ") + runs_[i];
  runs += runs_.empty() ? "]" : "\n ]";
  std::string hists = std::string(hists_key) + "{";
  for (std::size_t i = 0; i < hists_.size(); ++i) {
    hists += fmt::format("{}\n  \"{}\": {}", i == 0 ? "" : ",", hist_name(i), hists_[i]);
  }
  hists += hists_.empty() ? "}" : "\n }";
  text.replace(text.find(runs_here), std::strlen(runs_here), runs);
  text.replace(text.find(hists_here), std::strlen(hists_here), hists);
  write_all(path_, text);
}

Json read_result(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "r");
  if (file == nullptr) {
    throw Failure(exit_code::usage,
                  fmt::format("--resume: cannot read {}: {}; give the path of a result file", path,
                              std::strerror(errno)));
  }
  Json json = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  std::fclose(file);
  if (json.is_discarded() || !json.is_object() ||
      json.value("schema", Json()) != "faultline.result") {
    throw Failure(
        exit_code::usage,
        fmt::format(
            "--resume: {} is no faultline result; give a file that `faultline run -o` wrote",
            path));
  }
  const Json version_key = json.value("schema_version", Json());
  const std::string version = version_key.is_string() ? version_key.get<std::string>() : "";
  int major = 0;
  int minor = 0;
  if (std::sscanf(version.c_str(), "%d.%d", &major, &minor) != 2) {
    throw Failure(exit_code::usage,
                  fmt::format("--resume: {} is damaged: schema_version is '{}'; start anew with -o",
                              path, version));
  }
  if (major > schema_major) {
    throw Failure(
        exit_code::environment,
        fmt::format(
            "--resume: {} has schema version {}, this program knows {}.{}; update faultline", path,
            version, schema_major, schema_minor));
  }
  inline_hists(json);
  return json;
}

}  // namespace faultline
