// golden.cpp: see golden.hpp.
#include "tests/mutants/golden.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <vector>

#include "checker/mutation.hpp"

namespace faultline::mutants {

namespace {

// Nothing that is counted in a scenario comes near; addresses are beyond.
constexpr std::uint64_t count_max = 0xffff'ffff;

std::string value_text(std::uint64_t value) {
  if (value > count_max) return "pointer";
  return value > 0xffff ? fmt::format("{:#x}", value) : fmt::format("{}", value);
}

std::string values_text(const checker::Row& row) {
  const bool plain =
      row.kind == checker::Kind::plain_read || row.kind == checker::Kind::plain_write;
  if (plain || row.address == nullptr) return "";
  if (row.reads && row.writes) {
    return fmt::format(" {} -> {}", value_text(row.before), value_text(row.after));
  }
  if (row.writes) return fmt::format(" = {}", value_text(row.after));
  return row.reads ? fmt::format(" {}", value_text(row.before)) : "";
}

bool reads_at(const checker::Row& row, const checker::Row& like) {
  return row.kind == checker::Kind::plain_read && row.thread == like.thread &&
         row.where.line() == like.where.line() &&
         std::strcmp(row.where.file_name(), like.where.file_name()) == 0;
}

// The reads of the arguments of a call: compilers differ in their order.
std::vector<checker::Row> in_one_order(std::vector<checker::Row> rows) {
  for (auto begin = rows.begin(); begin != rows.end();) {
    const auto end = std::find_if(begin + 1, rows.end(), [&](const checker::Row& row) {
      return !reads_at(*begin, *begin) || !reads_at(row, *begin);
    });
    std::stable_sort(begin, end, [](const checker::Row& a, const checker::Row& b) {
      return std::less<>{}(a.address, b.address);
    });
    begin = end;
  }
  return rows;
}

}  // namespace

std::string golden_text(const checker::Counterexample& found) {
  std::map<const void*, unsigned> number;
  std::string text = fmt::format("{}: {}\n", checker::failure_name(found.failure), found.what);
  for (const checker::Row& row : in_one_order(found.rows)) {
    std::string line = fmt::format("T{} {}", row.thread, row.action);
    if (row.address != nullptr) {
      const auto known =
          number.try_emplace(row.address, static_cast<unsigned>(number.size() + 1)).first;
      line += fmt::format(" v{}", known->second);
    }
    line += values_text(row);
    if (row.order != checker::Mo::relaxed) line += fmt::format(" {}", order_name(row.order));
    if (row.stale) line += " stale";
    if (row.early) line += " early";
    if (!row.note.empty()) line += fmt::format(" ({})", row.note);
    line += fmt::format("  {}:{}", checker::short_path(row.where.file_name()), row.where.line());
    text += line + "\n";
  }
  return text;
}

std::string compare_with_golden(const std::string& name, const std::string& text) {
  const std::string file = fmt::format("{}/{}.txt", FL_GOLDEN_FOLDER, name);
  if (std::getenv("FAULTLINE_UPDATE_GOLDEN") != nullptr) std::ofstream(file) << text;
  std::ifstream input(file);
  if (!input) return file + " is not there; write it with FAULTLINE_UPDATE_GOLDEN=1";
  std::ostringstream kept;
  kept << input.rdbuf();
  if (kept.str() == text) return "";
  return fmt::format(
      "{} differs; look at it, then write it anew with FAULTLINE_UPDATE_GOLDEN=1. Now:\n{}", file,
      text);
}

}  // namespace faultline::mutants
