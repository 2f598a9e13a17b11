// source_text.cpp: reading statements and reasons. See source_text.hpp.
#include "checker/gate/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>
#include <sstream>

#include "checker/gate/failure.hpp"

namespace faultline::gate {

namespace {

constexpr const char* marker = "unforced";
constexpr std::array known_names{"relaxed", "acquire", "release",  "acq_rel",
                                 "dropped", "changed", "unreached"};

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Where the comment of a line begins, or npos. No string of the lock code has slashes.
std::size_t comment_at(const std::string& line) {
  return line.find("//");
}

bool is_comment(const std::string& line) {
  return trimmed(line).rfind("//", 0) == 0;
}

std::string comment_of(const std::string& line) {
  const std::size_t at = comment_at(line);
  return at == std::string::npos ? "" : trimmed(line.substr(at + 2));
}

bool is_marker(const std::string& comment) {
  return comment.rfind(marker, 0) == 0 && comment.size() > std::string(marker).size() &&
         std::string(":( ").find(comment[std::string(marker).size()]) != std::string::npos;
}

}  // namespace

bool Reason::covers(const std::string& to) const {
  return names.empty() || std::find(names.begin(), names.end(), to) != names.end();
}

SourceText::SourceText(std::string file, const std::string& text)
    : file_(std::move(file)), text_(text) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines_.push_back(line);
  read_reasons();
}

std::string SourceText::line(unsigned number) const {
  return number == 0 || number > lines_.size() ? "" : lines_[number - 1];
}

std::string SourceText::code(unsigned number) const {
  const std::string whole = line(number);
  return trimmed(whole.substr(0, comment_at(whole)));
}

// Nothing of the statement before it goes on here.
bool SourceText::begins_statement(unsigned number) const {
  if (number <= 1) return true;
  const std::string before = code(number - 1);
  return before.empty() || std::string(";{}:").find(before.back()) != std::string::npos;
}

Lines SourceText::statement(unsigned number) const {
  Lines lines{number, number};
  while (!begins_statement(lines.first)) --lines.first;
  while (lines.last < lines_.size() && !begins_statement(lines.last + 1)) ++lines.last;
  return lines;
}

Reason SourceText::read_marker(unsigned number, const std::string& comment) const {
  const auto wrong = [&](const std::string& what) {
    return Failure(exit_code::usage, fmt::format("{}:{}: {}", file_, number, what));
  };
  static const std::regex form(R"(unforced(?:\(([^)]*)\))?:\s*(.*))");
  std::smatch match;
  if (!std::regex_match(comment, match, form)) {
    throw wrong("a reason is written '// unforced: <reason>', or '// unforced(relaxed): <reason>'");
  }
  Reason reason{file_, number, 0, {}, match[2]};
  std::istringstream names(match[1]);
  for (std::string name; std::getline(names, name, ',');) {
    name = trimmed(name);
    if (std::find(known_names.begin(), known_names.end(), name) == known_names.end()) {
      throw wrong(fmt::format("'{}' is no change; a reason may name {}", name,
                              fmt::join(known_names, ", ")));
    }
    reason.names.push_back(name);
  }
  return reason;
}

void SourceText::read_reasons() {
  std::size_t open = 0;  // the reasons from here on wait for their code
  for (unsigned number = 1; number <= lines_.size(); ++number) {
    const std::string& whole = lines_[number - 1];
    const std::string comment = comment_of(whole);
    if (is_marker(comment)) {
      reasons_.push_back(read_marker(number, comment));
    } else if (is_comment(whole) && open < reasons_.size()) {
      reasons_.back().text += (reasons_.back().text.empty() ? "" : " ") + comment;
    }
    if (is_comment(whole)) continue;
    for (; open < reasons_.size(); ++open) {
      Reason& reason = reasons_[open];
      reason.code_line = number;
      const std::string problem = code(number).empty()  ? "a reason that is about no code; move it "
                                                          "to the line above the operation"
                                  : reason.text.empty() ? "a reason that gives none; say why the "
                                                          "operation may stay as it is"
                                                        : "";
      if (problem.empty()) continue;
      throw Failure(exit_code::usage, fmt::format("{}:{}: {}", file_, reason.line, problem));
    }
  }
  if (open < reasons_.size()) {
    throw Failure(exit_code::usage, fmt::format("{}:{}: a reason that is about no code; take it "
                                                "out",
                                                file_, reasons_[open].line));
  }
}

const Reason* SourceText::reason(unsigned number, const std::string& to) const {
  const Lines around = statement(number);
  const Reason* any = nullptr;
  for (const Reason& reason : reasons_) {
    if (!around.has(reason.code_line) || !reason.covers(to)) continue;
    if (!reason.names.empty()) return &reason;
    any = &reason;
  }
  return any;
}

std::vector<unsigned> SourceText::operations() const {
  static const std::regex operation(
      R"([(,]\s*(acquire|release|acq_rel|full)\)|[.>](store|free_rcu)\(|)"
      R"(\bP::(unpark|fence|prepare_to_park)\()");
  std::vector<unsigned> found;
  for (unsigned number = 1; number <= lines_.size(); ++number) {
    if (std::regex_search(code(number), operation)) found.push_back(number);
  }
  return found;
}

SourceText read_source(const std::string& root, const std::string& file) {
  std::ifstream in(root + "/" + file);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    throw Failure(
        exit_code::environment,
        fmt::format("{}/{} cannot be read; name the project's folder with --root", root, file));
  }
  return {file, text.str()};
}

}  // namespace faultline::gate
