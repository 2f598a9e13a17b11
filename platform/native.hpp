// native.hpp: the platform contract on the cores of this host.
//
// What user space cannot do, and what stands in for it (results name it as `stand_ins`):
//   on_cpu         true unless the task sleeps in park(). A preempted lock holder still counts as
//                  running: user space does not see the preemption.
//   need_resched   true once the current preempt_disable() section is older than spin_slice_ns.
//                  The kernel's answer comes from the scheduler tick; this bound keeps a spinner
//                  from burning its whole time slice when the holder was preempted.
//   preempt_disable  only notes the time. An await() without a stop, which in the kernel runs with
//                  preemption off, calls sched_yield() once it has paused yield_after times.
//   fatal_signal_pending  never: a fatal signal ends the whole process
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <tuple>

#include "platform/native_atomic.hpp"
#include "platform/native_cache.hpp"
#include "platform/native_task.hpp"
#include "platform/platform.hpp"

namespace faultline {

struct Native {
  template <class T>
  using Atomic = NativeAtomic<T>;
  template <class T>
  using Plain = NativePlain<T>;
  template <class T>
  using Cache = NativeCache<T>;
  template <class T>
  using TypeStableCache = NativeTypeStableCache<T>;
  using Task = NativeTask;

  static constexpr const char* name = "native";
  static constexpr std::uint32_t tasks_max = NativeTask::tasks_max;
  static constexpr std::uint64_t spin_slice_ns = 100'000;
  static constexpr unsigned yield_after = 2000;

  template <FenceOrder O>
  static void fence(O order) {
    native_fence(order);
  }

  template <class T, class Ready, LoadOrder O>
  static T await(const char* site, const Atomic<T>& word, Ready ready, O order) {
    T value = word.load(order);
    if (ready(value)) return value;
    Waiting waiting(site, &word);
    for (unsigned pauses = 0;; ++pauses) {
      value = word.load(order);
      if (ready(value)) return value;
      pauses < yield_after ? pause() : native_yield();
    }
  }

  template <class Ready, class... T>
  static bool await_until(const char* site, const Stop<Task>& stop, Ready ready,
                          const Atomic<T>&... words) {
    if (ready(words.load(relaxed)...)) return true;
    Waiting waiting(site,
                    std::get<0>(std::tuple<const void*, const Atomic<T>*...>{nullptr, &words...}));
    for (unsigned pauses = 0;; ++pauses) {
      if (ready(words.load(relaxed)...)) return true;
      if (stop.owner != nullptr && !on_cpu(*stop.owner)) return false;
      // The clock is read only now and then: it costs as much as dozens of pauses.
      if (pauses % 32 == 31) {
        if (stop.need_resched && need_resched()) return false;
        if (stop.deadline_ns != 0 && now() > stop.deadline_ns) return false;
      }
      pause();
    }
  }

  static void retry(const char*) {}

  template <class T, class Next, RmwOrder O>
  static T await_update(const char* site, Atomic<T>& word, Next next, O order) {
    T seen{};
    while (!word.try_update(seen, next, order)) {
      const auto would = [&next](T value) {
        T wanted = value;
        return next(value, wanted);
      };
      await(site, word, would, relaxed);
    }
    return seen;
  }

  static void prepare_to_park(const char* site) {
    Task& task = self();
    task.wait_begins(site, nullptr);
    task.prepare_to_park();
  }
  static void park() { self().park(); }
  static void finish_park() {
    Task& task = self();
    task.finish_park();
    task.wait_ends();
  }
  static bool fatal_signal_pending() { return false; }
  static void unpark(Task& task) {
    if (task.unpark()) ++self().wakes;
  }

  static Task& self() { return NativeTask::self(); }
  static Task& task(std::uint32_t id) { return NativeTask::get(id); }
  template <class T>
  static T& per_task(std::uint32_t id) {
    static std::array<T, tasks_max> all;
    return all[id];
  }

  static bool on_cpu(const Task& task) { return task.on_cpu(); }
  static void preempt_disable() { self().spin_began_ns = now(); }
  static void preempt_enable() { self().spin_began_ns = 0; }
  static bool need_resched() {
    const std::uint64_t began = self().spin_began_ns;
    return began != 0 && now() - began > spin_slice_ns;
  }

  static std::uint64_t now() { return native_now(); }
  static void work(std::uint64_t ns) {
    const std::uint64_t end = now() + ns;
    while (now() < end) pause();
  }
  static void clear(void* page, std::size_t bytes) {
    std::memset(page, 0, bytes);
    asm volatile("" : : "r"(page) : "memory");  // the compiler must not drop it
  }
  static std::uint64_t random() { return self().random(); }

  static void rcu_read_lock() { native_rcu_read_lock(); }
  static void rcu_read_unlock() { native_rcu_read_unlock(); }

 private:
  // Notes what this task waits for, so that a hung run can say it.
  class Waiting {
   public:
    Waiting(const char* site, const void* word)
        : task_(self()), outer_site_(task_.waits_for()), outer_word_(task_.waits_on()) {
      task_.wait_begins(site, word);
    }
    // A task that has announced a sleep may still spin for a moment before it sleeps.
    ~Waiting() { task_.wait_begins(outer_site_, outer_word_); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    Task& task_;
    const char* outer_site_;
    const void* outer_word_;
  };

  static void pause() { native_pause(); }
};

static_assert(Platform<Native>);

}  // namespace faultline
