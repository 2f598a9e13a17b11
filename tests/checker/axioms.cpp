// axioms.cpp: candidate executions as graphs, and the axioms that they must keep. See axioms.hpp.
//
// Source: Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing sequential consistency in C/C++11", PLDI
// 2017 (RC11); P0982R1 "Weaken release sequences" (C++20).
#include "tests/checker/axioms.hpp"

#include <algorithm>
#include <numeric>

namespace faultline::litmus {

namespace {

constexpr unsigned events_max = 32;
constexpr unsigned none = ~0u;

// A relation between events: row a has bit b if a is before b.
struct Relation {
  std::array<std::uint32_t, events_max> row{};

  void add(unsigned a, unsigned b) { row[a] |= 1u << b; }
  bool has(unsigned a, unsigned b) const { return ((row[a] >> b) & 1u) != 0; }
  void close() {
    for (unsigned via = 0; via < events_max; ++via) {
      for (std::uint32_t& to : row) {
        if (((to >> via) & 1u) != 0) to |= row[via];
      }
    }
  }
  bool is_irreflexive() const {
    for (unsigned i = 0; i < events_max; ++i) {
      if (has(i, i)) return false;
    }
    return true;
  }
  // Whether this, then the other, never leads back to where it began.
  bool never_returns(const Relation& other) const {
    for (unsigned a = 0; a < events_max; ++a) {
      for (unsigned b = 0; b < events_max; ++b) {
        if (has(a, b) && other.has(b, a)) return false;
      }
    }
    return true;
  }
};

struct Event {
  const Op* op = nullptr;  // null: the initial value
  unsigned thread = none;
  unsigned word = none;  // none: a fence
  bool reads = false;
  bool writes = false;
  Mo order = Mo::relaxed;
  int reg = -1;
};

class Graphs {
 public:
  explicit Graphs(const Program& program) : program_(program) {}

  Outcomes outcomes() {
    unsigned may_fail = 0;
    for (const Thread& thread : program_.threads) {
      for (const Op& op : thread) may_fail += op.what == Do::compare_exchange ? 1u : 0u;
    }
    // Which compare-exchanges succeed is guessed; values must agree with it.
    for (unsigned guess = 0; guess < 1u << may_fail; ++guess) {
      make_events(guess);
      choose_reads(0);
    }
    return found_;
  }

 private:
  void make_events(unsigned guess) {
    events_.clear();
    count_ = 0;
    sb_ = Relation{};
    for (unsigned word = 0; word < words_max; ++word) {
      Event& event = events_.emplace_back();
      event.word = word;
      event.writes = true;
    }
    for (unsigned i = 0; i < program_.threads.size(); ++i) {
      std::size_t begin = events_.size();
      for (const Op& op : program_.threads[i]) {
        const bool succeeds = op.what != Do::compare_exchange || (guess & 1u) != 0;
        if (op.what == Do::compare_exchange) guess >>= 1u;
        make_event(op, i, succeeds);
      }
      for (std::size_t b = begin; b < events_.size(); ++b) {
        for (std::size_t a = begin; a < b; ++a) sb_.add(id(a), id(b));
        for (unsigned a = 0; a < words_max; ++a) sb_.add(a, id(b));
      }
    }
    from_.assign(events_.size(), none);
  }

  static unsigned id(std::size_t event) { return static_cast<unsigned>(event); }

  void make_event(const Op& op, unsigned thread, bool succeeds) {
    Event event;
    event.op = &op;
    event.thread = thread;
    event.order = op.order;
    if (op.what == Do::fence) {
      events_.push_back(event);
      return;
    }
    event.word = op.word;
    event.reads = op.what != Do::store;
    event.writes = op.what != Do::load && succeeds;
    if (op.has_register()) event.reg = static_cast<int>(count_++);
    if (!succeeds) event.order = Mo::relaxed;
    const bool fenced = event.reads && event.writes && checker::is_full(op.order);
    Event full_fence;
    full_fence.thread = thread;
    full_fence.order = Mo::full;
    if (fenced) events_.push_back(full_fence);
    events_.push_back(event);
    if (fenced) events_.push_back(full_fence);
  }

