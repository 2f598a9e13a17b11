// text.cpp: a counterexample in words. See text.hpp.
#include "checker/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checker/names.hpp"

namespace faultline::checker {

namespace {

std::string from(const Row& row) {
  if (!row.reads && row.reads_from == 0) return "";
  return fmt::format(" ({}{})",
                     row.reads_from == 0 ? "initial" : fmt::format("from #{}", row.reads_from),
                     row.stale ? ", stale" : "");
}

std::string order_of(const Row& row) {
  return row.order == Mo::relaxed ? "" : fmt::format(" {}", order_name(row.order));
}

std::string action_of(const Row& row, const Names& names) {
  switch (row.kind) {
    case Kind::load:
      return fmt::format("load {} = {}{}{}", names.of(row.address), names.value(row.before),
                         order_of(row), from(row));
    case Kind::store:
      return fmt::format("store {} = {}{}{}", names.of(row.address), names.value(row.after),
                         order_of(row), row.early ? " (before a newer one)" : "");
    case Kind::rmw:
    case Kind::update:
      if (!row.writes) {
        return fmt::format("{} {} refused at {}{}", row.action, names.of(row.address),
                           names.value(row.before), from(row));
      }
      return fmt::format("{} {} {} -> {}{}{}", row.action, names.of(row.address),
                         names.value(row.before), names.value(row.after), order_of(row), from(row));
    case Kind::await:
      if (row.writes) {
        return fmt::format("await {} {} -> {}{}{}", names.of(row.address), names.value(row.before),
                           names.value(row.after), order_of(row), from(row));
      }
      if (!row.reads) return fmt::format("{}: {}", row.action, row.note);
      return fmt::format("await {} = {}{}{}", names.of(row.address), names.value(row.before),
                         order_of(row), from(row));
    case Kind::fence:
    case Kind::weak_fence:
      return fmt::format("fence{}", order_of(row));
    case Kind::prepare:
    case Kind::retry:
      return fmt::format("{}: {}", row.action, row.note);
    case Kind::park:
      return std::string(row.action) +
             (row.reads_from != 0 ? fmt::format(" (by #{})", row.reads_from) : "");
    case Kind::unpark:
      return fmt::format("unpark {}", row.note);
    case Kind::plain_read:
    case Kind::plain_write:
      return fmt::format("{} {}", row.action, names.of(row.address));
    case Kind::note:
      return "(" + row.note + ")";
    case Kind::rcu_lock:
    case Kind::free_rcu:
    case Kind::alloc:
    case Kind::free:
      return row.address == nullptr ? std::string(row.action)
                                    : fmt::format("{} {}", row.action, names.of(row.address));
  }
  return row.action;
}

bool is_plain(const Row& row) {
  return row.kind == Kind::plain_read || row.kind == Kind::plain_write;
}

}  // namespace

std::vector<Told> tell(const Counterexample& found) {
  const Names names(found.rows);
  const void* subject =
      !found.rows.empty() && is_plain(found.rows.back()) ? found.rows.back().address : nullptr;
  std::vector<Told> told;
  for (std::size_t i = 0; i < found.rows.size(); ++i) {
    const Row& row = found.rows[i];
    if (is_plain(row) && row.address != subject) continue;
    told.push_back({i + 1, row.thread, action_of(row, names), row.reads_from,
                    fmt::format("{}:{}", short_path(row.where.file_name()), row.where.line())});
  }
  return told;
}

std::vector<std::string> headline(const Counterexample& found) {
  std::vector<std::string> lines = {fmt::format("{}: {}", failure_name(found.failure), found.what)};
  if (found.preemptions >= 0) {
    lines.push_back(fmt::format("{} steps, {} preemption{}", found.events, found.preemptions,
                                found.preemptions == 1 ? "" : "s"));
  }
  if (!found.missing_order.empty()) {
    lines.push_back("would be prevented by: " + found.missing_order);
  }
  return lines;
}

std::string as_text(const Counterexample& found, unsigned threads) {
  std::string text;
  for (const std::string& line : headline(found)) text += line + "\n";
  const std::vector<Told> rows = tell(found);
  std::vector<std::size_t> width(threads, 4);
  constexpr std::size_t width_max = 52;
  for (const Told& row : rows) {
    width[row.thread] = std::min(width_max, std::max(width[row.thread], row.action.size()));
  }
  text += "\n    #";
  for (unsigned i = 0; i < threads; ++i)
    text += fmt::format("  {:<{}}", fmt::format("T{}", i), width[i]);
  text += "  where\n";
  for (const Told& row : rows) {
    text += fmt::format("{:>5}", row.number);
    for (unsigned i = 0; i < threads; ++i) {
      text += fmt::format("  {:<{}}", i == row.thread ? row.action : "", width[i]);
    }
    text += "  " + row.place + "\n";
  }
  return text;
}

}  // namespace faultline::checker
