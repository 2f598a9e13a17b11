// native_task.hpp: tasks of the native platform: identity, sleeping, the clock, RCU registration.
#pragma once

#include <cstddef>
#include <cstdint>

#include "platform/native_atomic.hpp"

namespace faultline {

// One thread that runs lock code. Tasks live in one static table and are never freed, so a late
// unpark() hits memory that is still a task.
class alignas(2 * cache_line) NativeTask {
 public:
  // 1024 workers, their control thread, and room for tests.
  static constexpr std::uint32_t tasks_max = 1088;

  static NativeTask& self() { return *current; }
  static NativeTask& get(std::uint32_t id);

  std::uint32_t id() const { return id_; }
  bool on_cpu() const { return on_cpu_.load(relaxed) != 0; }

  void prepare_to_park() {
    state_.store(parking, relaxed);
    native_fence(full);
  }
  void park();
  void finish_park() { state_.store(running, relaxed); }
  // Returns whether the task was parking.
  bool unpark();

  // What the task waits for, for the report of a hung run. `word` may be null.
  void wait_begins(const char* site, const void* word) {
    waits_for_.store(site, relaxed);
    waits_on_.store(word, relaxed);
  }
  void wait_ends() { waits_for_.store(nullptr, relaxed); }
  const char* waits_for() const { return waits_for_.load(relaxed); }
  const void* waits_on() const { return waits_on_.load(relaxed); }
  bool in_use() const { return in_use_.load(relaxed) != 0; }

  std::uint64_t random();

  // Written by their own task only, read by the harness after it has joined.
  std::uint64_t spin_began_ns = 0;
  std::uint64_t parks = 0;
  std::uint64_t wakes = 0;

 private:
  friend class NativeTaskScope;
  static constexpr std::uint32_t running = 0;
  static constexpr std::uint32_t parking = 1;

  static thread_local constinit NativeTask* current;

  NativeAtomic<std::uint32_t> state_{running};
  NativeAtomic<std::uint32_t> on_cpu_{0};
  NativeAtomic<std::uint32_t> in_use_{0};
  std::uint32_t id_ = 0;
  NativeAtomic<const char*> waits_for_{nullptr};
  NativeAtomic<const void*> waits_on_{nullptr};
  std::uint64_t random_state_ = 0;
};

// Makes the calling thread a task for the length of a scope, and an RCU reader.
class NativeTaskScope {
 public:
  explicit NativeTaskScope(std::uint64_t seed = 1);
  ~NativeTaskScope();
  NativeTaskScope(const NativeTaskScope&) = delete;
  NativeTaskScope& operator=(const NativeTaskScope&) = delete;
};

std::uint64_t native_now();
void native_yield();

}  // namespace faultline
