// litmus.hpp: small programs as data, for the checker and for the axioms alike.
//
// A program is a list of threads, a thread is a list of operations on a few words that begin as 0.
// Each operation that yields a value puts it into the next register. An outcome is the registers in
// the order in which the program names them and, behind a bar, the words at the end.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "checker/explore.hpp"
#include "platform/checked.hpp"

namespace faultline::litmus {

using checker::Mo;

inline constexpr unsigned words_max = 4;
inline constexpr unsigned words_shown = 3;
inline constexpr unsigned registers_max = 10;

enum class Do : std::uint8_t {
  load,
  store,
  add,        // fetch_add
  blind_add,  // add: no register
  exchange,
  compare_exchange,
  fence,
  await,  // until the word has the value; no register
  acquire_lock,
};

struct Op {
  Do what = Do::load;
  unsigned word = 0;
  unsigned value = 0;
  Mo order = Mo::relaxed;
  unsigned expected = 0;

  bool has_register() const {
    return what == Do::load || what == Do::add || what == Do::exchange ||
           what == Do::compare_exchange;
  }
};

using Thread = std::vector<Op>;
using Outcomes = std::set<std::string>;

struct Program {
  std::vector<Thread> threads;
  bool shows_words = false;  // an outcome has the words at the end, too
};

// --- how tests write programs ---

inline constexpr unsigned x = 0, y = 1, z = 2;  // and one more

inline Op read(unsigned word, Mo order = Mo::relaxed) {
  return {Do::load, word, 0, order, 0};
}
inline Op write(unsigned word, unsigned value, Mo order = Mo::relaxed) {
  return {Do::store, word, value, order, 0};
}
inline Op add(unsigned word, unsigned value, Mo order = Mo::relaxed) {
  return {Do::add, word, value, order, 0};
}
inline Op blind_add(unsigned word, unsigned value, Mo order = Mo::relaxed) {
  return {Do::blind_add, word, value, order, 0};
}
inline Op exchange(unsigned word, unsigned value, Mo order = Mo::relaxed) {
  return {Do::exchange, word, value, order, 0};
}
inline Op compare_exchange(unsigned word, unsigned expected, unsigned value,
                           Mo order = Mo::relaxed) {
  return {Do::compare_exchange, word, value, order, expected};
}
inline Op fence(Mo order) {
  return {Do::fence, 0, 0, order, 0};
}
inline Op await(unsigned word, unsigned value, Mo order = Mo::relaxed) {
  return {Do::await, word, value, order, 0};
}
// Spins until the word is 0 and makes it 1; write(word, 0, release) gives it back.
inline Op lock(unsigned word) {
  return {Do::acquire_lock, word, 1, Mo::acquire, 0};
}

inline std::string outcome_of(const Program& program, const unsigned* registers, unsigned count,
                              const unsigned* words) {
  std::string text;
  const auto put = [&text](unsigned value) {
    if (!text.empty()) text += ' ';
    text += std::to_string(value);
  };
  for (unsigned i = 0; i < count; ++i) put(registers[i]);
  if (program.shows_words) {
    put(words[0]);
    text.insert(text.find_last_of(' ') + 1, "| ");
    for (unsigned i = 1; i < words_shown; ++i) put(words[i]);
  }
  return text;
}

// --- on the checker ---

// The same operation with its order as a type.
template <class Operation>
void with_order(Mo order, Operation operation) {
  switch (order) {
    case Mo::relaxed:
      return operation(relaxed);
    case Mo::acquire:
      return operation(acquire);
    case Mo::release:
      return operation(release);
    case Mo::acq_rel:
      return operation(acq_rel);
    case Mo::full:
      return operation(full);
  }
}

class Scenario {
 public:
  using Word = Checked::Atomic<std::uint32_t>;

  // What is explored, and what came out.
  static inline const Program* program = nullptr;
  static inline Outcomes* outcomes = nullptr;

  void thread(unsigned number) {
    unsigned next = 0;
    for (unsigned i = 0; i < number; ++i) {
      for (const Op& op : program->threads[i]) next += op.has_register() ? 1u : 0u;
    }
    for (const Op& op : program->threads[number]) {
      const unsigned seen = run(op);
      if (op.has_register()) registers_.at(next++) = seen;
    }
  }

  void finish() {
    unsigned count = 0;
    for (const Thread& ops : program->threads) {
      for (const Op& op : ops) count += op.has_register() ? 1u : 0u;
    }
    std::array<unsigned, words_max> words{};
    for (unsigned i = 0; i < words_max; ++i) words.at(i) = words_.at(i).load(relaxed);
    outcomes->insert(outcome_of(*program, registers_.data(), count, words.data()));
  }

 private:
  unsigned run(const Op& op) {
    Word& word = words_.at(op.word);
    unsigned seen = 0;
    with_order(op.order, [&]<class O>(O order) {
      if constexpr (FenceOrder<O>) {
        if (op.what == Do::fence) Checked::fence(order);
      }
      if constexpr (LoadOrder<O>) {
        if (op.what == Do::load) seen = word.load(order);
        if (op.what == Do::await) {
          Checked::await("litmus", word, [&](unsigned v) { return v == op.value; }, order);
        }
      }
      if constexpr (StoreOrder<O>) {
        if (op.what == Do::store) word.store(op.value, order);
      }
      if (op.what == Do::add) seen = word.fetch_add(op.value, order);
      if (op.what == Do::blind_add) word.add(op.value, order);
      if (op.what == Do::exchange) seen = word.exchange(op.value, order);
      if (op.what == Do::compare_exchange) {
        seen = op.expected;
        word.compare_exchange_strong(seen, op.value, order);
      }
      if (op.what == Do::acquire_lock) {
        const auto take = [&](unsigned value, unsigned& wanted) {
          wanted = op.value;
          return value == 0;
        };
        Checked::await_update("litmus", word, take, order);
      }
    });
    return seen;
  }

  std::array<Word, words_max> words_;
  std::array<unsigned, registers_max> registers_{};
};

struct Explored {
  Outcomes outcomes;
  checker::Result result;
};

inline Explored explore(const Program& program, const checker::Options& options) {
  Explored explored;
  Scenario::program = &program;
  Scenario::outcomes = &explored.outcomes;
  explored.result = checker::explore(
      checker::program_of<Scenario>(static_cast<unsigned>(program.threads.size())), options);
  return explored;
}

}  // namespace faultline::litmus
