// tiny.hpp: a second platform, for tests: one task runs at a time and the test says which.
//
// Everything is deterministic. Words are plain values, the clock stands still until the test moves
// it, and a task goes on only when the test runs it:
//   Tiny::be(3)             the test itself goes on as task 3. A wait whose condition does not hold
//                           throws Tiny::Stuck: nothing else runs that could make it true.
//   Tiny::start(1, body)    runs `body` as task 1 until it ends, or waits, or has made its steps (a
//   Tiny::run(1)            step is one access to memory); run() lets it go on, start() begins it.
//                           Started tasks have a thread each, but only to have a stack of their
//                           own.
// What the test could never see on a real machine is checked: a wait that nothing ends, use after
// free, double free, leaks, unbalanced RCU and preemption sections, going round without waiting.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <semaphore>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "platform/platform.hpp"

namespace faultline {

class TinyTask {
 public:
  static constexpr std::uint64_t endless = ~std::uint64_t{0};

  std::uint32_t id() const { return id_; }
  bool ended() const { return body_ == nullptr || body_->ended; }
  bool asleep() const { return asleep_; }
  // What the task waits for; "" when it does not wait.
  std::string waits_for() const { return site_; }

  // Set by the test.
  bool preempted = false;
  bool need_resched = false;
  bool wakes_spuriously = false;
  bool fatal_signal = false;  // ends a sleep the next time that the task is run
  unsigned wakes = 0;         // unpark() calls that found it parking

 private:
  friend struct Tiny;
  struct Body {
    std::thread thread;
    std::binary_semaphore go{0};
    std::binary_semaphore back{0};
    std::exception_ptr thrown;
    std::uint64_t steps = endless;
    std::uint64_t made = 0;  // steps since it was run
    bool ended = false;
    bool cancelled = false;
  };

  std::uint32_t id_ = 0;
  const char* site_ = "";
  const char* park_site_ = "";
  bool parking_ = false;
  bool asleep_ = false;
  int rcu_depth_ = 0;
  int preempt_depth_ = 0;
  std::uint64_t random_ = 0;
  std::unique_ptr<Body> body_;
};

// What the tasks did to memory, and what else a test may want to count. Tests set it to {}.
struct TinyCounts {
  unsigned loads = 0, stores = 0, rmws = 0, fences = 0;
  unsigned acquires = 0, releases = 0, fulls = 0;  // by the order of any of those
  unsigned plain_reads = 0, plain_writes = 0;
  unsigned unparks = 0;
  unsigned retries = 0;
  unsigned writes() const { return stores + rmws; }
};

struct Tiny {
  using Task = TinyTask;
  struct Stuck : std::runtime_error {
    using std::runtime_error::runtime_error;
  };
  template <class T>
  class Atomic;
  template <class T>
  class Plain;
  template <class T>
  class Cache;
  template <class T>
  class TypeStableCache;

  static constexpr const char* name = "tiny";
  static constexpr std::uint32_t tasks_max = 512;
  static constexpr std::uint64_t endless = TinyTask::endless;

  // --- for the test ---

  static inline TinyCounts counts;
  static inline unsigned weak_failures = 0;  // so many compare_exchange_weak will fail for nothing

  static void be(std::uint32_t id) { current_ = &task(id); }
  static void advance(std::uint64_t ns) { clock_ns_ += ns; }

  static Task& start(std::uint32_t id, std::function<void()> body, std::uint64_t steps = endless) {
    Task& begun = task(id);
    if (!begun.ended() || &begun == current_) fail("a task that runs is started");
    finish(begun);
    begun.body_ = std::make_unique<Task::Body>();
    begun.body_->thread = std::thread([&begun, body = std::move(body)] {
      begun.body_->go.acquire();
      try {
        body();
      } catch (const Cancelled&) {
        // nothing is left of it
      } catch (...) {
        begun.body_->thrown = std::current_exception();
      }
      begun.body_->ended = true;
      begun.body_->back.release();
    });
    return run(id, steps);
  }

  static Task& run(std::uint32_t id, std::uint64_t steps = endless) {
    Task& task = Tiny::task(id);
    if (task.ended()) return task;
    Task* const caller = std::exchange(current_, &task);
    task.body_->steps = steps;
    task.body_->made = 0;
    task.body_->go.release();
    task.body_->back.acquire();
    current_ = caller;
    if (task.body_->thrown) std::rethrow_exception(std::exchange(task.body_->thrown, nullptr));
    return task;
  }

