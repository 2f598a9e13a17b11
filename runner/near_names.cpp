// near_names.cpp: edit distance and the message that uses it.
#include "runner/near_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace faultline {

namespace {

// Levenshtein, one row at a time.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string> near_names(const std::string& wrong,
                                    const std::vector<std::string>& names) {
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& name : names) {
    const bool contains = !wrong.empty() && (name.find(wrong) != std::string::npos ||
                                             wrong.find(name) != std::string::npos);
    const std::size_t d = contains ? 1 : distance(wrong, name);
    if (d <= std::max<std::size_t>(2, wrong.size() / 3)) near.emplace_back(d, name);
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> result;
  for (const auto& [d, name] : near) result.push_back(name);
  return result;
}

std::string unknown_name(const std::string& what, const std::string& wrong,
                         const std::vector<std::string>& names) {
  const std::vector<std::string> near = near_names(wrong, names);
  const std::string all = fmt::format("{}", fmt::join(names, ", "));
  if (near.empty()) return fmt::format("no {} '{}'; there are {}", what, wrong, all);
  return fmt::format("no {} '{}'; did you mean {}? (all: {})", what, wrong, fmt::join(near, " or "),
                     all);
}

}  // namespace faultline
