// documents.cpp: a verdict as text, as JSON, as Markdown. See verdict.hpp.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "checker/gate/verdict.hpp"

namespace faultline::gate {

namespace {

std::string place(const Row& row) {
  return fmt::format("{}:{}", row.mutant.place.file, row.mutant.place.line);
}

std::string scenario(const Outcome& outcome) {
  return fmt::format("{} {} ({} threads)", outcome.design, outcome.scenario, outcome.threads);
}

std::string fate(const Row& row) {
  const Outcome& outcome = row.outcome;
  switch (row.state) {
    case State::killed:
      return fmt::format("{} in {}, execution {}", outcome.by, scenario(outcome),
                         outcome.executions);
    case State::reasoned:
      return "unforced: " + row.reason;
    case State::survivor:
      if (row.mutant.kind == MutantKind::unreached) {
        return "SURVIVES: write a scenario that executes it, or say '// unforced: why' there";
      }
      return fmt::format(
          "SURVIVES {} executions of {} scenarios: write one that needs it, or say "
          "'// unforced: why' there",
          outcome.executions, outcome.cells);
    case State::not_run:
      return "not run";
  }
  return "";
}

std::string stale_line(const Reason& reason) {
  return fmt::format(
      "{}:{}: STALE reason: every mutant that it is about is killed, or there is "
      "none; take it out",
      reason.file, reason.line);
}

// A cell of a table: no bars, and nothing that Markdown takes for its own.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    if (c == '\n') continue;
    escaped += c;
  }
  return escaped;
}

std::string code_cell(const std::string& code) {
  std::string shown = code.substr(0, code.find("  //"));
  if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
  return "`` " + cell(shown) + " ``";
}

std::vector<std::string> files_of(const Verdict& verdict) {
  std::vector<std::string> files;
  for (const Row& row : verdict.rows) {
    if (files.empty() || files.back() != row.mutant.place.file) {
      files.push_back(row.mutant.place.file);
    }
  }
  return files;
}

std::string killer(const Row& row) {
  const Outcome& outcome = row.outcome;
  if (row.state == State::killed) {
    return fmt::format("{} | {}, {}, {} threads | {}", outcome.by, outcome.design, outcome.scenario,
                       outcome.threads, outcome.executions);
  }
  if (row.state == State::not_run) return "not run | |";
  if (row.mutant.kind == MutantKind::unreached) return "nobody | |";
  return fmt::format("nobody | all {} that get there | {}", outcome.cells, outcome.executions);
}

void add_file(std::string& out, const Verdict& verdict, const std::string& file) {
  out += fmt::format("\n## {}\n\n", file);
  out += "| line | code | change | killed by | scenario | executions |\n";
  out += "|---:|---|---|---|---|---:|\n";
  std::string reasons;
  for (const Row& row : verdict.rows) {
    if (row.mutant.place.file != file) continue;
    out += fmt::format("| {} | {} | {} | {} |\n", row.mutant.place.line, code_cell(row.code),
                       cell(row.mutant.what), killer(row));
    if (row.state == State::reasoned) {
      const std::string line =
          fmt::format("* line {}, {}: {}\n", row.mutant.place.line, row.mutant.what, row.reason);
      if (reasons.find(line) == std::string::npos) reasons += line;
    }
  }
  if (!reasons.empty()) out += "\nWhy the others may live:\n\n" + reasons;
}

constexpr const char* introduction = R"(
Is every memory order, fence, wake-up, second check and stamp of the lock headers and of the address
space there for a reason? Each is weakened or taken out, one at a time: a mutant. The
[model checker](checker.md) runs the scenarios that execute that line until one of them fails: then
the mutant is killed. What lives through all of them carries its reason in the source
(`// unforced: ...`), printed below. A mutant that lives without one fails the gate, and so does a
reason whose mutants are all dead.

)";

constexpr const char* legend = R"(
In the tables below:

