// trial.cpp: the threads of a trial and their phases.
#include "runner/trial.hpp"

#include <sched.h>
#include <time.h>

#include <algorithm>
#include <barrier>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <thread>

#include "runner/cpus.hpp"
#include "runner/exit_codes.hpp"

namespace faultline {

NativeAtomic<Phase> trial_phase{Phase::setup};

namespace {

std::mutex dump_mutex;
std::function<void(std::FILE*)> current_dump;

std::uint64_t clock_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(time.tv_nsec);
}

// Not slewed by NTP.
std::uint64_t raw_ns() {
  return clock_ns(CLOCK_MONOTONIC_RAW);
}

void sleep_seconds(double seconds) {
  timespec time{};
  time.tv_sec = static_cast<time_t>(seconds);
  time.tv_nsec = static_cast<long>((seconds - static_cast<double>(time.tv_sec)) * 1e9);
  while (clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &time) != 0) {
  }
}

void run_thread(const TrialSpec& spec, const TrialBody& body, unsigned index, std::barrier<>& ready,
                TrialThread& thread) {
  if (!spec.cpus.empty()) thread.pin_error = pin_self(spec.cpus[index]).value_or("");
  NativeTaskScope task(spec.seed ^ (0x9e3779b97f4a7c15u * (index + 1)));
  NativeTask& self = NativeTask::self();
  body.enter(index);
  const std::uint64_t parks = self.parks;
  const std::uint64_t wakes = self.wakes;
  ready.arrive_and_wait();
  ready.arrive_and_wait();  // the control thread has opened the window

  const std::uint64_t cpu_before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  thread.begin_ns = raw_ns();
  thread.latency = Latency(spec.latency_interval);
  thread.ops = body.window(index, thread.latency);
  thread.end_ns = raw_ns();
  thread.cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_before;
  thread.parks = self.parks - parks;
  thread.wakes = self.wakes - wakes;
  thread.cpu_seen = sched_getcpu();

  body.check(index);
  body.leave(index);
}

// Ends the program: the threads that did start wait at the barrier for those that cannot.
[[noreturn]] void give_up_threads(std::size_t started, const char* why) {
  std::fprintf(stderr,
               "faultline-trials: no more than %zu threads can be started: %s; use fewer --threads "
               "or raise the limits (ulimit -u, ulimit -v)\n",
               started, why);
  std::_Exit(exit_code::environment);
}

// A writer that comes at odd moments, until the check phase is over. At least a dozen sections, so
// that a phase of length 0 still checks.
void check_as_writer(double seconds, const TrialBody& body) {
  const std::uint64_t end = raw_ns() + static_cast<std::uint64_t>(seconds * 1e9);
  for (unsigned n = 0; n < 12 || raw_ns() < end; ++n) {
    body.write_lock_all();
    sleep_seconds(1e-9 * static_cast<double>(20'000 + NativeTask::self().random() % 80'000));
  }
}

}  // namespace

std::vector<TrialThread> run_threads(const TrialSpec& spec, const TrialBody& body) {
  std::vector<TrialThread> result(spec.threads);
  std::barrier<> ready(spec.threads + 1);
  trial_phase.store(Phase::setup, relaxed);
  std::vector<std::thread> threads;
  threads.reserve(spec.threads);
  for (unsigned i = 0; i < spec.threads; ++i) {
    try {
      threads.emplace_back([&, i] { run_thread(spec, body, i, ready, result[i]); });
    } catch (const std::system_error& error) {
      give_up_threads(threads.size(), error.code().message().c_str());
    }
  }
  ready.arrive_and_wait();
  trial_phase.store(Phase::window, release);
  ready.arrive_and_wait();
  sleep_seconds(spec.seconds);
  trial_phase.store(Phase::check, release);
  check_as_writer(spec.check_seconds, body);
  trial_phase.store(Phase::stop, release);
  for (std::thread& thread : threads) thread.join();
  return result;
}

void set_trial_dump(std::function<void(std::FILE*)> dump) {
  const std::lock_guard lock(dump_mutex);
  current_dump = std::move(dump);
}

void dump_trial(std::FILE* out) {
  NativeTaskScope task;
  for (std::uint32_t id = 0; id < NativeTask::tasks_max; ++id) {
    const NativeTask& other = NativeTask::get(id);
    if (!other.in_use() || id == NativeTask::self().id()) continue;
    const char* site = other.waits_for();
    std::fprintf(out, "task %u: %s%s\n", id, other.on_cpu() ? "runs" : "sleeps",
                 site == nullptr ? "" : (std::string(", waits for ") + site).c_str());
  }
  const std::lock_guard lock(dump_mutex);
  if (current_dump) current_dump(out);
}

void summarize(const TrialSpec& spec, const std::vector<TrialThread>& threads,
               TrialResult& result) {
  std::uint64_t first_begin = ~std::uint64_t{0};
  std::uint64_t last_begin = 0;
  std::uint64_t first_end = ~std::uint64_t{0};
  std::uint64_t last_end = 0;
  for (const TrialThread& thread : threads) {
    first_begin = std::min(first_begin, thread.begin_ns);
    last_begin = std::max(last_begin, thread.begin_ns);
    first_end = std::min(first_end, thread.end_ns);
    last_end = std::max(last_end, thread.end_ns);
    result.thread_ops.push_back(thread.ops);
    result.cpu_seconds += 1e-9 * static_cast<double>(thread.cpu_ns);
    result.parks += thread.parks;
    result.wakes += thread.wakes;
    result.cpus_seen.push_back(thread.cpu_seen);
  }
  const double length = static_cast<double>(last_end - first_begin);
  result.seconds = 1e-9 * length;
  result.clock_ns = clock_cost_ns();
  result.overlap =
      first_end > last_begin ? static_cast<double>(first_end - last_begin) / length : 0.0;
  if (!result.failure_kind.empty()) return;
  for (unsigned i = 0; i < spec.threads; ++i) {
    if (!threads[i].pin_error.empty()) {
      result.failure_kind = "environment";
      result.failure = threads[i].pin_error;
    } else if (!spec.cpus.empty() && threads[i].cpu_seen != spec.cpus[i]) {
      result.failure_kind = "environment";
      result.failure = "thread " + std::to_string(i) + " was pinned to CPU " +
                       std::to_string(spec.cpus[i]) + " but ran on CPU " +
                       std::to_string(threads[i].cpu_seen);
    } else if (threads[i].ops == 0) {
      result.failure_kind = "silent_thread";
      result.failure = "thread " + std::to_string(i) + " did nothing in the whole window";
    }
  }
  if (result.ops == 0 && result.failure_kind.empty()) {
    result.failure_kind = "zero_ops";
    result.failure = "no operation was finished in the window; make it longer (--seconds)";
  }
}

}  // namespace faultline
