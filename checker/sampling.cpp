// sampling.cpp: bounded, random and repeated executions. See sampling.hpp.
#include "checker/sampling.hpp"

#include <algorithm>
#include <bit>

namespace faultline::checker {

int Preemptions::pick(const Execution& execution, ThreadSet enabled, int running) {
  const bool goes_on =
      running >= 0 && has(enabled & ~execution.for_nothing(), static_cast<unsigned>(running));
  if (at_ == nodes_.size()) {
    Node node;
    node.is_schedule = true;
    node.goes_on = goes_on;
    node.running = goes_on ? static_cast<std::uint8_t>(running) : std::uint8_t{0};
    node.enabled = enabled;
    node.used = used_;
    if (goes_on && used_ >= bound_) {
      node.enabled = only(static_cast<unsigned>(running));
      bounded_ = bounded_ || node.enabled != enabled;
    }
    node.chosen = goes_on ? static_cast<std::uint8_t>(running)
                          : static_cast<std::uint8_t>(std::countr_zero(enabled));
    nodes_.push_back(node);
  }
  const Node& node = nodes_[at_++];
  if (!node.is_schedule || (node.enabled & ~enabled) != 0) {
    confused_ = true;
    return give_up;
  }
  if (goes_on && node.chosen != running) ++used_;
  return node.chosen;
}

Returns Preemptions::returns_here(ThreadSet enabled) const {
  if (at_ < nodes_.size()) enabled = nodes_[at_].enabled & ~nodes_[at_].done;
  return (enabled & (enabled - 1)) != 0 ? Returns::surely : Returns::no;
}

unsigned Preemptions::choose(const Execution&, unsigned n) {
  if (at_ == nodes_.size()) {
    Node node;
    node.options = static_cast<std::uint8_t>(n);
    nodes_.push_back(node);
  }
  const Node& node = nodes_[at_++];
  if (node.is_schedule || node.options != n) {
    confused_ = true;
    return 0;
  }
  return node.chosen;
}

Decisions Preemptions::decisions() const {
  Decisions made;
  for (std::size_t i = 0; i < at_; ++i) made.push_back({nodes_[i].is_schedule, nodes_[i].chosen});
  return made;
}

bool Preemptions::next(const Execution&) {
  if (confused_) return false;
  for (; !nodes_.empty(); nodes_.pop_back()) {
    Node& node = nodes_.back();
    if (!node.is_schedule) {
      if (node.chosen + 1u == node.options) continue;
      ++node.chosen;
    } else {
      node.done |= only(node.chosen);
      const ThreadSet left = node.enabled & ~node.done;
      if (left == 0) continue;
      node.chosen = static_cast<std::uint8_t>(std::countr_zero(left));
    }
    common_ = nodes_.size() - 1;
    while (common_ > 0 && !nodes_[common_].is_schedule) --common_;
    return true;
  }
  return false;
}

// SplitMix64: Steele, Lea, Flood, OOPSLA 2014.
std::uint64_t Random::draw(std::uint64_t below) {
  state_ += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (z ^ (z >> 31)) % below;
}

void Random::begin() {
  step_ = 0;
  decisions_.clear();
  change_at_.clear();
  if (!priorities_) return;
  for (std::uint64_t& priority : priority_) priority = 1'000'000 + draw(1'000'000'000);
  for (unsigned i = 0; i < changes_; ++i) change_at_.push_back(1 + draw(longest_));
}

int Random::pick(const Execution&, ThreadSet enabled, int) {
  ++step_;
  longest_ = std::max(longest_, step_);
  const unsigned picked = priorities_ ? highest(enabled) : any(enabled);
  decisions_.push_back({true, static_cast<std::uint8_t>(picked)});
  return static_cast<int>(picked);
}

unsigned Random::any(ThreadSet enabled) {
  const auto n = static_cast<unsigned>(std::popcount(enabled));
  for (std::uint64_t skip = draw(n); skip > 0; --skip) enabled &= enabled - 1;
  return static_cast<unsigned>(std::countr_zero(enabled));
}

unsigned Random::highest(ThreadSet enabled) {
  unsigned best = static_cast<unsigned>(std::countr_zero(enabled));
  for (unsigned i = 0; i < threads_max; ++i) {
    if (has(enabled, i) && priority_[i] > priority_[best]) best = i;
  }
  for (std::size_t i = 0; i < change_at_.size(); ++i) {
    if (change_at_[i] == step_) priority_[best] = i;  // below all that were drawn
  }
  return best;
}

unsigned Random::choose(const Execution&, unsigned n) {
  // The ordinary half of the time, so that executions get somewhere.
  const unsigned chosen = draw(2) == 0 ? 0 : static_cast<unsigned>(draw(n));
  decisions_.push_back({false, static_cast<std::uint8_t>(chosen)});
  return chosen;
}

bool Random::next(const Execution&) {
  return true;
}

const Decision* Replay::next_decision(bool is_schedule) {
  if (at_ == decisions_.size()) return nullptr;
  const Decision* decision = &decisions_[at_++];
  if (decision->is_schedule == is_schedule) return decision;
  strayed_ = true;
  return nullptr;
}

int Replay::pick(const Execution&, ThreadSet enabled, int running) {
  const Decision* decision = next_decision(true);
  if (decision != nullptr && has(enabled, decision->chosen)) return decision->chosen;
  if (decision != nullptr) strayed_ = true;
  const bool goes_on = running >= 0 && has(enabled, static_cast<unsigned>(running));
  return goes_on ? running : std::countr_zero(enabled);
}

unsigned Replay::choose(const Execution&, unsigned n) {
  const Decision* decision = next_decision(false);
  if (decision != nullptr && decision->chosen < n) return decision->chosen;
  if (decision != nullptr) strayed_ = true;
  return 0;
}

}  // namespace faultline::checker
