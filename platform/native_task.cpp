// native_task.cpp: the task table, futex sleeping and the clock.
#include "platform/native_task.hpp"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "platform/native_rcu.hpp"

namespace faultline {

namespace {

std::array<NativeTask, NativeTask::tasks_max> tasks;
std::mutex tasks_mutex;

long futex(const void* word, int operation, std::uint32_t value) {
  return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

}  // namespace

thread_local constinit NativeTask* NativeTask::current = nullptr;

NativeTask& NativeTask::get(std::uint32_t id) {
  return tasks[id];
}

void NativeTask::park() {
  ++parks;
  on_cpu_.store(0, relaxed);
  while (state_.load(acquire) == parking) {
    if (futex(&state_, FUTEX_WAIT, parking) == -1) FL_ASSERT(errno == EAGAIN || errno == EINTR);
  }
  on_cpu_.store(1, relaxed);
}

bool NativeTask::unpark() {
  if (state_.exchange(running, full) != parking) return false;
  futex(&state_, FUTEX_WAKE, 1);
  return true;
}

// splitmix64 (Steele, Lea and Flood, OOPSLA 2014): small, seedable, good enough for placement.
std::uint64_t NativeTask::random() {
  std::uint64_t z = (random_state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

NativeTaskScope::NativeTaskScope(std::uint64_t seed) {
  FL_ASSERT(NativeTask::current == nullptr);
  const std::lock_guard lock(tasks_mutex);
  for (std::uint32_t id = 0; id < NativeTask::tasks_max; ++id) {
    NativeTask& task = tasks[id];
    if (task.in_use()) continue;
    task.id_ = id;
    task.in_use_.store(1, relaxed);
    task.on_cpu_.store(1, relaxed);
    task.random_state_ = seed;
    task.parks = 0;
    task.wakes = 0;
    NativeTask::current = &task;
    native_rcu_register();
    return;
  }
  std::fprintf(stderr, "faultline: more than %u tasks at a time\n", NativeTask::tasks_max);
  std::abort();
}

NativeTaskScope::~NativeTaskScope() {
  native_rcu_unregister();
  const std::lock_guard lock(tasks_mutex);
  NativeTask::current->on_cpu_.store(0, relaxed);
  NativeTask::current->in_use_.store(0, relaxed);
  NativeTask::current = nullptr;
}

std::uint64_t native_now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(time.tv_nsec);
}

void native_yield() {
  sched_yield();
}

}  // namespace faultline
