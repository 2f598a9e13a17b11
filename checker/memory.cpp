// memory.cpp: the memory model's operations. See memory.hpp.
#include "checker/memory.hpp"

#include <algorithm>
#include <cstring>

namespace faultline::checker {

namespace {

// Only the words that exist matter; rounded up so that the compiler can use vectors.
unsigned rounded(unsigned words) {
  return (words + 15u) & ~15u;
}

void join_positions(View& into, const View& from, unsigned words) {
  for (unsigned i = 0; i < rounded(words); ++i) {
    into.seen[i] = std::max(into.seen[i], from.seen[i]);
  }
}

void copy_view(View& into, const View& from, unsigned words) {
  std::memcpy(into.seen.data(), from.seen.data(), rounded(words));
  into.happened = from.happened;
}

}  // namespace

Memory::Memory() {
  messages_.resize(1024);
}

void Memory::reset(unsigned threads) {
  threads_ = threads;
  words_ = 0;
  used_ = 0;
  for (unsigned i = 0; i < threads; ++i) knows_[i] = Knowledge{};
  full_fences_ = View{};
  kept_.clear();
  rooms_.clear();
  blind_order_showed_ = false;
}

void Memory::save(Saved& saved) const {
  saved.words = words_;
  saved.used = used_;
  saved.rooms = rooms_.size();
  saved.accesses.resize(words_);
  for (unsigned i = 0; i < words_; ++i) saved.accesses[i] = all_words_[i];
  for (unsigned i = 0; i < threads_; ++i) saved.knows[i] = knows_[i];
  saved.full_fences = full_fences_;
  saved.kept = kept_;
  saved.blind_order_showed = blind_order_showed_;
}

void Memory::restore(const Saved& saved) {
  words_ = saved.words;
  used_ = saved.used;
  const auto is_new = [this](std::uint16_t message) { return message >= used_; };
  for (unsigned i = 0; i < words_; ++i) {
    static_cast<Accesses&>(all_words_[i]) = saved.accesses[i];
    std::vector<std::uint16_t>& order = all_words_[i].order;
    while (is_new(order.back())) order.pop_back();
  }
  for (; rooms_.size() > saved.rooms; rooms_.pop_back()) {
    const Room& room = rooms_.back();
    if (room.word < words_) std::erase_if(all_words_[room.word].order, is_new);
    for (std::size_t i = 0; i < used_; ++i) {
      std::uint8_t& seen = messages_[i].view.seen[room.word];
      if (seen > room.position) --seen;
    }
  }
  for (unsigned i = 0; i < threads_; ++i) knows_[i] = saved.knows[i];
  full_fences_ = saved.full_fences;
  kept_ = saved.kept;
  blind_order_showed_ = saved.blind_order_showed;
}

unsigned Memory::add(const void* address, unsigned bytes, std::uint64_t initial) {
  const unsigned number = words_++;
  Word& word = all_words_[number];
  word.address = address;
  word.bytes = static_cast<std::uint8_t>(bytes);
  word.ended = false;
  word.touched = word.reads = word.writes = Clock{};
  word.has_blind = false;
  word.order.clear();
  if (used_ == messages_.size()) messages_.resize(2 * used_);
  Message& message = messages_[used_];
  message.value = initial;
  message.row = 0;
  message.step = 0;
  message.thread = Message::nobody;
  message.by_rmw = false;
  message.blind = Blind::no;
  message.view = View{};
  word.order.push_back(static_cast<std::uint16_t>(used_++));
  return number;
}

void Memory::join(View& into, const View& from) const {
  join_positions(into, from, words_);
  into.happened.join(from.happened);
}

void Memory::read(unsigned thread, unsigned word, unsigned position, Mo order) {
  Knowledge& me = knows_[thread];
  me.cur.seen[word] = std::max(me.cur.seen[word], static_cast<std::uint8_t>(position));
  join(acquires(order) ? me.cur : me.acq, message(word, position).view);
}

std::uint16_t Memory::new_message(unsigned thread, std::uint64_t value, std::uint32_t row) {
  if (used_ == messages_.size()) messages_.resize(2 * used_);
  Message& message = messages_[used_];
  message.value = value;
  message.row = row;
  message.step = knows_[thread].step;
  message.thread = static_cast<std::uint8_t>(thread);
  message.by_rmw = false;
  message.blind = Blind::no;
  return static_cast<std::uint16_t>(used_++);
}

void Memory::attach_view(Message& message, unsigned thread, Mo order) {
  // All of it, not only the words that exist: later words count from 0 in it.
  message.view = releases(order) ? knows_[thread].cur : knows_[thread].rel;
}

void Memory::write(unsigned thread, unsigned word, unsigned position, std::uint64_t value, Mo order,
                   std::uint32_t row) {
  Word& target = all_words_[word];
  if (position < target.order.size()) make_room(word, position);
  const std::uint16_t id = new_message(thread, value, row);
  target.order.insert(target.order.begin() + position, id);
  knows_[thread].cur.seen[word] = static_cast<std::uint8_t>(position);
  attach_view(messages_[id], thread, order);
  messages_[id].view.seen[word] = static_cast<std::uint8_t>(position);
}

void Memory::read_modify_write(unsigned thread, unsigned word, unsigned position,
                               std::uint64_t value, Mo order, std::uint32_t row, Blind blind) {
  Word& target = all_words_[word];
  if (is_full(order)) full_fence(thread);
  read(thread, word, position, order);
  if (position != newest(word)) make_room(word, position + 1);
  const std::uint16_t id = new_message(thread, value, row);
  const std::uint16_t before = target.order[position];
  target.order.insert(target.order.begin() + position + 1, id);
  knows_[thread].cur.seen[word] = static_cast<std::uint8_t>(position + 1);
  Message& message = messages_[id];
  message.by_rmw = true;
  message.blind = blind;
  if (commute(blind, messages_[before].blind) && messages_[before].thread != thread) {
    knows_[thread].got_by_blind = true;
  }
  attach_view(message, thread, order);
  join(message.view, messages_[before].view);
  message.view.seen[word] = static_cast<std::uint8_t>(position + 1);
  if (is_full(order)) full_fence(thread);
}

void Memory::fence(unsigned thread, Mo order) {
  Knowledge& me = knows_[thread];
  if (acquires(order)) acquire(me);
  if (is_full(order)) full_fence(thread);
  if (releases(order)) copy_view(me.rel, me.cur, words_);
}

void Memory::acquire(Knowledge& me) {
  join(me.cur, me.acq);
  blind_order_showed_ = blind_order_showed_ || me.got_by_blind;
}

void Memory::look(unsigned thread, unsigned word) {
  if (!all_words_[word].has_blind) return;
  const Knowledge& me = knows_[thread];
  for (unsigned first = 1; first <= newest(word);) {
    const Message& begin = message(word, first);
    unsigned end = first + 1;
    bool several = false;
    for (; end <= newest(word) && commute(begin.blind, message(word, end).blind); ++end) {
      several = several || message(word, end).thread != begin.thread;
    }
    for (; first < end; ++first) {
      const Message& one = message(word, first);
      const bool comes_after = me.depends[one.thread] >= one.step;
      const bool knows = me.cur.happened[one.thread] >= one.step;
      if (several && end > me.cur.seen[word] && comes_after && !knows) blind_order_showed_ = true;
    }
  }
}

void Memory::full_fence(unsigned thread) {
  Knowledge& me = knows_[thread];
  acquire(me);
  join_positions(me.cur, full_fences_, words_);
  join_positions(full_fences_, me.cur, words_);
  copy_view(me.rel, me.cur, words_);
}

void Memory::make_room(unsigned word, unsigned position) {
  rooms_.push_back({word, position});
  const auto shift = [word, position](View& view) {
    if (view.seen[word] >= position) ++view.seen[word];
  };
  for (std::size_t i = 0; i < used_; ++i) shift(messages_[i].view);
  for (unsigned i = 0; i < threads_; ++i) {
    shift(knows_[i].cur);
    shift(knows_[i].acq);
    shift(knows_[i].rel);
  }
  shift(full_fences_);
  for (View& view : kept_) shift(view);
}

}  // namespace faultline::checker
