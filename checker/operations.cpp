// operations.cpp: what threads do to atomic words: one function for each operation of the platform.
#include <fmt/format.h>

#include <cstring>

#include "checker/execution.hpp"

namespace faultline::checker {

std::uint64_t Execution::value_outside(const void* address, unsigned bytes) {
  outside();
  std::uint64_t value = 0;
  std::memcpy(&value, address, bytes);
  return value;
}

Row* Execution::new_row(Kind kind, const char* action, const void* address, unsigned bytes,
                        Mo order, const Where& where) {
  if (!recording_) return nullptr;
  Row row;
  row.thread = running_;
  row.kind = kind;
  row.action = action;
  row.address = address;
  row.bytes = bytes;
  row.order = order;
  row.where = where;
  rows_.push_back(row);
  return &rows_.back();
}

void Execution::note(std::string text, const Where& where) {
  Row* row = new_row(Kind::note, "", nullptr, 0, Mo::relaxed, where);
  if (row != nullptr) row->note = std::move(text);
}

// The order of an operation after the mutation of its place, if there is one.
Mo Execution::order_at(Mo order, Kind kind, const char* action, const Where& where, bool& dropped) {
  dropped = false;
  if (survey_ != nullptr) survey_->see(where, kind, action, order);
  if (mutations_ == nullptr) return order;
  for (const Mutation& mutation : *mutations_) {
    if (!mutation.place.is(where)) continue;
    dropped = mutation.drop;
    return mutation.drop ? order : mutation.order;
  }
  return order;
}

// Would another schedule, in which the thread comes before a newer message, show the same? It does
// unless the thread's step depends on that message's, or a message up to `position` came after that
// one, and went in before it.
bool Execution::hidden(unsigned word, unsigned position, const Clock& depends, Blind blind) {
  if (!rules_.prune_stale) return false;
  const unsigned latest = memory_.latest_up_to(word, position);
  for (unsigned newer = position + 1; newer <= memory_.newest(word); ++newer) {
    const Message& message = memory_.message(word, newer);
    if (message.thread == running_ || memory_.number(word, newer) < latest) continue;
    if (commute(message.blind, blind)) continue;  // then that schedule is not another one
    if (depends[message.thread] < message.step) return true;
  }
  return false;
}

void Execution::looks_at(unsigned word, unsigned position) {
  Thread& thread = me();
  thread.looked_at.add(word);
  thread.looked_until[word] = static_cast<std::uint8_t>(position);
}

std::uint64_t Execution::load(const void* address, unsigned bytes, Mo order, const Where& where) {
  if (!in_thread()) return value_outside(address, bytes);
  bool dropped = false;
  order = order_at(order, Kind::load, "load", where, dropped);
  const unsigned word = word_of(address, bytes);
  Step step;
  step.kind = Kind::load;
  step.reads.add(word);
  point(step, where);
  memory_.look(running_, word);
  const unsigned newest = memory_.newest(word);
  unsigned position = newest;
  if (rules_.weak && memory_.oldest_readable(running_, word) < newest) {
    std::array<std::uint8_t, messages_max + 1> options;
    unsigned n = 0;
    for (unsigned at = newest + 1; at-- > memory_.oldest_readable(running_, word);) {
      if (at == newest || !hidden(word, at, mine().depends)) {
        options[n++] = static_cast<std::uint8_t>(at);
      }
    }
    position = n > 1 ? options[choose(n)] : newest;
  }
  made(step);
  touch(word, where);
  const Message& message = memory_.message(word, position);
  if (Row* row = new_row(Kind::load, "load", address, bytes, order, where)) {
    row->reads = true;
    row->before = message.value;
    row->reads_from = message.row;
    row->stale = position != newest;
  }
  const std::uint64_t value = message.value;
  memory_.read(running_, word, position, order);
  looks_at(word, position);
  return value;
}

// Where a new message goes in: last, or before messages that the thread has not seen.
unsigned Execution::pick_write_position(unsigned word, const Clock& depends) {
  const unsigned last = memory_.newest(word) + 1;
  if (last >= messages_max) {
    give_up(End::limit, fmt::format("a word takes more than {} values", messages_max));
  }
  const unsigned seen = memory_.oldest_readable(running_, word);
  if (!rules_.weak || seen + 1 == last) return last;
  std::array<std::uint8_t, messages_max + 1> options;
  unsigned n = 0;
  for (unsigned at = last; at > seen; --at) {
    if (at != last && hidden(word, at - 1, depends)) break;
    if (memory_.may_insert(word, at)) options[n++] = static_cast<std::uint8_t>(at);
  }
  return n > 1 ? options[choose(n)] : options[0];
}

void Execution::store(void* address, unsigned bytes, std::uint64_t value, Mo order,
                      const Where& where) {
  if (!in_thread()) {
    outside();
    std::memcpy(address, &value, bytes);
    return;
  }
  bool dropped = false;
  order = order_at(order, Kind::store, "store", where, dropped);
  if (dropped) return;
  const unsigned word = word_of(address, bytes);
  Step step;
  step.kind = Kind::store;
  step.writes.add(word);
  point(step, where);
  const unsigned position = pick_write_position(word, mine().depends);
  made(step);
  touch(word, where);
  if (Row* row = new_row(Kind::store, "store", address, bytes, order, where)) {
    row->writes = true;
    row->after = value;
    row->early = position <= memory_.newest(word);
  }
  memory_.write(running_, word, position, value, order, row_number());
  looks_at(word, position);
}

// Finds the messages that a read-modify-write may look at, newest first. One that it replaces must
// have room behind it: nothing comes between a read-modify-write and what it read.
unsigned Execution::options_of(unsigned word, const Modify& how, Mo order, const Clock& depends,
                               Blind blind) {
  if (how.may_refuse) memory_.look(running_, word);
  const unsigned newest = memory_.newest(word);
  const unsigned oldest = memory_.oldest_readable(running_, word);
  const unsigned oldest_replaceable = memory_.oldest_replaceable(running_, word, order);
  unsigned n = 0;
  for (unsigned at = newest + 1; at-- > oldest;) {
    if (at != newest && (!rules_.weak || hidden(word, at, depends, blind))) break;
    std::uint64_t wanted = 0;
    const bool replaces = how.next(how.context, value_at(word, at), wanted);
    const bool possible =
        replaces ? at >= oldest_replaceable && memory_.may_insert(word, at + 1) : how.may_refuse;
    if (possible) positions_[n++] = static_cast<std::uint8_t>(at);
  }
  return n;
}

Modified Execution::modify(void* address, unsigned bytes, const Modify& how, Mo order,
                           const Where& where) {
  Modified result;
  std::uint64_t wanted = 0;
  if (!in_thread()) {
    result.seen = value_outside(address, bytes);
    result.done = how.next(how.context, result.seen, wanted);
    if (result.done) std::memcpy(address, &wanted, bytes);
    return result;
  }
  bool dropped = false;
  order = order_at(order, how.kind, how.action, where, dropped);
  const unsigned word = word_of(address, bytes);
  Step step;
  step.kind = how.kind;
  // One that acquires may get something from another.
  step.blind = commuting_ && !acquires(order) ? how.blind : Blind::no;
  step.writes.add(word);
  if (is_full(order)) step.writes.add(fence_word);
  point(step, where);
  const unsigned newest = memory_.newest(word);
  const unsigned position =
      positions_[choose_of(options_of(word, how, order, mine().depends, step.blind))];
  result.seen = value_at(word, position);
  result.done = how.next(how.context, result.seen, wanted) && !dropped;
  if (newest + 1 >= messages_max) {
    give_up(End::limit, fmt::format("a word takes more than {} values", messages_max));
  }
  if (!result.done) {
    step.writes = WordSet{};
    step.reads.add(word);
    step.blind = Blind::no;
  }
  made(step);
  touch(word, where);
  if (Row* row =
          new_row(how.kind, how.action, address, bytes, result.done ? order : Mo::relaxed, where)) {
    row->reads = true;
    row->writes = result.done;
    row->before = result.seen;
    row->after = wanted;
    row->reads_from = memory_.message(word, position).row;
    row->stale = position != newest;
    row->early = result.done && position != newest;
  }
  if (result.done) {
    memory_.read_modify_write(running_, word, position, wanted, order, row_number(), step.blind);
    looks_at(word, position + 1);
  } else {
    memory_.read(running_, word, position, Mo::relaxed);
    looks_at(word, position);
  }
  return result;
}

void Execution::fence(Mo order, const Where& where) {
  if (!in_thread()) return;
  bool dropped = false;
  order = order_at(order, Kind::fence, "fence", where, dropped);
  if (dropped) return;
  if (is_full(order)) {
    Step step;
    step.kind = Kind::fence;
    step.writes.add(fence_word);
    point(step, where);
    made(step);
  } else {
    // Not a step, but what comes after a release fence is not covered by it.
    Knowledge& knows = mine();
    ++knows.step;
    knows.depends[running_] = knows.cur.happened[running_] = knows.step;
  }
  new_row(is_full(order) ? Kind::fence : Kind::weak_fence, "fence", nullptr, 0, order, where);
  memory_.fence(running_, order);
}

}  // namespace faultline::checker
