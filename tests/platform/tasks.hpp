// tasks.hpp: what tests on several platforms share: becoming a task, a second task that waits, and
// crews of real threads.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "platform/native.hpp"
#include "tests/platform/tiny.hpp"

namespace faultline {

// For the length of a test its thread is a task of the platform.
template <Platform P>
class TaskScope;

template <>
class TaskScope<Native> {
 private:
  NativeTaskScope scope_;
};

template <>
class TaskScope<Tiny> {
 public:
  TaskScope() { Tiny::reset(); }
  ~TaskScope() {
    for (std::uint32_t id = 0; id < Tiny::tasks_max; ++id) {
      if (Tiny::task(id).ended()) continue;
      ADD_FAILURE() << "task " << id << " still waits for " << Tiny::task(id).waits_for();
    }
    Tiny::reset();
  }
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;
};

using Clock = std::chrono::steady_clock;

// Long enough for a slow machine under ThreadSanitizer, short enough to wait for.
inline constexpr std::chrono::seconds hang_after{30};

// Says what every native task waits for, and ends the process: its threads cannot be joined.
[[noreturn]] inline void report_hang() {
  std::fprintf(stderr, "tasks hang:\n");
  for (std::uint32_t id = 0; id < Native::tasks_max; ++id) {
    const NativeTask& task = Native::task(id);
    if (!task.in_use()) continue;
    const char* site = task.waits_for();
    std::fprintf(stderr, "  task %u waits for %s\n", id, site != nullptr ? site : "nothing");
  }
  std::abort();
}

template <class Condition>
void spin_until(Condition holds) {
  const auto deadline = Clock::now() + hang_after;
  while (!holds()) {
    if (Clock::now() > deadline) report_hang();
    std::this_thread::yield();
  }
}

// Runs `body` in another task. The constructor returns once that sleeps, or has ended.
template <Platform P>
class OtherTask;

template <>
class OtherTask<Native> {
 public:
  explicit OtherTask(std::function<void()> body)
      : thread_([this, body = std::move(body)] {
          NativeTaskScope scope;
          task_ = &Native::self();
          body();
          ended_ = true;
        }) {
    spin_until([this] { return ended_ || asleep(); });
  }
  ~OtherTask() { join(); }
  OtherTask(const OtherTask&) = delete;
  OtherTask& operator=(const OtherTask&) = delete;

  // Gives it time to go on, and tells whether it sleeps all the same.
  bool still_sleeps() {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    spin_until([this] { return ended_ || asleep(); });
    return !ended_;
  }
  void join() {
    spin_until([this] { return ended_.load(); });
    if (thread_.joinable()) thread_.join();
  }

 private:
  bool asleep() const {
    const NativeTask* task = task_;
    return task != nullptr && !task->on_cpu();
  }

  std::atomic<NativeTask*> task_{nullptr};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

template <>
class OtherTask<Tiny> {
 public:
  static constexpr std::uint32_t id = 1;

  explicit OtherTask(std::function<void()> body) {
    Tiny::start(id, std::move(body));
    Tiny::run_until_asleep(id);
  }
  bool still_sleeps() { return !Tiny::run(id).ended() && Tiny::task(id).asleep(); }
  // A task that cannot go on is left to TaskScope, which complains.
  void join() { Tiny::run(id); }
};

// `count` real threads, each a task; body(i) runs in the i-th. Returns when all have ended.
inline void run_crew(unsigned count, const std::function<void(unsigned)>& body) {
  std::atomic<unsigned> ready{0};
  std::atomic<unsigned> ended{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      NativeTaskScope scope(i + 1);
      ++ready;
      while (ready < count) std::this_thread::yield();
      body(i);
      ++ended;
    });
  }
  const auto deadline = Clock::now() + hang_after;
  while (ended < count) {
    if (Clock::now() > deadline) report_hang();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (std::thread& thread : threads) thread.join();
}

// Runs two tasks of the tiny platform so that the first one is interrupted once, after `steps`
// accesses to memory, by the other. Returns "" when both end, otherwise what they wait for.
inline std::string interrupt_after(std::uint64_t steps, std::function<void()> interrupted,
                                   std::function<void()> other) {
  Tiny::start(1, std::move(interrupted), steps);
  Tiny::start(2, std::move(other));
  std::string stuck;
  for (int round = 0; round < 8 && !(Tiny::task(1).ended() && Tiny::task(2).ended()); ++round) {
    Tiny::run(1);
    Tiny::advance(100'000);
    Tiny::run(2);
  }
  for (const std::uint32_t id : {1u, 2u}) {
    if (!Tiny::task(id).ended()) stuck += Tiny::task(id).waits_for() + "; ";
    Tiny::cancel(id);
  }
  return stuck;
}

// Names typed tests after what they test.
struct CaseNames {
  template <class Case>
  static std::string GetName(int) {
    return Case::name();
  }
};

struct PlatformCaseNames {
  template <class P>
  static std::string GetName(int) {
    return P::name;
  }
};

}  // namespace faultline
