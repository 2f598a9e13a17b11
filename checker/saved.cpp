// saved.cpp: executions in the middle: remembered before a choice, for those that make it
// otherwise.
//
// Most executions begin like the one before: instead of making the same steps again they go on from
// what was remembered at the last choice that they have in common. What an execution only adds to
// (events, messages, objects, addresses with a number) is cut off there; what it changes is copied,
// the stacks of its fibers included, which always lie at the same addresses.
#include <algorithm>

#include "checker/execution.hpp"

namespace faultline::checker {

namespace {

// The sanitizers keep books of their own about what lies on a stack.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool stacks_may_be_copied = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
constexpr bool stacks_may_be_copied = false;
#else
constexpr bool stacks_may_be_copied = true;
#endif
#else
constexpr bool stacks_may_be_copied = true;
#endif

constexpr std::size_t saved_max = 128;
// To remember that much takes about as long as half a step.
constexpr std::size_t bytes_a_step = 1024;
// Some begin at the beginning nevertheless, to notice a program that does not do the same again.
constexpr unsigned always_from_the_beginning = 4;
constexpr unsigned at_times_from_the_beginning = 1024;

}  // namespace

// Is the choice that is to be made now, among these threads, worth remembering? Not where the steps
// since the last one that is remembered are made again in the same time.
bool Execution::saves(ThreadSet can) const {
  if (!stacks_may_be_copied || !rules_.go_back || recording_) return false;
  const std::size_t since = saved_.empty() ? 0 : saved_.back()->events;
  const std::size_t steps = events_.size() - since;
  if (steps < steps_to_return_ || (can & ~for_nothing_) == 0) return false;
  const Returns returns = strategy_->returns_here(can);
  return returns == Returns::surely ||
         (returns == Returns::perhaps && steps >= 2 * steps_to_return_);
}

// Goes back to the last choice that the next execution has in common with the last one, if it was
// remembered. False: the execution has to begin at the beginning.
bool Execution::goes_back() {
  const std::size_t common = strategy_->common();
  const auto forget_last = [this] {
    spare_.push_back(std::move(saved_.back()));
    saved_.pop_back();
  };
  const bool whole = common == 0 || recording_ || runs_ < always_from_the_beginning ||
                     runs_ % at_times_from_the_beginning == 0;
  ++runs_;
  while (!saved_.empty() && (whole || saved_.back()->depth > common)) forget_last();
  if (saved_.empty()) return false;
  restore(*saved_.back());
  strategy_->begin_at(saved_.back()->depth);
  if (strategy_->returns_here(can_) == Returns::no) forget_last();
  return true;
}

void Execution::save() {
  const std::size_t depth = strategy_->depth();
  if (!saved_.empty() && saved_.back()->depth >= depth) return;
  if (saved_.size() == saved_max) {
    spare_.push_back(std::move(saved_.front()));
    saved_.erase(saved_.begin());
  }
  if (spare_.empty()) spare_.push_back(std::make_unique<Saved>());
  saved_.push_back(std::move(spare_.back()));
  spare_.pop_back();
  Saved& saved = *saved_.back();
  saved.depth = depth;
  saved.can = can_;
  saved.for_nothing = for_nothing_;
  std::array<const std::byte*, threads_max> stacks{};
  for (unsigned i = 0; i < program_.threads; ++i) {
    saved.threads[i] = threads_[i];
    if (!threads_[i].finished) stacks[i] = static_cast<const std::byte*>(threads_[i].context);
  }
  saved.events = events_.size();
  saved.plains = plains_;
  saved.shadows.resize(shadowed_.size());
  for (std::size_t i = 0; i < shadowed_.size(); ++i) saved.shadows[i] = heap_.shadow(shadowed_[i]);
  saved.rcu_time = rcu_time_;
  saved.steps = steps_;
  saved.last = last_;
  saved.clock_was_read = clock_was_read_;
  memory_.save(saved.memory);
  heap_.save(saved.heap, stacks);
  steps_to_return_ = saved.heap.bytes.size() / bytes_a_step;
}

void Execution::restore(const Saved& saved) {
  can_ = saved.can;
  for_nothing_ = saved.for_nothing;
  for (unsigned i = 0; i < program_.threads; ++i) threads_[i] = saved.threads[i];
  events_.resize(saved.events);
  plains_ = saved.plains;
  for (std::size_t i = saved.shadows.size(); i < shadowed_.size(); ++i) {
    heap_.shadow(shadowed_[i]) = 0;
  }
  shadowed_.resize(saved.shadows.size());
  for (std::size_t i = 0; i < shadowed_.size(); ++i) heap_.shadow(shadowed_[i]) = saved.shadows[i];
  rows_.clear();
  rcu_time_ = saved.rcu_time;
  steps_ = saved.steps;
  last_ = saved.last;
  clock_was_read_ = saved.clock_was_read;
  over_ = rescuing_ = false;
  muted_ = 0;
  end_ = End::complete;
  failure_ = Failure::none;
  memory_.restore(saved.memory);
  heap_.restore(saved.heap);
}

}  // namespace faultline::checker
