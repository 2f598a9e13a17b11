// operations.cpp: what threads do to atomic words: one function for each operation of the platform.
#include <fmt/format.h>

#include <cstring>

#include "checker/execution.hpp"

namespace faultline::checker {

namespace {

std::uint64_t raw(const void* address, unsigned bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, address, bytes);
  return value;
}

constexpr std::size_t combinations_max = 64;
constexpr std::uint64_t epoch_ns = 1'000'000;
constexpr std::uint64_t clock_step_ns = 3'600'000'000'000;

}  // namespace

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
// unless the thread's step depends on that message's.
bool Execution::hidden(unsigned word, unsigned position, const Clock& depends) {
  if (!rules_.prune_stale) return false;
  for (unsigned newer = position + 1; newer <= memory_.newest(word); ++newer) {
    const Message& message = memory_.message(word, newer);
    if (message.thread == Message::nobody || message.thread == running_) continue;
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
  if (!in_thread()) return raw(address, bytes);
  bool dropped = false;
  order = order_at(order, Kind::load, "load", where, dropped);
  const unsigned word = word_of(address, bytes);
  Step step;
  step.kind = Kind::load;
  step.reads.add(word);
  point(step, where);
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

Modified Execution::modify(void* address, unsigned bytes, const Modify& how, Mo order,
                           const Where& where) {
  Modified result;
  std::uint64_t wanted = 0;
  if (!in_thread()) {
    result.seen = raw(address, bytes);
    result.done = how.next(how.context, result.seen, wanted);
    if (result.done) std::memcpy(address, &wanted, bytes);
    return result;
  }
  bool dropped = false;
  order = order_at(order, how.kind, how.action, where, dropped);
  const unsigned word = word_of(address, bytes);
  Step step;
  step.kind = how.kind;
  step.blind = releases(order) == acquires(order) && order != Mo::relaxed ? Blind::no : how.blind;
  step.writes.add(word);
  if (is_full(order)) step.writes.add(fence_word);
  point(step, where);
  // The newest value; or, if it may be refused, an older one that is.
  const unsigned newest = memory_.newest(word);
  std::array<std::uint8_t, messages_max + 2> options;
  unsigned n = 0;
  options[n++] = static_cast<std::uint8_t>(newest);
  const unsigned oldest = memory_.oldest_readable(running_, word);
  for (unsigned at = newest; rules_.weak && how.may_refuse && at-- > oldest;) {
    if (hidden(word, at, mine().depends)) break;
    if (!how.next(how.context, value_at(word, at), wanted)) {
      options[n++] = static_cast<std::uint8_t>(at);
    }
  }
  const unsigned position = n > 1 ? options[choose(n)] : newest;
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
  }
  if (result.done) {
    memory_.read_modify_write(running_, word, wanted, order, row_number());
    looks_at(word, newest + 1);
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

// --- waiting ---

// Finds the combinations of readable messages that are what the wait is for; newest first.
unsigned Execution::options_of(const Waiting& waiting, const Clock* depends) {
  found_.clear();
  std::array<std::array<std::uint8_t, messages_max + 1>, waits_max> positions;
  std::array<unsigned, waits_max> count{};
  for (unsigned i = 0; i < waiting.words; ++i) {
    const unsigned word = word_of(waiting.address[i], waiting.bytes[i]);
    const unsigned newest = memory_.newest(word);
    positions[i][count[i]++] = static_cast<std::uint8_t>(newest);
    for (unsigned at = newest; rules_.weak && at-- > memory_.oldest_readable(running_, word);) {
      if (!hidden(word, at, *depends)) positions[i][count[i]++] = static_cast<std::uint8_t>(at);
    }
  }
  std::array<unsigned, waits_max> at{};
  std::array<std::uint64_t, waits_max> values{};
  for (;;) {
    std::array<std::uint8_t, waits_max> combination{};
    for (unsigned i = 0; i < waiting.words; ++i) {
      combination[i] = positions[i][at[i]];
      values[i] = value_at(word_of(waiting.address[i], waiting.bytes[i]), combination[i]);
    }
    if (waiting.ready(waiting.context, values.data())) found_.push_back(combination);
    unsigned i = 0;
    while (i < waiting.words && ++at[i] == count[i]) at[i++] = 0;
    if (i == waiting.words || found_.size() == combinations_max) break;
  }
  return static_cast<unsigned>(found_.size());
}

bool Execution::await(const char* site, const Waiting& waiting, std::uint64_t* values, Mo order,
                      const Where& where) {
  if (!in_thread()) {
    for (unsigned i = 0; i < waiting.words; ++i)
      values[i] = raw(waiting.address[i], waiting.bytes[i]);
    if (waiting.ready(waiting.context, values)) return true;
    if (!waiting.may_stop && !waiting.may_expire) {
      fail(Failure::deadlock, fmt::format("waits alone ({})", site), where);
    }
    return false;
  }
  bool dropped = false;
  order = order_at(order, Kind::await, "await", where, dropped);
  Step step;
  step.kind = Kind::await;
  for (unsigned i = 0; i < waiting.words; ++i) {
    step.reads.add(word_of(waiting.address[i], waiting.bytes[i]));
  }
  me().site = site;
  point(step, where, &waiting);
  const unsigned ready = options_of(waiting, &mine().depends);
  const bool forced = me().forced;
  const bool stop = waiting.may_stop && (forced || me().left.has(&Chances::stops));
  const bool expire = waiting.may_expire && (forced || me().left.has(&Chances::clock_steps));
  const unsigned n = ready + (stop ? 1u : 0u) + (expire ? 1u : 0u);
  const unsigned pick = n > 1 ? choose(n) : 0;
  const bool ended = pick >= ready;
  const bool stopped = ended && stop && pick == ready;
  const std::array<std::uint8_t, waits_max> combination =
      ended ? std::array<std::uint8_t, waits_max>{} : found_[pick];
  made(step);
  me().waits = false;
  Row* row = new_row(Kind::await,
                     !ended    ? "await"
                     : stopped ? "stops waiting"
                               : "waits too long",
                     waiting.address[0], waiting.bytes[0], order, where);
  if (row != nullptr) row->note = site;
  if (ended) {
    if (!forced) me().left.take(stopped ? &Chances::stops : &Chances::clock_steps);
    if (stopped) me().resched = true;
    if (!stopped) ++me().advanced;
    return false;
  }
  for (unsigned i = 0; i < waiting.words; ++i) {
    const unsigned word = word_of(waiting.address[i], waiting.bytes[i]);
    touch(word, where);
    values[i] = value_at(word, combination[i]);
    if (i == 0 && row != nullptr) {
      row->reads = true;
      row->before = values[0];
      row->reads_from = memory_.message(word, combination[0]).row;
      row->stale = combination[0] != memory_.newest(word);
    }
    memory_.read(running_, word, combination[i], order);
    looks_at(word, combination[i]);
  }
  return true;
}

std::uint64_t Execution::await_update(const char* site, void* address, unsigned bytes,
                                      const Modify& how, Mo order, const Where& where) {
  std::uint64_t wanted = 0;
  if (!in_thread()) {
    const std::uint64_t value = raw(address, bytes);
    if (!how.next(how.context, value, wanted)) {
      fail(Failure::deadlock, fmt::format("waits alone ({})", site), where);
    }
    std::memcpy(address, &wanted, bytes);
    return value;
  }
  bool dropped = false;
  order = order_at(order, Kind::rmw, how.action, where, dropped);
  Waiting waiting;
  waiting.words = 1;
  waiting.address[0] = address;
  waiting.bytes[0] = bytes;
  waiting.update = &how;
  const unsigned word = word_of(address, bytes);
  Step step;
  step.kind = Kind::await;
  step.writes.add(word);
  if (is_full(order)) step.writes.add(fence_word);
  me().site = site;
  point(step, where, &waiting);
  const unsigned newest = memory_.newest(word);
  const std::uint64_t value = value_at(word, newest);
  how.next(how.context, value, wanted);
  made(step);
  me().waits = false;
  touch(word, where);
  if (newest + 1 >= messages_max) {
    give_up(End::limit, fmt::format("a word takes more than {} values", messages_max));
  }
  if (Row* row = new_row(Kind::await, how.action, address, bytes, order, where)) {
    row->reads = row->writes = true;
    row->before = value;
    row->after = wanted;
    row->reads_from = memory_.message(word, newest).row;
    row->note = site;
  }
  memory_.read_modify_write(running_, word, wanted, order, row_number());
  looks_at(word, newest + 1);
  return value;
}

// The thread may go round again once something that it has read has changed, and then sees it.
void Execution::retry(const char* site, const Where& where) {
  if (!in_thread()) return;
  Step step;
  step.kind = Kind::retry;
  step.reads = me().looked_at;
  me().site = site;
  point(step, where);
  made(step);
  if (Row* row = new_row(Kind::retry, "goes round again", nullptr, 0, Mo::relaxed, where)) {
    row->note = site;
  }
  me().looked_at.each([this](unsigned word) {
    auto& seen = mine().cur.seen[word];
    seen = static_cast<std::uint8_t>(memory_.newest(word));
  });
  me().looked_at = WordSet{};
}

void Execution::prepare_to_park(const char* site, const Where& where) {
  if (!in_thread()) return;
  const unsigned word = word_of(parking_word(running_), sizeof(std::uint32_t));
  Step step;
  step.kind = Kind::prepare;
  step.writes.add(word);
  step.writes.add(fence_word);
  point(step, where);
  made(step);
  me().site = site;
  if (Row* row = new_row(Kind::prepare, "prepare_to_park", nullptr, 0, Mo::full, where)) {
    row->note = site;
  }
  memory_.write(running_, word, memory_.newest(word) + 1, 1, Mo::relaxed, row_number());
  memory_.fence(running_, Mo::full);
}

void Execution::park(const Where& where) {
  if (!in_thread()) {
    fail(Failure::lost_wakeup, "sleeps alone", where);
    return;
  }
  const unsigned word = word_of(parking_word(running_), sizeof(std::uint32_t));
  Step step;
  step.kind = Kind::park;
  step.reads.add(word);
  point(step, where);
  const bool woken = value_at(word, memory_.newest(word)) == 0;
  if (!woken && !me().forced) me().left.take(&Chances::spurious_wakeups);
  const std::uint32_t by = memory_.message(word, memory_.newest(word)).row;
  made(step);
  me().waits = false;
  if (Row* row = new_row(Kind::park, woken ? "park, woken" : "park, woken for nothing", nullptr, 0,
                         Mo::relaxed, where)) {
    row->reads_from = woken ? by : 0;
  }
  memory_.read(running_, word, memory_.newest(word), Mo::relaxed);
}

void Execution::finish_park(const Where&) {
  // A late unpark() finds a task that is not parking: nothing to do, and nothing to see.
}

void Execution::unpark(unsigned thread, const Where& where) {
  if (!in_thread()) return;
  bool dropped = false;
  order_at(Mo::full, Kind::unpark, "unpark", where, dropped);
  if (dropped) return;
  const unsigned word = word_of(parking_word(thread), sizeof(std::uint32_t));
  Step step;
  step.kind = Kind::unpark;
  step.writes.add(word);
  step.writes.add(fence_word);
  point(step, where);
  made(step);
  memory_.fence(running_, Mo::full);
  if (Row* row = new_row(Kind::unpark, "unpark", nullptr, 0, Mo::full, where)) {
    row->note = fmt::format("T{}", thread);
  }
  memory_.read_modify_write(running_, word, 0, Mo::relaxed, row_number());
}

// --- chance ---

bool Execution::chance_of_stop(const char* what, const Where& where) {
  if (!in_thread() || !me().left.has(&Chances::stops) || choose(2) == 0) return false;
  me().left.take(&Chances::stops);
  note(what, where);
  return true;
}

bool Execution::need_resched(const Where& where) {
  if (!in_thread()) return false;
  if (!me().resched) me().resched = chance_of_stop("need_resched", where);
  return me().resched;
}

void Execution::preempt_enable() {
  if (in_thread()) me().resched = false;
}

std::uint64_t Execution::now(const Where& where) {
  if (!in_thread()) return epoch_ns;
  Thread& thread = me();
  // Before anybody has looked at a clock there is nothing to compare it with.
  const bool matters = clock_was_read_;
  clock_was_read_ = true;
  if (matters && thread.left.has(&Chances::clock_steps) && choose(2) == 1) {
    thread.left.take(&Chances::clock_steps);
    ++thread.advanced;
    note("a long time has passed", where);
  }
  return epoch_ns + thread.advanced * clock_step_ns;
}

bool Execution::fatal_signal_pending(const Where& where) {
  if (!in_thread()) return false;
  Thread& thread = me();
  if (!thread.signalled && thread.left.signals != 0 && choose(2) == 1) {
    --thread.left.signals;
    thread.signalled = true;
    note("a fatal signal arrives", where);
  }
  return thread.signalled;
}

}  // namespace faultline::checker
