// execution.cpp: threads as fibers, whose turn it is, and how an execution ends.
#include "checker/execution.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstring>
#include <utility>

namespace faultline::checker {

namespace context = boost::context::detail;

namespace {

// Thrown out of setup and finish, which run on no fiber.
struct Stopped {};

constexpr std::size_t page_bytes = 4096;
constexpr unsigned rescue_steps_max = 4000;
constexpr unsigned outside_max = 100'000;

}  // namespace

Execution::Execution(const Program& program, const Rules& rules)
    : program_(program), rules_(rules) {
  for (unsigned i = 0; i < threads_max; ++i) {
    // A stack that overflows hits a page that is not there.
    ::mprotect(heap_.stack_top(i) - stack_bytes, page_bytes, PROT_NONE);
  }
}

Execution::~Execution() {
  if (current == this) current = nullptr;
}

bool Execution::set_up() {
  current = this;
  outside_ = 0;
  failure_ = Failure::none;
  heap_.begin_setup();
  if (parking_ == nullptr) {
    void* memory = heap_.static_memory(sizeof(*parking_), alignof(std::uint64_t));
    parking_ = new (memory) std::array<std::uint32_t, threads_max>{};
  }
  state_ = heap_.allocate(nobody, program_.bytes, program_.align, nullptr, false, 0);
  try {
    if (state_ == nullptr) fail(Failure::assertion, "the scenario is too large", Where::current());
    program_.construct(state_, program_.threads);
  } catch (const Stopped&) {
    what_ = "in its setup: " + what_;
    return false;
  }
  heap_.end_setup();
  return true;
}

End Execution::run(Strategy& strategy) {
  executions_begun = executions_begun + 1;
  current = this;
  strategy_ = &strategy;
  if (goes_back()) {
    go_on(decide_among(can_));
  } else {
    begin_threads();
    if (!over_) go_on(decide());
  }
  running_ = nobody;
  if (end_ == End::complete) {
    for (unsigned i = 0; i < memory_.words(); ++i) {
      const Word& word = memory_.word(i);
      if (word.address == nullptr || word.bytes == 0 || heap_.on_stack(word.address)) continue;
      const std::uint64_t value = value_at(i, memory_.newest(i));
      std::memcpy(const_cast<void*>(word.address), &value, word.bytes);
    }
    outside_ = 0;
    try {
      program_.finish(state_);
    } catch (const Stopped&) {
      // fail() or give_up() has said how it ended.
    }
  }
  return end_;
}

// Runs threads until the execution is over, and remembers it on the way where that is due: for that
// no thread may run.
void Execution::go_on(unsigned next) {
  for (;;) {
    if (next != nobody) switch_to(next);
    if (!std::exchange(save_due_, false)) return;
    save();
    next = decide_among(can_);
  }
}

void Execution::begin_threads() {
  for (const void* address : shadowed_) heap_.shadow(address) = 0;
  shadowed_.clear();
  heap_.put_back();
  memory_.reset(program_.threads);
  memory_.add(nullptr, 0, 0);  // fence_word
  memory_.add(nullptr, 0, 0);  // rcu_word
  memory_.keep(View{});        // grace_periods
  plains_.clear();
  events_.clear();
  rows_.clear();
  rcu_time_ = 0;
  steps_ = 0;
  last_ = -1;
  over_ = rescuing_ = clock_was_read_ = false;
  muted_ = 0;
  end_ = End::complete;
  failure_ = Failure::none;
  strategy_->begin();
  starting_ = true;
  for (unsigned i = 0; i < program_.threads && !over_; ++i) {
    Thread& thread = threads_[i];
    thread.next = Step{};
    thread.waiting = nullptr;
    thread.finished = thread.began = thread.waits = thread.forced = thread.signalled =
        thread.resched = false;
    thread.advanced = 0;
    thread.after = -1;
    thread.first_event = thread.last_event = -1;
    thread.section = 0;
    thread.rcu_depth = 0;
    thread.left = rules_.chances;
    thread.site = "";
    thread.looked_at = WordSet{};
    const int group = rules_.symmetry ? program_.group(i, program_.threads) : -1;
    for (unsigned j = 0; j < i && group >= 0; ++j) {
      if (program_.group(j, program_.threads) == group) thread.after = static_cast<int>(j);
    }
    thread.context = context::make_fcontext(heap_.stack_top(i) - 64 * i,
                                            stack_bytes - page_bytes - 64 * i, &entry);
    switch_to(i);
  }
  starting_ = false;
}

void Execution::entry(context::transfer_t from) {
  Execution& execution = *current;
  execution.main_ = from.fctx;  // begin_threads() is who begins a thread
  execution.program_.run(execution.state_, execution.running_);
  Thread& me = execution.me();
  me.finished = true;
  if (me.rcu_depth != 0) {
    execution.fail(Failure::assertion, "it ends inside an RCU read-side section", Where::current());
  }
  execution.switch_to(execution.starting_ ? nobody : execution.decide());
  std::abort();  // nobody goes on with a finished thread
}

void Execution::switch_to(unsigned thread) {
  if (thread == running_) return;
  from_ = running_;
  running_ = thread;
  const context::fcontext_t to = thread == nobody ? main_ : threads_[thread].context;
  const context::transfer_t back = context::jump_fcontext(to, nullptr);
  (from_ == nobody ? main_ : threads_[from_].context) = back.fctx;
}

void Execution::leave() {
  over_ = true;
  switch_to(nobody);
  std::abort();  // an execution that is over is not continued
}

void Execution::give_up(End end, std::string what) {
  if (!rescuing_) {
    end_ = end;
    what_ = std::move(what);
  }
  if (!in_thread()) throw Stopped{};
  leave();
}

// An operation of the setup or of finish(), which are no steps: there is nobody to wait for.
void Execution::outside() {
  if (++outside_ <= outside_max) return;
  give_up(End::limit, fmt::format("more than {} operations outside of its threads", outside_max));
}

void Execution::fail(Failure failure, std::string what, const Where& where) {
  if (!rescuing_) {
    end_ = End::failed;
    failure_ = failure;
    what_ = std::move(what);
    where_ = where;
    if (in_thread()) what_ = fmt::format("T{}: {}", running_, what_);
  }
  if (!in_thread()) throw Stopped{};
  leave();
}

unsigned Execution::over(End end) {
  over_ = true;
  if (!rescuing_) end_ = end;
  return nobody;
}

void Execution::point(const Step& step, const Where& where, const Waiting* waiting) {
  Thread& thread = me();
  thread.where = where;
  thread.next = step;
  thread.waiting = waiting;
  thread.waits = waiting != nullptr || step.kind == Kind::park || step.kind == Kind::retry;
  switch_to(starting_ ? nobody : decide());
  thread.began = true;
}

// Whose step is next; nobody: none, the execution is over.
unsigned Execution::decide() {
  const ThreadSet can = enabled();
  if (rescuing_) return decide_rescue(can);
  if (!saves(can)) return decide_among(can);
  can_ = can;
  save_due_ = true;
  return nobody;
}

unsigned Execution::decide_among(ThreadSet can) {
  // Nobody has to wake up for nothing: where all that could go on would, they need not.
  if ((can & ~for_nothing_) == 0) can |= force_stops();
  if ((can & ~for_nothing_) == 0) {
    if (begin_rescue()) return decide_rescue(enabled());
    return over(End::complete);
  }
  if (++steps_ > rules_.steps_max) {
    const unsigned spinner = most_active();
    where_ = threads_[spinner].where;
    what_ = fmt::format("T{} goes on and on at {}:{}", spinner, short_path(where_.file_name()),
                        where_.line());
    end_ = End::too_long;
    rescuing_ = true;
    rescue_steps_ = 0;
    rows_then_ = rows_.size();
    muted_ = only(spinner);
    return decide_rescue(can);
  }
  const int picked = strategy_->pick(*this, can, last_);
  if (picked == Strategy::give_up) return over(End::redundant);
  last_ = picked;
  return static_cast<unsigned>(picked);
}

ThreadSet Execution::enabled() {
  ThreadSet set = 0;
  for_nothing_ = 0;
  for (unsigned i = 0; i < program_.threads; ++i) {
    const Thread& thread = threads_[i];
    if (thread.finished) continue;
    if (thread.after >= 0 && !thread.began) {
      const Thread& first = threads_[static_cast<unsigned>(thread.after)];
      if (!first.began && !first.finished) continue;
    }
    if (!thread.waits || thread.forced || possible(i)) set |= only(i);
  }
  return set;
}

bool Execution::possible(unsigned number) {
  Thread& thread = threads_[number];
  if (thread.next.kind == Kind::park) {
    const unsigned word = heap_.shadow(parking_word(number)) - 1u;
    if (value_at(word, memory_.newest(word)) == 0) return true;
    if (!thread.left.has(&Chances::spurious_wakeups)) return false;
    for_nothing_ |= only(number);
    return true;
  }
  if (thread.next.kind == Kind::retry) {
    bool changed = false;
    thread.looked_at.each([&](unsigned word) {
      changed = changed || memory_.newest(word) > thread.looked_until[word];
    });
    return changed;
  }
  if (thread.waiting->update != nullptr) {
    const Waiting& waiting = *thread.waiting;
    const unsigned word = word_of(waiting.address[0], waiting.bytes[0]);
    const unsigned was = std::exchange(running_, number);
    const bool can =
        options_of(word, *waiting.update, waiting.order, memory_.knowledge(number).depends) != 0;
    running_ = was;
    return can;
  }
  if (thread.waiting->may_stop && thread.left.has(&Chances::stops)) return true;
  if (thread.waiting->may_expire && thread.left.has(&Chances::clock_steps)) return true;
  const unsigned was = std::exchange(running_, number);
  const bool can = options_of(*thread.waiting, &memory_.knowledge(number).depends) != 0;
  running_ = was;
  return can;
}

// Nobody can go on: those who may stop waiting for another reason do.
ThreadSet Execution::force_stops() {
  ThreadSet set = 0;
  for (unsigned i = 0; i < program_.threads; ++i) {
    Thread& thread = threads_[i];
    if (thread.finished || thread.waiting == nullptr || !thread.waits) continue;
    if (thread.waiting->may_stop || thread.waiting->may_expire) {
      thread.forced = true;
      set |= only(i);
    }
  }
  return set;
}

std::string Execution::describe_waits() const {
  std::string text;
  for (unsigned i = 0; i < program_.threads; ++i) {
    const Thread& thread = threads_[i];
    if (thread.finished) continue;
    const char* how = thread.next.kind == Kind::park    ? "sleeps"
                      : thread.next.kind == Kind::retry ? "goes round"
                                                        : "spins";
    text += fmt::format("{}T{} {} for ever ({})", text.empty() ? "" : "; ", i, how, thread.site);
  }
  return text;
}

// Nobody can go on, and not all have finished. Wakes the sleepers once, to see what it was: if that
// helps, somebody should have woken them; else they wait for each other. False: all have finished.
bool Execution::begin_rescue() {
  bool unfinished = false;
  bool goes_round = false;
  for (unsigned i = 0; i < program_.threads; ++i) {
    Thread& thread = threads_[i];
    if (thread.finished) continue;
    unfinished = true;
    goes_round = goes_round || thread.next.kind == Kind::retry;
    if (thread.next.kind == Kind::park) thread.forced = true;
  }
  if (!unfinished) return false;
  end_ = End::failed;
  failure_ = goes_round ? Failure::livelock : Failure::deadlock;
  what_ = describe_waits();
  rescuing_ = true;
  rescue_steps_ = 0;
  rows_then_ = rows_.size();
  return true;
}

unsigned Execution::decide_rescue(ThreadSet possible_now) {
  const ThreadSet preferred = possible_now & ~muted_;
  const ThreadSet from = preferred != 0 ? preferred : possible_now;
  if (from == 0 || ++rescue_steps_ > rescue_steps_max) {
    bool all = true;
    for (unsigned i = 0; i < program_.threads; ++i) all = all && threads_[i].finished;
    end_rescue(all);
    return nobody;
  }
  return static_cast<unsigned>(std::countr_zero(from));
}

void Execution::end_rescue(bool all_finished) {
  over_ = true;
  rows_.resize(rows_then_);
  if (end_ == End::too_long) {
    if (all_finished) return;
    end_ = End::failed;
    failure_ = Failure::unbounded_spinning;
    what_ += ", even when everyone else has gone as far as they can";
  } else if (failure_ == Failure::deadlock && all_finished) {
    failure_ = Failure::lost_wakeup;
  }
}

// The thread that made most of the last steps.
unsigned Execution::most_active() const {
  std::array<unsigned, threads_max> made{};
  const std::size_t recent = std::min<std::size_t>(events_.size(), 500);
  for (std::size_t i = events_.size() - recent; i < events_.size(); ++i) ++made[events_[i].thread];
  return static_cast<unsigned>(std::max_element(made.begin(), made.end()) - made.begin());
}

void Execution::made(const Step& step) {
  Knowledge& knows = mine();
  Thread& thread = me();
  Clock& depends = knows.depends;
  if (thread.after >= 0 && thread.last_event < 0) {
    const Thread& first = threads_[static_cast<unsigned>(thread.after)];
    if (first.first_event >= 0) {
      depends.join(events_[static_cast<unsigned>(first.first_event)].depends);
    }
  }
  step.writes.each(
      [&](unsigned number) { memory_.word(number).before_write(depends, step.blind); });
  step.reads.each([&](unsigned number) { memory_.word(number).before_read(depends); });
  ++knows.step;
  depends[running_] = knows.step;
  knows.cur.happened[running_] = knows.step;
  step.writes.each([&](unsigned number) { memory_.word(number).after_write(depends, step.blind); });
  step.reads.each([&](unsigned number) { memory_.word(number).reads.join(depends); });
  Event& event = events_.emplace_back();
  event.step = step;
  event.thread = static_cast<std::uint8_t>(running_);
  event.waits = thread.waits;
  event.node = strategy_->node();
  event.before = thread.last_event;
  event.depends = depends;
  thread.last_event = static_cast<std::int32_t>(events_.size()) - 1;
  if (thread.first_event < 0) thread.first_event = thread.last_event;
  thread.forced = false;
}

}  // namespace faultline::checker
