// memory.hpp: the memory model: RC11 without load buffering, by views.
//
// A word is the list of the values it has had (messages), in modification order. A thread does not
// read "the" value but any message that is not older than what it has seen: its view holds, for
// each word, the position of the oldest message that it may still read. A message carries the view
// of its writer, if that was a release; reading it with acquire joins that view to one's own.
//
//   relaxed read     joins the message's view to `acq`, which an acquire fence joins to `cur`
//   relaxed write    attaches `rel`: the view at the last release fence
//   read-modify-write  writes right behind the message that it reads, and passes its view on (a
//                    release sequence of C++20); so that message is the newest, or nobody has
//                    read and modified it yet
//   full fence       joins the one view that all full fences share, and leaves its own there
//   a write may go in before messages that others wrote, unless the writer has seen them
//
// The views also carry a clock for happens-before. Full fences share positions only, no clock: they
// order, but they do not make anything happen before.
//
// Sources: Kang et al., "A promising semantics for relaxed-memory concurrency", POPL 2017 (views);
// Lahav et al., "Repairing sequential consistency in C/C++11", PLDI 2017 (RC11).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "checker/clock.hpp"
#include "checker/event.hpp"
#include "checker/limits.hpp"
#include "checker/order.hpp"

namespace faultline::checker {

struct View {
  std::array<std::uint8_t, words_max> seen{};  // position in each word's modification order
  Clock happened;
};

struct Message {
  static constexpr std::uint8_t nobody = 0xff;  // was there before the threads began

  std::uint64_t value = 0;
  std::uint32_t row = 0;  // the event that wrote it: 1 + its index; 0: nobody
  Steps step = 0;
  std::uint8_t thread = nobody;
  bool by_rmw = false;  // nothing may come between it and the message before
  Blind blind = Blind::no;
  View view;
};

// Who has accessed a word.
struct Accesses {
  bool ended = false;  // its object on some stack is gone
  Clock touched;       // last step of each thread that accessed it
  // Dependence: the reads, the writes, and the writes whose result nobody looks at, of each kind.
  Clock reads;
  Clock writes;
  std::array<Clock, 4> blind;
  bool has_blind = false;

  void before_read(Clock& depends) const {
    depends.join(writes);
    for (unsigned i = 1; has_blind && i < blind.size(); ++i) depends.join(blind[i]);
  }
  void before_write(Clock& depends, Blind kind) const {
    depends.join(writes);
    depends.join(reads);
    for (unsigned i = 1; has_blind && i < blind.size(); ++i) {
      if (i != static_cast<unsigned>(kind)) depends.join(blind[i]);
    }
  }
  void after_write(const Clock& depends, Blind kind) {
    if (kind == Blind::no) {
      writes.join(depends);
      return;
    }
    if (!has_blind) blind = {};
    has_blind = true;
    blind[static_cast<unsigned>(kind)].join(depends);
  }
};

struct Word : Accesses {
  const void* address = nullptr;
  std::uint8_t bytes = 0;
  std::vector<std::uint16_t> order;  // messages, oldest first
};

// What a thread knows, and how far it has come.
struct Knowledge {
  View cur, acq, rel;
  Clock depends;  // on steps of other threads
  Steps step = 0;
  bool got_by_blind = false;  // `acq` has what a blind step got from one that it commutes with
};

class Memory {
 public:
  Memory();

  void reset(unsigned threads);

  // As it was, for an execution that goes on from there. Messages never change, but for their
  // numbers in the modification order, so they stay where they are.
  struct Saved {
    unsigned words = 0;
    std::size_t used = 0;
    std::size_t rooms = 0;
    std::vector<Accesses> accesses;
    std::array<Knowledge, threads_max> knows;
    View full_fences;
    std::vector<View> kept;
    bool blind_order_showed = false;
  };
  void save(Saved& saved) const;
  // Only to what this execution was like, or one that began in the same way.
  void restore(const Saved& saved);

  // Adds a word with its initial value; its number. words() must be below words_max.
  unsigned add(const void* address, unsigned bytes, std::uint64_t initial);
  unsigned words() const { return words_; }

  Word& word(unsigned number) { return all_words_[number]; }
  Knowledge& knowledge(unsigned thread) { return knows_[thread]; }
  const Message& message(unsigned word, unsigned position) {
    return messages_[all_words_[word].order[position]];
  }
  // Messages are numbered as they come, whatever their place in the modification order.
  unsigned number(unsigned word, unsigned position) const {
    return all_words_[word].order[position];
  }
  unsigned latest_up_to(unsigned word, unsigned position) const {
    const std::vector<std::uint16_t>& order = all_words_[word].order;
    return *std::max_element(order.begin(), order.begin() + position + 1);
  }
  unsigned newest(unsigned word) const {
    return static_cast<unsigned>(all_words_[word].order.size()) - 1;
  }
  unsigned oldest_readable(unsigned thread, unsigned word) const {
    return knows_[thread].cur.seen[word];
  }

  // The oldest that its read-modify-write may replace: a full one has a fence in front.
  unsigned oldest_replaceable(unsigned thread, unsigned word, Mo order) const {
    const Knowledge& knows = knows_[thread];
    if (!is_full(order)) return knows.cur.seen[word];
    return std::max({knows.cur.seen[word], knows.acq.seen[word], full_fences_.seen[word]});
  }

  // The thread reads the message at `position`.
  void read(unsigned thread, unsigned word, unsigned position, Mo order);
  // The thread writes a message that goes in at `position`.
  void write(unsigned thread, unsigned word, unsigned position, std::uint64_t value, Mo order,
             std::uint32_t row);
  // Reads the message at `position`, with `order`, and writes right behind it.
  void read_modify_write(unsigned thread, unsigned word, unsigned position, std::uint64_t value,
                         Mo order, std::uint32_t row, Blind blind = Blind::no);
  // May a message go in at `position`, behind the newest or before a newer one?
  bool may_insert(unsigned word, unsigned position) {
    return position > newest(word) || !message(word, position).by_rmw;
  }
  void fence(unsigned thread, Mo order);

  // The thread looks at the word: could it tell in which order blind writes came, in an execution
  // where they came in another one? It could if it comes after one of them in every schedule (or it
  // would be enough to let it come before) but need not know it.
  void look(unsigned thread, unsigned word);
  // Blind writes that were taken to commute did not: somebody could tell.
  bool blind_order_showed() const { return blind_order_showed_; }

  void join(View& into, const View& from) const;
  // Views that belong to no thread and no message; kept right when messages are renumbered.
  unsigned keep(const View& view) {
    kept_.push_back(view);
    return static_cast<unsigned>(kept_.size()) - 1;
  }
  View& kept(unsigned number) { return kept_[number]; }

 private:
  std::uint16_t new_message(unsigned thread, std::uint64_t value, std::uint32_t row);
  void attach_view(Message& message, unsigned thread, Mo order);
  void acquire(Knowledge& me);
  void full_fence(unsigned thread);
  void make_room(unsigned word, unsigned position);

  unsigned threads_ = 0;
  unsigned words_ = 0;
  std::array<Word, words_max> all_words_;
  std::vector<Message> messages_;
  std::size_t used_ = 0;
  std::array<Knowledge, threads_max> knows_;
  View full_fences_;
  std::vector<View> kept_;
  // Where make_room() was called.
  struct Room {
    unsigned word;
    unsigned position;
  };
  std::vector<Room> rooms_;
  bool blind_order_showed_ = false;
};

}  // namespace faultline::checker
