// explain.cpp: searches around a counterexample. See explain.hpp.
#include "checker/explain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checker/names.hpp"

namespace faultline::checker {

namespace {

constexpr unsigned preemptions_max = 3;

struct Candidate {
  Place place;
  Mo order;
  std::string words;
};

// The orders that an operation of that kind could have and that are stronger, weakest first.
std::vector<Mo> stronger(const Row& row) {
  std::vector<Mo> orders;
  const auto offer = [&](Mo order) {
    const auto have = static_cast<unsigned>(row.order);
    const auto want = static_cast<unsigned>(order);
    if (order != row.order && (have & want) == have) orders.push_back(order);
  };
  switch (row.kind) {
    case Kind::load:
      offer(Mo::acquire);
      break;
    case Kind::store:
      offer(Mo::release);
      break;
    case Kind::await:
      offer(Mo::acquire);
      if (!row.writes) break;
      [[fallthrough]];
    case Kind::rmw:
    case Kind::update:
      offer(Mo::release);
      if (row.kind != Kind::await) offer(Mo::acquire);
      offer(Mo::acq_rel);
      offer(Mo::full);
      break;
    case Kind::weak_fence:
      offer(Mo::full);
      break;
    default:
      break;
  }
  return orders;
}

std::vector<Candidate> candidates_of(const Counterexample& found) {
  const Names names(found.rows);
  std::vector<Candidate> candidates;
  // The last steps first: what is missing is mostly near the end.
  for (auto row = found.rows.rbegin(); row != found.rows.rend(); ++row) {
    for (const Mo order : stronger(*row)) {
      const bool known = std::any_of(
          candidates.begin(), candidates.end(),
          [&](const Candidate& one) { return one.place.is(row->where) && one.order == order; });
      if (known) continue;
      const std::string file = short_path(row->where.file_name());
      candidates.push_back(
          {{file, row->where.line(), row->where.column()},
           order,
           fmt::format("{} at {}:{} ({} {})", order_name(order), file, row->where.line(),
                       row->action, row->address == nullptr ? "" : names.of(row->address))});
    }
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.order < b.order; });
  return candidates;
}

}  // namespace

Counterexample shortest(const Program& program, const Options& options, const Counterexample& found,
                        double seconds) {
  Options again = options;
  again.mode = Mode::preemptions;
  double left = seconds;
  for (unsigned bound = 0; bound <= preemptions_max && left > 0; ++bound) {
    again.preemptions = bound;
    again.seconds_max = left;
    Result result = explore(program, again);
    left -= result.seconds;
    const bool same =
        result.verdict == Verdict::failed && result.counterexample.failure == found.failure;
    if (!same) continue;
    result.counterexample.preemptions = static_cast<int>(bound);
    return result.counterexample;
  }
  return found;
}

std::string missing_order(const Program& program, const Options& options,
                          const Counterexample& found, double seconds) {
  double left = seconds;
  for (const Candidate& candidate : candidates_of(found)) {
    if (left <= 0) break;
    // Of several changes of one place the first counts.
    Mutations changes = {{candidate.place, false, candidate.order}};
    if (options.mutations != nullptr) {
      changes.insert(changes.end(), options.mutations->begin(), options.mutations->end());
    }
    Options again = options;
    again.mutations = &changes;
    // A sample that finds nothing says nothing.
    if (again.mode != Mode::preemptions) again.mode = Mode::exhaustive;
    again.seconds_max = std::min(left, 3.0);
    const Result result = explore(program, again);
    left -= result.seconds;
    if (result.verdict == Verdict::verified ||
        (result.verdict == Verdict::bounded && again.mode == Mode::preemptions)) {
      return candidate.words;
    }
  }
  return "";
}

}  // namespace faultline::checker