  // Each read, from `event` on, from each write of its word.
  void choose_reads(std::size_t event) {
    while (event < events_.size() && !events_[event].reads) ++event;
    if (event == events_.size()) {
      if (find_values()) choose_orders(0);
      return;
    }
    for (std::size_t from = 0; from < events_.size(); ++from) {
      if (from == event || !events_[from].writes || events_[from].word != events_[event].word) {
        continue;
      }
      from_[event] = id(from);
      choose_reads(event + 1);
    }
  }

  unsigned written(unsigned event, unsigned before) const {
    const Op* op = events_[event].op;
    if (op == nullptr) return 0;
    return op->what == Do::add || op->what == Do::blind_add ? before + op->value : op->value;
  }

  // False if a value would come out of nothing, or not be what a compare-exchange was guessed to
  // have seen.
  bool find_values() {
    Relation order = sb_;
    for (unsigned i = 0; i < events_.size(); ++i) {
      if (from_[i] != none) order.add(from_[i], i);
    }
    order.close();
    if (!order.is_irreflexive()) return false;
    value_.assign(events_.size(), 0);
    seen_.assign(events_.size(), 0);
    std::vector<unsigned> sorted(events_.size());
    std::iota(sorted.begin(), sorted.end(), 0u);
    const auto predecessors = [&](unsigned event) {
      unsigned n = 0;
      for (unsigned a = 0; a < events_.size(); ++a) n += order.has(a, event) ? 1u : 0u;
      return n;
    };
    std::sort(sorted.begin(), sorted.end(),
              [&](unsigned a, unsigned b) { return predecessors(a) < predecessors(b); });
    for (const unsigned i : sorted) {
      if (from_[i] != none) seen_[i] = value_[from_[i]];
      value_[i] = written(i, seen_[i]);
      const Op* op = events_[i].op;
      if (op != nullptr && op->what == Do::compare_exchange && events_[i].reads &&
          (seen_[i] == op->expected) != events_[i].writes) {
        return false;
      }
    }
    return true;
  }

  // Each order of the writes of each word, from `word` on, in which nothing comes between a
  // read-modify-write and what it read.
  void choose_orders(unsigned word) {
    if (word == words_max) {
      judge();
      return;
    }
    std::vector<unsigned>& order = order_.at(word);
    order.clear();
    for (unsigned i = 0; i < events_.size(); ++i) {
      if (events_[i].writes && events_[i].word == word) order.push_back(i);
    }
    do {
      bool atomic = true;
      for (std::size_t i = 1; i < order.size() && atomic; ++i) {
        atomic = !events_[order[i]].reads || from_[order[i]] == order[i - 1];
      }
      if (atomic) choose_orders(word + 1);
      // The initial value stays first.
    } while (std::next_permutation(order.begin() + 1, order.end()));
  }

  // What synchronizes with what, through the read `r`.
  void synchronize(unsigned r, Relation& hb) const {
    for (unsigned head = from_[r];; head = from_[head]) {
      for (unsigned a = 0; a < events_.size(); ++a) {
        const bool is_fence = events_[a].word == none;
        if (!checker::releases(events_[a].order) || (is_fence ? !sb_.has(a, head) : a != head)) {
          continue;
        }
        for (unsigned b = 0; b < events_.size(); ++b) {
          const bool fences = events_[b].word == none;
          if (checker::acquires(events_[b].order) && (fences ? sb_.has(r, b) : b == r)) {
            hb.add(a, b);
          }
        }
      }
      // A read-modify-write continues the release sequence that it read from.
      if (!events_[head].reads) return;
    }
  }

  void judge() {
    Relation hb = sb_;
    Relation eco;
    for (const std::vector<unsigned>& order : order_) {
      for (std::size_t i = 0; i < order.size(); ++i) {
        for (std::size_t j = i + 1; j < order.size(); ++j) eco.add(order[i], order[j]);
      }
    }
    const Relation mo = eco;
    for (unsigned i = 0; i < events_.size(); ++i) {
      if (from_[i] == none) continue;
      eco.add(from_[i], i);
      for (unsigned later = 0; later < events_.size(); ++later) {
        if (later != i && mo.has(from_[i], later)) eco.add(i, later);
      }
      synchronize(i, hb);
    }
    hb.close();
    eco.close();
    if (hb.is_irreflexive() && hb.never_returns(eco) && fences_agree(hb, eco)) note_outcome();
  }

