// verdict.hpp: outcomes and reasons brought together: what passes the gate, and the documents that
// say so.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "checker/gate/mutant.hpp"
#include "checker/gate/outcome.hpp"
#include "checker/gate/source_text.hpp"

namespace faultline::gate {

enum class State : std::uint8_t {
  killed,    // by a scenario
  reasoned,  // lives, and its line says why that is no loss
  survivor,  // lives, and nobody says why: the gate is shut
  not_run,
};

const char* state_name(State state);

struct Row {
  Mutant mutant;
  Outcome outcome;
  State state = State::not_run;
  std::string code;    // the line
  std::string reason;  // of State::reasoned
};

struct Verdict {
  std::vector<Row> rows;
  // Reasons whose mutants are all dead, or that are about no mutant: to be taken out.
  std::vector<Reason> stale;

  std::size_t count(State state) const;
  bool passes() const { return count(State::survivor) == 0 && stale.empty(); }
};

using Sources = std::map<std::string, SourceText>;

// Operations named in the sources that are at none of the surveyed places: rows of their own.
std::vector<Mutant> unreached(const Sources& sources, const std::vector<checker::Surveyed>& places);

// outcomes[i] is that of mutants[i]. `whole_files`: all mutants of the files that are named, so
// that one can tell which of their reasons are stale.
Verdict judge(const std::vector<Mutant>& mutants, const std::vector<Outcome>& outcomes,
              const Sources& sources, bool whole_files);

std::string text_of(const Verdict& verdict, bool all_rows);
std::string json_of(const Verdict& verdict);
// docs/mutants.md. `made`: a paragraph that says how.
std::string markdown_of(const Verdict& verdict, const std::string& made);

}  // namespace faultline::gate
