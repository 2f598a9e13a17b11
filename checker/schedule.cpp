// schedule.cpp: replay strings, written and read. See schedule.hpp.
#include "checker/schedule.hpp"

#include <fmt/format.h>

#include <charconv>

#include "checker/limits.hpp"
#include "checker/mutation.hpp"

namespace faultline::checker {

namespace {

constexpr const char* mark = "fl1";
constexpr unsigned run_max = 1'000'000;

// The whole text as a number below `end`.
std::optional<unsigned> number(std::string_view text, unsigned end, int base = 10) {
  unsigned value = 0;
  const char* last = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), last, value, base);
  if (text.empty() || error != std::errc{} || stop != last || value >= end) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char mark_between) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0;;) {
    const std::size_t at = text.find(mark_between, from);
    parts.push_back(text.substr(from, at - from));
    if (at == std::string_view::npos) return parts;
    from = at + 1;
  }
}

void mix(std::uint32_t& hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
}

}  // namespace

std::string encode(const Decisions& decisions) {
  std::string text;
  for (std::size_t i = 0; i < decisions.size();) {
    std::size_t same = 1;
    const Decision& one = decisions[i];
    while (one.is_schedule && i + same < decisions.size() && decisions[i + same].is_schedule &&
           decisions[i + same].chosen == one.chosen) {
      ++same;
    }
    if (!text.empty()) text += ',';
    text += fmt::format("{}{}", one.is_schedule ? "" : "v", one.chosen);
    if (same > 1) text += fmt::format("x{}", same);
    i += same;
  }
  return text;
}

std::optional<Decisions> decode(std::string_view text) {
  Decisions decisions;
  if (text.empty()) return decisions;
  for (std::string_view part : split(text, ',')) {
    const bool is_schedule = part.empty() || part[0] != 'v';
    if (!is_schedule) part.remove_prefix(1);
    const std::size_t times_at = is_schedule ? part.find('x') : std::string_view::npos;
    const auto chosen = number(part.substr(0, times_at), is_schedule ? threads_max : 256u);
    std::optional<unsigned> times = 1u;
    if (times_at != std::string_view::npos) times = number(part.substr(times_at + 1), run_max);
    if (!chosen || !times || *times == 0 || decisions.size() + *times > run_max)
      return std::nullopt;
    decisions.insert(decisions.end(), *times,
                     Decision{is_schedule, static_cast<std::uint8_t>(*chosen)});
  }
  return decisions;
}

// FNV-1a: Fowler, Noll, Vo.
std::uint32_t fingerprint(const std::vector<Row>& rows) {
  std::uint32_t hash = 2166136261u;
  for (const Row& row : rows) {
    mix(hash, fmt::format("{} {} {} {}\n", row.thread, row.action,
                          short_path(row.where.file_name()), row.where.line()));
  }
  return hash;
}

std::string format(const ReplayString& replay) {
  return fmt::format("{}:{}:{}:{}:{}:{}:{:08x}:{}", mark, replay.design, replay.placement,
                     replay.scenario, replay.threads, replay.pruned ? "p" : "n", replay.fingerprint,
                     encode(replay.decisions));
}

std::string parse(const std::string& text, ReplayString& replay) {
  const std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() != 8 || parts[0] != mark) {
    return fmt::format("not a replay string; copy the whole line that begins with {}:", mark);
  }
  replay.design = parts[1];
  replay.placement = parts[2];
  replay.scenario = parts[3];
  const auto threads = number(parts[4], threads_max + 1);
  if (!threads || *threads == 0) {
    return fmt::format("'{}' threads; an execution has 1 to {}", parts[4], threads_max);
  }
  replay.threads = *threads;
  if (parts[5] != "p" && parts[5] != "n") return "the string is damaged; copy the whole line";
  replay.pruned = parts[5] == "p";
  const auto hash = number(parts[6], ~0u, 16);
  const auto decisions = decode(parts[7]);
  if (!hash || parts[6].size() != 8 || !decisions) {
    return "the string is damaged; copy the whole line";
  }
  replay.fingerprint = *hash;
  replay.decisions = *decisions;
  return "";
}

}  // namespace faultline::checker
