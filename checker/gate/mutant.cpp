// mutant.cpp: what there is to change. See mutant.hpp.
#include "checker/gate/mutant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace faultline::gate {

namespace {

using checker::Kind;
using checker::Mo;

// The weaker orders worth trying: those next to it, and each half of a full one alone.
std::vector<Mo> weaker(Kind kind, Mo order) {
  switch (order) {
    case Mo::relaxed:
      return {};
    case Mo::acquire:
    case Mo::release:
      if (kind == Kind::fence) return {};  // only dropped, which is the same
      return {Mo::relaxed};
    case Mo::acq_rel:
      return {Mo::acquire, Mo::release};
    case Mo::full:
      if (kind == Kind::unpark || kind == Kind::prepare) return {};  // the platform's own
      if (kind == Kind::fence) return {Mo::acq_rel};
      return {Mo::acq_rel, Mo::acquire, Mo::release};
  }
  return {};
}

bool may_be_dropped(Kind kind) {
  return kind == Kind::store || kind == Kind::fence || kind == Kind::unpark ||
         kind == Kind::prepare || kind == Kind::free_rcu;
}

}  // namespace

std::vector<Mutant> mutants_of(const checker::Surveyed& operation) {
  Mutant mutant;
  mutant.place = operation.place;
  mutant.action = operation.action;
  mutant.from = operation.order;
  mutant.mutation.place = operation.place;
  std::vector<Mutant> all;
  for (const Mo order : weaker(operation.kind, operation.order)) {
    mutant.to = order_name(order);
    mutant.what =
        fmt::format("{}: {} -> {}", mutant.action, order_name(operation.order), mutant.to);
    mutant.mutation.order = order;
    all.push_back(mutant);
  }
  if (may_be_dropped(operation.kind)) {
    mutant.to = "dropped";
    mutant.what = operation.kind == Kind::free_rcu ? "free_rcu: without the grace period"
                                                   : mutant.action + ": dropped";
    mutant.mutation.drop = true;
    all.push_back(mutant);
  }
  return all;
}

bool in_scope(const std::string& file) {
  if (file == "mm/check.hpp") return false;
  return file.rfind("lockimpls/", 0) == 0 || file.rfind("mm/", 0) == 0;
}

void sort_and_number(std::vector<Mutant>& mutants) {
  std::stable_sort(mutants.begin(), mutants.end(), [](const Mutant& a, const Mutant& b) {
    return std::tie(a.place.file, a.place.line, a.place.column) <
           std::tie(b.place.file, b.place.line, b.place.column);
  });
  unsigned number = 0;
  for (Mutant& mutant : mutants) mutant.number = ++number;
}

}  // namespace faultline::gate
