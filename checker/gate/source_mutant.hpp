// source_mutant.hpp: mutants that are made by changing a line of the source: checks that are made a
// second time, and whatever else is no operation of the platform.
//
// The table is checker/gate/source_mutants.json: an array of objects with
//   name     of the mutant, one word
//   file     from the project's root
//   text     lines that occur exactly once in the file, and replacement, lines as well
//   what     the change, for people
//   designs  whose scenarios look for it, in this order
// tools/mutants compiles and runs them, and hands the outcomes back in a file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "checker/gate/mutant.hpp"
#include "checker/gate/outcome.hpp"
#include "checker/gate/source_text.hpp"

namespace faultline::gate {

struct SourceMutant {
  std::string name;
  std::string file;
  std::string text;
  std::string replacement;
  std::string what;
  std::vector<std::string> designs;
};

// Throws Failure when the table is not as above. `name` is that of its file, for messages.
std::vector<SourceMutant> parse_source_mutants(const std::string& name, const std::string& json);
// The line where its text begins to differ from the replacement. Throws Failure when the text is
// not there exactly once.
unsigned line_of(const SourceMutant& mutant, const SourceText& source);
Mutant mutant_of(const SourceMutant& mutant, const SourceText& source);

// The outcomes that tools/mutants collected: by name.
std::map<std::string, Outcome> parse_source_outcomes(const std::string& name,
                                                     const std::string& json);

}  // namespace faultline::gate
