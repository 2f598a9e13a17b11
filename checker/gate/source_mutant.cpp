// source_mutant.cpp: the table of source mutants and their outcomes. See source_mutant.hpp.
#include "checker/gate/source_mutant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "checker/gate/failure.hpp"

namespace faultline::gate {

namespace {

using nlohmann::json;

json parse(const std::string& name, const std::string& text, const char* cure) {
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_array()) return parsed;
  throw Failure(exit_code::usage, fmt::format("{} is not a JSON array; {}", name, cure));
}

// Lines of text, without the last line break.
std::string lines(const json& value) {
  std::string text;
  for (const json& line : value) {
    text += (text.empty() ? "" : "\n") + line.get<std::string>();
  }
  return text;
}

bool is_lines(const json& value) {
  return value.is_array() &&
         std::all_of(value.begin(), value.end(), [](const json& line) { return line.is_string(); });
}

void check_entry(const std::string& name, std::size_t number, const json& entry) {
  const auto wrong = [&](const char* field, const char* kind) {
    return Failure(exit_code::usage,
                   fmt::format("{}: entry {} has no '{}'; give it {}", name, number, field, kind));
  };
  if (!entry.is_object()) {
    throw Failure(exit_code::usage,
                  fmt::format("{}: entry {} is no object; see source_mutant.hpp", name, number));
  }
  for (const char* field : {"name", "file", "what"}) {
    if (!entry.contains(field) || !entry[field].is_string()) throw wrong(field, "a string");
  }
  for (const char* field : {"text", "replacement", "designs"}) {
    if (!entry.contains(field) || !is_lines(entry[field])) throw wrong(field, "a list of strings");
  }
  if (entry["text"].empty()) throw wrong("text", "the lines to change");
  if (entry["designs"].empty()) throw wrong("designs", "at least one of faultline list designs");
}

}  // namespace

std::vector<SourceMutant> parse_source_mutants(const std::string& name, const std::string& text) {
  const json table = parse(name, text, "see checker/gate/source_mutant.hpp for its form");
  std::vector<SourceMutant> mutants;
  for (const json& entry : table) {
    check_entry(name, mutants.size() + 1, entry);
    SourceMutant mutant{entry["name"],        entry["file"],
                        lines(entry["text"]), lines(entry["replacement"]),
                        entry["what"],        entry["designs"].get<std::vector<std::string>>()};
    for (const SourceMutant& other : mutants) {
      if (other.name != mutant.name) continue;
      throw Failure(exit_code::usage,
                    fmt::format("{}: two entries are named '{}'; rename one", name, mutant.name));
    }
    mutants.push_back(std::move(mutant));
  }
  return mutants;
}

unsigned line_of(const SourceMutant& mutant, const SourceText& source) {
  const std::string& text = source.text();
  const std::size_t at = text.find(mutant.text);
  const auto wrong = [&](const char* what) {
    return Failure(exit_code::usage,
                   fmt::format("source mutant '{}': its text occurs {} in {}; change 'text' in "
                               "source_mutants.json to lines that occur once",
                               mutant.name, what, mutant.file));
  };
  if (at == std::string::npos) throw wrong("nowhere");
  if (text.find(mutant.text, at + 1) != std::string::npos) throw wrong("more than once");
  // The lines that both begin with are only there to tell the place from others.
  const auto end = std::mismatch(mutant.text.begin(), mutant.text.end(), mutant.replacement.begin(),
                                 mutant.replacement.end())
                       .first;
  const auto same = std::count(mutant.text.begin(), end, '\n');
  const auto before =
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  return 1 + static_cast<unsigned>(before + same);
}

Mutant mutant_of(const SourceMutant& source, const SourceText& text) {
  Mutant mutant;
  mutant.kind = MutantKind::source;
  mutant.place = {source.file, line_of(source, text), 0};
  mutant.action = source.name;
  mutant.to = "changed";
  mutant.what = source.what;
  return mutant;
}

std::map<std::string, Outcome> parse_source_outcomes(const std::string& name,
                                                     const std::string& text) {
  constexpr const char* cure = "let tools/mutants write it";
  std::map<std::string, Outcome> outcomes;
  for (const json& entry : parse(name, text, cure)) {
    try {
      Outcome outcome;
      outcome.ran = true;
      outcome.killed = entry.at("killed");
      outcome.by = entry.at("by");
      outcome.scenario = entry.at("scenario");
      outcome.design = entry.at("design");
      outcome.placement = entry.at("placement");
      outcome.threads = entry.at("threads");
      outcome.executions = entry.at("executions");
      outcome.cells = entry.at("cells");
      outcome.complete = entry.at("complete");
      outcome.note = entry.at("note");
      outcomes[entry.at("name")] = outcome;
    } catch (const json::exception& error) {
      throw Failure(exit_code::usage, fmt::format("{}: an outcome is not complete ({}); {}", name,
                                                  error.what(), cure));
    }
  }
  return outcomes;
}

}  // namespace faultline::gate
