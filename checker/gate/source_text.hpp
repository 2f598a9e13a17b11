// source_text.hpp: what the gate reads in the source itself: statements, and the reasons why an
// operation may be stronger than any scenario asks for.
//
// A reason is a comment, on the line of the operation or above its statement:
//   // unforced: <reason>                      whatever survives there
//   // unforced(relaxed, dropped): <reason>    only these changes
// It may go on over several comment lines. A second marker begins another reason.
#pragma once

#include <string>
#include <vector>

namespace faultline::gate {

struct Reason {
  std::string file;
  unsigned line = 0;               // of the marker
  unsigned code_line = 0;          // of the code that it is about
  std::vector<std::string> names;  // changes that it covers; empty: all
  std::string text;

  bool covers(const std::string& to) const;
};

struct Lines {
  unsigned first = 0;
  unsigned last = 0;

  bool has(unsigned line) const { return first <= line && line <= last; }
};

class SourceText {
 public:
  // Throws Failure when a marker cannot be understood.
  SourceText(std::string file, const std::string& text);

  const std::string& file() const { return file_; }
  const std::string& text() const { return text_; }
  // From 1 on, without the line break; "" beyond the end.
  std::string line(unsigned number) const;
  // The statement that a line belongs to.
  Lines statement(unsigned line) const;
  const std::vector<Reason>& reasons() const { return reasons_; }
  // The reason for a change of an operation on a line; null: none.
  const Reason* reason(unsigned line, const std::string& to) const;
  // The lines that name an order other than relaxed, or an operation that can be left out.
  std::vector<unsigned> operations() const;

 private:
  std::string code(unsigned line) const;  // without its comment
  bool begins_statement(unsigned line) const;
  void read_reasons();
  Reason read_marker(unsigned line, const std::string& comment) const;

  std::string file_;
  std::string text_;
  std::vector<std::string> lines_;
  std::vector<Reason> reasons_;
};

// Reads a file below `root`. Throws Failure when it cannot be read.
SourceText read_source(const std::string& root, const std::string& file);

}  // namespace faultline::gate
