// names.cpp: names read from the source lines of a trace. See names.hpp.
#include "checker/names.hpp"

#include <fmt/format.h>

#include <fstream>
#include <regex>

#include "checker/mutation.hpp"

namespace faultline::checker {

namespace {

std::string& source_root() {
  static std::string folder;
  return folder;
}

const std::vector<std::string>& lines_of(const std::string& path) {
  static std::map<std::string, std::vector<std::string>> files;
  const auto [found, is_new] = files.try_emplace(path);
  if (!is_new || source_root().empty()) return found->second;
  std::ifstream file(source_root() + "/" + path);
  for (std::string line; std::getline(file, line);) found->second.push_back(line);
  return found->second;
}

const std::regex& operation() {
  static const std::regex operation(
      R"((\w+)(\[[^\]]*\])?\s*(\.|->)\s*(load|store|exchange|compare_exchange_\w+|try_update|)"
      R"(fetch_\w+|add|sub|or_|and_|get|set|read|write)\s*\()");
  return operation;
}
const std::regex& argument() {
  static const std::regex argument(R"((\w+),)");
  return argument;
}

// The word that an operation, or the line of a wait, names.
std::string named_in(const std::string& line) {
  std::smatch match;
  if (std::regex_search(line, match, operation())) return match[1];
  const std::size_t site = line.find("\",");
  if (site == std::string::npos) return "";
  const std::string rest = line.substr(site + 2);
  return std::regex_search(rest, match, argument()) ? match[1].str() : "";
}

// "vm_lock_seq" of `vma.vm_lock_seq.load(relaxed)`; of a wait, the word that it names last.
std::string member_at(const Row& row) {
  const std::vector<std::string>& lines = lines_of(short_path(row.where.file_name()));
  const unsigned first = row.where.line();
  if (first == 0 || first > lines.size()) return "";
  std::smatch match;
  if (row.kind == Kind::await) {
    // The line of the call or one of the next: P::await("site", word, ...
    for (unsigned i = first; i < first + 3 && i <= lines.size(); ++i) {
      const std::string& line = lines[i - 1];
      const std::size_t site = line.find("\",");
      if (site == std::string::npos) continue;
      const std::string rest = line.substr(site + 2);
      if (std::regex_search(rest, match, argument())) return match[1];
    }
    return "";
  }
  return std::regex_search(lines[first - 1], match, operation()) ? match[1].str() : "";
}

}  // namespace

std::string field_at(const std::string& path, unsigned line) {
  const std::vector<std::string>& lines = lines_of(path);
  if (line == 0 || line > lines.size()) return "";
  for (unsigned i = line; i < line + 3 && i <= lines.size(); ++i) {
    const std::string name = named_in(lines[i - 1]);
    if (!name.empty()) return name;
  }
  return "";
}

void set_source_root(const std::string& folder) {
  source_root() = folder;
}

Names::Names(const std::vector<Row>& rows) {
  std::map<std::string, unsigned> used;
  for (const Row& row : rows) {
    if (row.address == nullptr || names_.count(row.address) != 0) continue;
    std::string member = member_at(row);
    if (member.empty())
      member = row.kind == Kind::free || row.kind == Kind::alloc ? "object" : "word";
    while (!member.empty() && member.back() == '_') member.pop_back();
    const unsigned n = ++used[member];
    names_[row.address] = n == 1 ? member : fmt::format("{}#{}", member, n);
  }
  for (const auto& [address, name] : names_) {
    pointers_[reinterpret_cast<std::uintptr_t>(address)] = "&" + name;
  }
  // Other addresses, in the order in which they turn up. The two lowest bits may be flags.
  unsigned n = 0;
  for (const Row& row : rows) {
    for (const std::uint64_t one : {row.before, row.after}) {
      const bool address = one > 0x10000000000 && one < 0x800000000000;
      if (address && pointers_.count(one & ~3u) == 0) {
        pointers_[one & ~std::uint64_t{3}] = fmt::format("p{}", ++n);
      }
    }
  }
}

std::string Names::of(const void* address) const {
  const auto found = names_.find(address);
  return found == names_.end() ? "word" : found->second;
}

std::string Names::value(std::uint64_t value) const {
  const auto found = pointers_.find(value & ~std::uint64_t{3});
  if (found != pointers_.end()) {
    return found->second + ((value & 3u) != 0 ? fmt::format("|{}", value & 3u) : "");
  }
  if (value < 100'000) return fmt::format("{}", value);
  const std::uint64_t negative = std::uint64_t{0} - value;
  if (negative < 100'000) return fmt::format("-{}", negative);
  return fmt::format("{:#x}", value);
}

}  // namespace faultline::checker
