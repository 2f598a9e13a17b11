// exhaustive.cpp: source-DPOR with sleep sets. See exhaustive.hpp.
#include "checker/exhaustive.hpp"

#include <bit>

namespace faultline::checker {

void Exhaustive::begin() {
  at_ = 0;
  asleep_ = 0;
  schedule_node_ = 0;
}

ThreadSet Exhaustive::asleep_after(const Execution& execution, ThreadSet asleep,
                                   unsigned picked) const {
  ThreadSet still = 0;
  const Step& made = execution.next_step(picked);
  for (ThreadSet rest = asleep & ~only(picked); rest != 0; rest &= rest - 1) {
    const auto thread = static_cast<unsigned>(std::countr_zero(rest));
    if (!dependent(execution.next_step(thread), made)) still |= only(thread);
  }
  return still;
}

int Exhaustive::pick(const Execution& execution, ThreadSet enabled, int running) {
  if (at_ == nodes_.size()) {
    const ThreadSet awake = enabled & ~asleep_;
    if (awake == 0) return give_up;
    // Sleepers that wake up for nothing come last: that nobody does is explored as well, and if
    // somebody wakes them up, a race with that leads to the rest.
    const ThreadSet sure = awake & ~execution.for_nothing();
    const ThreadSet from = sure != 0 ? sure : awake;
    const bool goes_on = running >= 0 && has(from, static_cast<unsigned>(running));
    const auto thread = static_cast<unsigned>(goes_on ? running : std::countr_zero(from));
    Node node;
    node.is_schedule = true;
    node.chosen = static_cast<std::uint8_t>(thread);
    node.enabled = enabled;
    node.wanted = only(thread);
    node.asleep = asleep_;
    nodes_.push_back(node);
  }
  const Node& node = nodes_[at_];
  if (!node.is_schedule || node.enabled != enabled) {
    confused_ = true;
    return give_up;
  }
  schedule_node_ = static_cast<std::uint32_t>(at_++);
  asleep_ = asleep_after(execution, node.asleep | node.done, node.chosen);
  return node.chosen;
}

// Where there is one thread to choose from, there is nothing to come back for.
Returns Exhaustive::returns_here(ThreadSet enabled) const {
  ThreadSet left = enabled & ~asleep_;
  if (at_ < nodes_.size()) {
    const Node& node = nodes_[at_];
    left = enabled & ~(node.asleep | node.done | only(node.chosen));
    if ((left & node.wanted) != 0) return Returns::surely;
    return left != 0 ? Returns::perhaps : Returns::no;
  }
  return (left & (left - 1)) != 0 ? Returns::perhaps : Returns::no;
}

unsigned Exhaustive::choose(const Execution&, unsigned n) {
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

Decisions Exhaustive::decisions() const {
  Decisions made;
  for (std::size_t i = 0; i < at_; ++i) made.push_back({nodes_[i].is_schedule, nodes_[i].chosen});
  return made;
}

bool Exhaustive::next(const Execution& execution) {
  if (confused_) return false;
  find_races(execution);
  for (; !nodes_.empty(); nodes_.pop_back()) {
    Node& node = nodes_.back();
    if (!node.is_schedule) {
      if (node.chosen + 1u == node.options) continue;
      ++node.chosen;
    } else {
      node.done |= only(node.chosen);
      const ThreadSet left = node.wanted & node.enabled & ~node.done & ~node.asleep;
      if (left == 0) continue;
      node.chosen = static_cast<std::uint8_t>(std::countr_zero(left));
    }
    // The event whose choice this is, is a new one.
    std::size_t from = nodes_.size() - 1;
    while (from > 0 && !nodes_[from].is_schedule) --from;
    changed_from_ = static_cast<std::uint32_t>(from);
    return true;
  }
  return false;
}

// The races of the events that are new in this execution, with all that came before them.
void Exhaustive::find_races(const Execution& execution) {
  const std::vector<Event>& events = execution.events();
  std::size_t second = events.size();
  while (second > 0 && events[second - 1].node >= changed_from_) --second;
  for (; second < events.size(); ++second) {
    const Event& b = events[second];
    Clock known;  // what b comes after, but for its own dependence on the events found below
    if (b.before >= 0) known = events[static_cast<std::size_t>(b.before)].depends;
    const Clock before = known;
    // The threads with events that b may not come after yet: the further back, the fewer.
    ThreadSet others = ~only(b.thread) & (only(execution.program().threads) - 1);
    for (std::size_t first = second; first-- > 0 && others != 0;) {
      const Event& a = events[first];
      if (!has(others, a.thread)) continue;
      if (a.depends[a.thread] <= known[a.thread]) {
        others &= ~only(a.thread);
        continue;
      }
      if (!dependent(a.step, b.step)) continue;
      // Could b have come before a? Not while it waited: then something in between, or a itself,
      // made it possible, and what counts is who made it impossible, further back.
      const bool was_next = b.before < static_cast<std::int32_t>(first);
      if (b.waits && was_next && !has(nodes_[a.node].enabled, b.thread)) continue;
      reverse(execution, first, second, before);
      // Where b was not the next step of its thread yet, it may have been impossible as well.
      if (!b.waits || was_next) known.join(a.depends);
    }
  }
}

// Makes sure that some execution has events[second] without events[first] before it.
void Exhaustive::reverse(const Execution& execution, std::size_t first, std::size_t second,
                         const Clock& before_second) {
  const std::vector<Event>& events = execution.events();
  const Event& a = events[first];
  const Steps a_step = a.depends[a.thread];
  between_.clear();
  for (std::size_t i = first + 1; i < second; ++i) {
    if (events[i].depends[a.thread] < a_step) between_.push_back(i);
  }
  between_.push_back(second);

  const auto comes_before = [&](std::size_t x, std::size_t y) {
    const Event& q = events[x];
    if (y != second) return q.depends[q.thread] <= events[y].depends[q.thread];
    return q.depends[q.thread] <= before_second[q.thread] || dependent(q.step, events[y].step);
  };
  // The threads whose first event in between depends on no other one there.
  ThreadSet initials = 0;
  ThreadSet seen = 0;
  for (std::size_t y = 0; y < between_.size(); ++y) {
    const unsigned thread = events[between_[y]].thread;
    if (has(seen, thread)) continue;
    seen |= only(thread);
    bool first_of_all = true;
    for (std::size_t x = 0; x < y && first_of_all; ++x) {
      first_of_all = !comes_before(between_[x], between_[y]);
    }
    if (first_of_all) initials |= only(thread);
  }
  Node& node = nodes_[a.node];
  if ((initials & (node.wanted | node.asleep | node.done)) != 0) return;
  const ThreadSet possible = initials & node.enabled;
  if (possible == 0) {
    node.wanted |= node.enabled;
  } else if (has(possible, events[second].thread)) {
    node.wanted |= only(events[second].thread);
  } else {
    node.wanted |= only(static_cast<unsigned>(std::countr_zero(possible)));
  }
}

}  // namespace faultline::checker