  // Lets the task run, and time go on, until it ends or sleeps: spins with a deadline are over.
  static Task& run_until_asleep(std::uint32_t id) {
    for (int i = 0; i < 100 && !task(id).ended() && !task(id).asleep(); ++i) {
      advance(100'000);
      run(id);
    }
    return task(id);
  }

  // Unwinds a task that will never end.
  static void cancel(std::uint32_t id) {
    Task& task = Tiny::task(id);
    if (!task.ended()) task.body_->cancelled = true;
    while (!task.ended()) run(id);
    finish(task);
  }

  // The world as it is in the beginning.
  static void reset() {
    for (std::uint32_t id = 0; id < tasks_max; ++id) {
      cancel(id);
      task(id) = Task();
      task(id).id_ = id;
      task(id).random_ = id;
    }
    be(0);
    counts = {};
    weak_failures = 0;
    clock_ns_ = 1;
    readers_ = 0;
    deferred_.clear();
  }

  // --- the contract ---

  template <FenceOrder O>
  static void fence(O) {
    step();
    ++counts.fences;
    note<O>();
  }

  template <class T, class Ready, LoadOrder O>
  static T await(const char* site, const Atomic<T>& word, Ready ready, O order) {
    for (;;) {
      const T value = word.load(order);
      if (ready(value)) return value;
      wait(site);
    }
  }
  template <class Ready, class... T>
  static bool await_until(const char* site, const Stop<Task>& stop, Ready ready,
                          const Atomic<T>&... words) {
    for (;;) {
      if (ready(words.load(relaxed)...)) return true;
      if (stop.owner != nullptr && !on_cpu(*stop.owner)) return false;
      if (stop.need_resched && need_resched()) return false;
      if (stop.deadline_ns != 0 && now() > stop.deadline_ns) return false;
      wait(site);
    }
  }

  static void retry(const char*) { ++counts.retries; }

  template <class T, class Next, RmwOrder O>
  static T await_update(const char* site, Atomic<T>& word, Next next, O order) {
    T seen{};
    while (!word.try_update(seen, next, order)) wait(site);
    return seen;
  }

  static void prepare_to_park(const char* site) {
    step();
    self().parking_ = true;
    self().park_site_ = site;
  }
  static void park() {
    step();
    Task& me = self();
    while (me.parking_) {
      me.asleep_ = true;
      wait(me.park_site_);
      me.asleep_ = false;
      if (me.wakes_spuriously || me.fatal_signal) return;
    }
  }
  static void finish_park() { self().parking_ = false; }
  static bool fatal_signal_pending() { return self().fatal_signal; }
  static void unpark(Task& task) {
    step();
    ++counts.unparks;
    if (std::exchange(task.parking_, false)) ++task.wakes;
  }

  static Task& self() { return *current_; }
  static Task& task(std::uint32_t id) { return tasks_.at(id); }
  template <class T>
  static T& per_task(std::uint32_t id) {
    static std::array<T, tasks_max> all;
    return all.at(id);
  }
  static bool on_cpu(const Task& task) { return !task.asleep_ && !task.preempted; }
  static void preempt_disable() { ++self().preempt_depth_; }
  static void preempt_enable() {
    if (--self().preempt_depth_ < 0) fail("preempt_enable() without preempt_disable()");
  }
  static bool need_resched() { return self().need_resched; }

  static std::uint64_t now() { return clock_ns_; }
  static void work(std::uint64_t ns) { advance(ns); }
  static void clear(void* page, std::size_t bytes) { std::memset(page, 0, bytes); }
  static std::uint64_t random() {
    return self().random_ = self().random_ * 6364136223846793005u + 1442695040888963407u;
  }

  static void rcu_read_lock() {
    ++self().rcu_depth_;
    ++readers_;
  }
  static void rcu_read_unlock() {
    if (--self().rcu_depth_ < 0) fail("rcu_read_unlock() without rcu_read_lock()");
    --readers_;
    end_grace_period();
  }
  static bool in_rcu_section() { return self().rcu_depth_ > 0; }

 private:
  struct Cancelled {};
  static constexpr std::uint64_t livelock = 1'000'000;

  [[noreturn]] static void fail(const char* what) {
    std::fprintf(stderr, "tiny: %s\n", what);
    std::abort();
  }

  static void finish(Task& task) {
    if (task.body_ && task.body_->thread.joinable()) task.body_->thread.join();
    if (task.body_ && !task.body_->cancelled) {
      if (task.preempt_depth_ != 0) fail("a task ended with preemption disabled");
      if (task.rcu_depth_ != 0) fail("a task ended inside an RCU section");
    }
    task.body_.reset();
  }

  // Gives the baton back to whoever ran this task.
  static void pause(const char* site) {
    Task& me = self();
    me.site_ = site;
    me.body_->back.release();
    me.body_->go.acquire();
    me.site_ = "";
  }
  static void wait(const char* site) {
    Task& me = self();
    const bool alone = !me.body_ || me.body_->ended;
    if (!alone && !me.body_->cancelled) pause(site);
    if (!alone && !me.body_->cancelled) return;
    me.asleep_ = false;
    if (alone) throw Stuck(std::string("waits for ever for ") + site);
    throw Cancelled();
  }
  // Before each access. Never throws, so that destructors may use memory.
  static void step() {
    Task& me = self();
    if (!me.body_ || me.body_->ended || me.body_->cancelled) return;
    while (me.body_->steps == 0) pause("its next step");
    if (me.body_->steps != endless) --me.body_->steps;
    if (++me.body_->made > livelock) fail("a task goes round in circles without waiting");
  }
  static void touch(const void* word) {
    step();
    auto after = freed_.upper_bound(static_cast<const std::byte*>(word));
    if (after != freed_.begin() && word < std::prev(after)->second) fail("use after free");
  }
  template <AnyOrder O>
  static void note() {
    constexpr auto order = O::value;
    counts.fulls += order == full.value;
    counts.acquires += order != relaxed.value && order != release.value;
    counts.releases += order != relaxed.value && order != acquire.value;
  }

  static void end_grace_period() {
    while (readers_ == 0 && !deferred_.empty()) {
      const std::function<void()> destroy = std::move(deferred_.front());
      deferred_.pop_front();
      destroy();
    }
  }

  static inline std::array<TinyTask, tasks_max> tasks_;
  static inline TinyTask* current_ = &tasks_[0];
  static inline std::uint64_t clock_ns_ = 1;
  static inline int readers_ = 0;
  static inline std::deque<std::function<void()>> deferred_;
  static inline std::map<const std::byte*, const std::byte*> freed_;  // begin, end
};

}  // namespace faultline

#include "tests/platform/tiny_memory.hpp"
