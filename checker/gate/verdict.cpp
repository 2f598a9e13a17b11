// verdict.cpp: which mutants pass. See verdict.hpp.
#include "checker/gate/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace faultline::gate {

namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first);
}

void settle(Row& row, const SourceText& source) {
  row.code = trimmed(source.line(row.mutant.place.line));
  if (!row.outcome.ran) return;
  const Reason* reason = source.reason(row.mutant.place.line, row.mutant.to);
  row.state = row.outcome.killed  ? State::killed
              : reason != nullptr ? State::reasoned
                                  : State::survivor;
  if (row.state == State::reasoned) row.reason = reason->text;
}

// Does the gate owe nothing to this reason any more? Not asked while a mutant that it covers was
// not run.
bool is_stale(const Reason& reason, const SourceText& source, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    if (row.mutant.place.file != reason.file || row.state == State::killed) continue;
    if (source.reason(row.mutant.place.line, row.mutant.to) == &reason) return false;
  }
  return true;
}

bool is_judged(const std::string& file, const std::vector<Row>& rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const Row& row) { return row.mutant.place.file == file; });
}

}  // namespace

const char* state_name(State state) {
  constexpr const char* names[] = {"killed", "reasoned", "survivor", "not run"};
  return names[static_cast<unsigned>(state)];
}

std::size_t Verdict::count(State state) const {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return row.state == state; }));
}

std::vector<Mutant> unreached(const Sources& sources,
                              const std::vector<checker::Surveyed>& places) {
  std::vector<Mutant> mutants;
  for (const auto& one_file : sources) {
    const auto& file = one_file.first;  // clang 14: no lambda may capture a structured binding
    const auto& source = one_file.second;
    for (const unsigned line : source.operations()) {
      const Lines statement = source.statement(line);
      const bool reached = std::any_of(places.begin(), places.end(), [&](const auto& one) {
        return one.place.file == file && statement.has(one.place.line);
      });
      if (reached) continue;
      Mutant mutant;
      mutant.kind = MutantKind::unreached;
      mutant.place = {file, line, 0};
      mutant.action = "none";
      mutant.to = "unreached";
      mutant.what = "no scenario executes it";
      mutants.push_back(mutant);
    }
  }
  return mutants;
}

Verdict judge(const std::vector<Mutant>& mutants, const std::vector<Outcome>& outcomes,
              const Sources& sources, bool whole_files) {
  Verdict verdict;
  for (std::size_t i = 0; i < mutants.size(); ++i) {
    Row row;
    row.mutant = mutants[i];
    row.outcome = outcomes[i];
    if (row.mutant.kind == MutantKind::unreached) row.outcome.ran = true;
    settle(row, sources.at(row.mutant.place.file));
    verdict.rows.push_back(std::move(row));
  }
  for (const auto& [file, source] : sources) {
    if (!whole_files || !is_judged(file, verdict.rows)) continue;
    for (const Reason& reason : source.reasons()) {
      if (is_stale(reason, source, verdict.rows)) verdict.stale.push_back(reason);
    }
  }
  return verdict;
}

}  // namespace faultline::gate