  bool fences_agree(const Relation& hb, const Relation& eco) const {
    Relation psc;
    const auto is_full = [this](unsigned i) {
      return events_[i].word == none && checker::is_full(events_[i].order);
    };
    for (unsigned f = 0; f < events_.size(); ++f) {
      if (!is_full(f)) continue;
      std::uint32_t reached = hb.row[f];
      for (unsigned a = 0; a < events_.size(); ++a) {
        if (!hb.has(f, a)) continue;
        for (unsigned b = 0; b < events_.size(); ++b) {
          if (eco.has(a, b)) reached |= hb.row[b];
        }
      }
      for (unsigned g = 0; g < events_.size(); ++g) {
        if (is_full(g) && ((reached >> g) & 1u) != 0) psc.add(f, g);
      }
    }
    psc.close();
    return psc.is_irreflexive();
  }

  void note_outcome() {
    std::array<unsigned, registers_max> registers{};
    std::array<unsigned, words_max> words{};
    for (unsigned i = 0; i < events_.size(); ++i) {
      if (events_[i].reg >= 0) registers.at(static_cast<unsigned>(events_[i].reg)) = seen_[i];
    }
    for (unsigned i = 0; i < words_max; ++i) words.at(i) = value_[order_.at(i).back()];
    found_.insert(outcome_of(program_, registers.data(), count_, words.data()));
  }

  const Program& program_;
  std::vector<Event> events_;
  unsigned count_ = 0;  // registers
  Relation sb_;
  std::vector<unsigned> from_;  // for each read
  std::vector<unsigned> seen_;
  std::vector<unsigned> value_;
  std::array<std::vector<unsigned>, words_max> order_;
  Outcomes found_;
};

struct Interleavings {
  struct State {
    std::array<std::size_t, checker::threads_max> at{};
    std::array<unsigned, words_max> words{};
    std::array<std::array<unsigned, registers_max>, checker::threads_max> registers{};
    std::array<unsigned, checker::threads_max> count{};
  };

  const Program& program;
  Outcomes found;

  static unsigned run(const Op& op, unsigned& word) {
    const unsigned seen = word;
    switch (op.what) {
      case Do::store:
      case Do::exchange:
        word = op.value;
        break;
      case Do::add:
      case Do::blind_add:
        word += op.value;
        break;
      case Do::compare_exchange:
        if (seen == op.expected) word = op.value;
        break;
      case Do::load:
      case Do::fence:
      case Do::await:
      case Do::acquire_lock:
        break;
    }
    return seen;
  }

  void go_on(const State& now) {
    bool finished = true;
    for (unsigned i = 0; i < program.threads.size(); ++i) {
      if (now.at.at(i) == program.threads[i].size()) continue;
      finished = false;
      State next = now;
      const Op& op = program.threads[i][next.at.at(i)++];
      const unsigned seen = run(op, next.words.at(op.word));
      if (op.has_register()) next.registers.at(i).at(next.count.at(i)++) = seen;
      go_on(next);
    }
    if (finished) end(now);
  }

  void end(const State& last) {
    std::vector<unsigned> all;
    for (unsigned i = 0; i < program.threads.size(); ++i) {
      const auto& own = last.registers.at(i);
      all.insert(all.end(), own.begin(), own.begin() + last.count.at(i));
    }
    found.insert(
        outcome_of(program, all.data(), static_cast<unsigned>(all.size()), last.words.data()));
  }
};

}  // namespace

Outcomes outcomes_by_axioms(const Program& program) {
  return Graphs(program).outcomes();
}

Outcomes outcomes_of_interleavings(const Program& program) {
  Interleavings all{program, {}};
  all.go_on({});
  return all.found;
}

}  // namespace faultline::litmus