* change: `release -> relaxed` is a weaker order, `dropped` an operation left out (of a deferred
  free: its grace period). Words are a change of the source, from checker/gate/source_mutants.json.
* killed by: the failure that was found. `endless`: an execution goes on for ever. `setup`: the
  scenario cannot even be set up. `crash`, `hang`: its process died, or was silent until it was
  killed.
* scenario: the design, the scenario, its threads. The smallest come first, so it is the first to
  fail, not the only one.
* executions: of that search, the failing one included; of survivors, all of them together.
)";

// As GitHub makes it from a heading.
std::string anchor(const std::string& heading) {
  std::string made;
  for (const char c : heading) {
    if (c != '/' && c != '.') made += c;
  }
  return made;
}

}  // namespace

std::string text_of(const Verdict& verdict, bool all_rows) {
  std::string out;
  for (const Row& row : verdict.rows) {
    if (!all_rows && row.state != State::survivor && row.state != State::reasoned) continue;
    out += fmt::format("{:>4}  {}: {}: {}\n", row.mutant.number, place(row), row.mutant.what,
                       fate(row));
  }
  for (const Reason& reason : verdict.stale) out += stale_line(reason) + "\n";
  out += fmt::format("{} mutants: {} killed, {} live for a reason, {} survive without one",
                     verdict.rows.size(), verdict.count(State::killed),
                     verdict.count(State::reasoned), verdict.count(State::survivor));
  if (const std::size_t n = verdict.count(State::not_run); n != 0) {
    out += fmt::format(", {} not run", n);
  }
  if (!verdict.stale.empty()) out += fmt::format("; {} stale reasons", verdict.stale.size());
  return out + "\n";
}

std::string json_of(const Verdict& verdict) {
  using nlohmann::ordered_json;
  ordered_json mutants = ordered_json::array();
  for (const Row& row : verdict.rows) {
    ordered_json one{{"number", row.mutant.number},
                     {"file", row.mutant.place.file},
                     {"line", row.mutant.place.line},
                     {"column", row.mutant.place.column},
                     {"code", row.code},
                     {"change", row.mutant.what},
                     {"state", state_name(row.state)}};
    if (row.state == State::killed) {
      one["by"] = row.outcome.by;
      one["note"] = row.outcome.note;
      one["design"] = row.outcome.design;
      one["placement"] = row.outcome.placement;
      one["scenario"] = row.outcome.scenario;
      one["threads"] = row.outcome.threads;
    }
    if (row.state == State::reasoned) one["reason"] = row.reason;
    one["executions"] = row.outcome.executions;
    one["scenarios"] = row.outcome.cells;
    mutants.push_back(std::move(one));
  }
  ordered_json stale = ordered_json::array();
  for (const Reason& reason : verdict.stale) {
    stale.push_back({{"file", reason.file}, {"line", reason.line}, {"reason", reason.text}});
  }
  return ordered_json{{"mutants", mutants}, {"stale_reasons", stale}}.dump(1) + "\n";
}

std::string markdown_of(const Verdict& verdict, const std::string& made) {
  std::string out = "# Mutants\n" + std::string(introduction) + made;
  out += "\n| file | mutants | killed | live for a reason | survive |\n|---|---:|---:|---:|---:|\n";
  const auto line = [&](const std::string& name, const Verdict& part) {
    out += fmt::format("| {} | {} | {} | {} | {} |\n", name, part.rows.size(),
                       part.count(State::killed), part.count(State::reasoned),
                       part.count(State::survivor));
  };
  for (const std::string& file : files_of(verdict)) {
    Verdict part;
    for (const Row& row : verdict.rows) {
      if (row.mutant.place.file == file) part.rows.push_back(row);
    }
    line(fmt::format("[{}](#{})", file, anchor(file)), part);
  }
  line("together", verdict);
  out += legend;
  for (const std::string& file : files_of(verdict)) add_file(out, verdict, file);
  return out;
}

}  // namespace faultline::gate
