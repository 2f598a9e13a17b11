// waiting.cpp: how threads wait: spins, sleeps, going round again, and what happens by chance.
#include <fmt/format.h>

#include <cstring>

#include "checker/execution.hpp"

namespace faultline::checker {

namespace {

constexpr std::size_t combinations_max = 64;
constexpr std::uint64_t epoch_ns = 1'000'000;
constexpr std::uint64_t clock_step_ns = 3'600'000'000'000;

}  // namespace

// Finds the combinations of readable messages that are what the wait is for; newest first.
unsigned Execution::options_of(const Waiting& waiting, const Clock* depends) {
  found_.clear();
  std::array<std::array<std::uint8_t, messages_max + 1>, waits_max> positions;
  std::array<unsigned, waits_max> count{};
  for (unsigned i = 0; i < waiting.words; ++i) {
    const unsigned word = word_of(waiting.address[i], waiting.bytes[i]);
    memory_.look(running_, word);
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
      values[i] = value_outside(waiting.address[i], waiting.bytes[i]);
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
    const std::uint64_t value = value_outside(address, bytes);
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
  waiting.order = order;
  const unsigned word = word_of(address, bytes);
  Step step;
  step.kind = Kind::await;
  step.writes.add(word);
  if (is_full(order)) step.writes.add(fence_word);
  me().site = site;
  point(step, where, &waiting);
  const unsigned newest = memory_.newest(word);
  const unsigned position = positions_[choose_of(options_of(word, how, order, mine().depends))];
  const std::uint64_t value = value_at(word, position);
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
    row->reads_from = memory_.message(word, position).row;
    row->stale = row->early = position != newest;
    row->note = site;
  }
  memory_.read_modify_write(running_, word, position, wanted, order, row_number());
  looks_at(word, position + 1);
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
  bool dropped = false;
  order_at(Mo::full, Kind::prepare, "prepare_to_park", where, dropped);
  if (dropped) return;
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
  memory_.read_modify_write(running_, word, memory_.newest(word), 0, Mo::relaxed, row_number());
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
