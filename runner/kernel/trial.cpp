// trial.cpp: the control process of a trial: opens and closes the window, adds up, judges.
#include "runner/kernel/trial.hpp"

#include <algorithm>
#include <optional>

#include "runner/kernel/children.hpp"
#include "runner/kernel/counters.hpp"
#include "runner/kernel/tracing.hpp"
#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

namespace {

std::uint64_t nanoseconds(double seconds) {
  return static_cast<std::uint64_t>(seconds * 1e9);
}

void add_up(const KernelTrialSpec& spec, const WorkloadInfo& info,
            const char* (*role)(unsigned, unsigned), const SharedTrial& shared,
            KernelTrialResult& result) {
  std::uint64_t first_begin = ~std::uint64_t{0};
  std::uint64_t last_begin = 0;
  std::uint64_t first_end = ~std::uint64_t{0};
  std::uint64_t last_end = 0;
  for (unsigned i = 0; i < spec.threads; ++i) {
    const ThreadSlot& slot = shared.slot(i);
    first_begin = std::min(first_begin, slot.begin_ns);
    last_begin = std::max(last_begin, slot.begin_ns);
    first_end = std::min(first_end, slot.end_ns);
    last_end = std::max(last_end, slot.end_ns);
    result.thread_ops.push_back(slot.ops);
    result.cpu_seconds += 1e-9 * static_cast<double>(slot.cpu_ns);
    result.zap_ns += slot.zap_ns;
    result.minor_faults += slot.minor_faults;
    result.major_faults += slot.major_faults;
    result.voluntary_switches += slot.voluntary_switches;
    result.involuntary_switches += slot.involuntary_switches;
    result.cpus_seen.push_back(slot.cpu_seen);
    const std::string name = role(i, spec.threads);
    if (name == info.primary) {
      result.ops += slot.ops;
      result.latency.add(slot.latency.sample());
    } else {
      result.secondary[name] += slot.ops;
    }
  }
  const double length = static_cast<double>(last_end - first_begin);
  result.seconds = 1e-9 * length;
  result.overlap =
      first_end > last_begin ? static_cast<double>(first_end - last_begin) / length : 0.0;
}

void judge(const KernelTrialSpec& spec, KernelTrialResult& result) {
  for (unsigned i = 0; i < spec.threads; ++i) {
    if (!spec.cpus.empty() && result.cpus_seen[i] != spec.cpus[i]) {
      result.failure_kind = "environment";
      result.failure = "thread " + std::to_string(i) + " was pinned to CPU " +
                       std::to_string(spec.cpus[i]) + " but ran on CPU " +
                       std::to_string(result.cpus_seen[i]);
    } else if (result.thread_ops[i] == 0) {
      result.failure_kind = "silent_thread";
      result.failure = "thread " + std::to_string(i) + " did nothing in the whole window";
    }
  }
  if (result.ops == 0 && result.failure_kind.empty()) {
    result.failure_kind = "zero_ops";
    result.failure = "no operation was finished in the window; make it longer (--seconds)";
  }
}

// The first error that a thread has noted.
bool find_error(const KernelTrialSpec& spec, const SharedTrial& shared, KernelTrialResult& result) {
  for (unsigned i = 0; i < spec.threads; ++i) {
    if (shared.slot(i).error[0] == '\0') continue;
    result.failure_kind = "environment";
    result.failure = shared.slot(i).error;
    return true;
  }
  return false;
}

void fail_deadline(const KernelTrialSpec& spec, const char* phase, KernelTrialResult& result) {
  result.failure_kind = "deadline";
  result.failure = "no end after " + std::to_string(spec.deadline) + " s, in the phase " + phase;
}

// A child that is gone before its time: says why, unless a thread has said it.
void fail_gone(const KernelTrialSpec& spec, const SharedTrial& shared, Children& children,
               KernelTrialResult& result) {
  SharedTrial::set_phase(Phase::leave);
  std::string end;
  children.reap(now_ns() + nanoseconds(1), end);
  if (find_error(spec, shared, result)) return;
  result.failure_kind = "crash";
  result.failure = end.empty() ? "a process of the trial ended before its time" : end;
}

}  // namespace

KernelTrialResult run_children(const KernelTrialSpec& spec, const WorkloadInfo& info,
                               const char* (*role)(unsigned, unsigned), const MakeBody& make) {
  KernelTrialResult result;
  const std::uint64_t until = spec.deadline > 0 ? now_ns() + nanoseconds(spec.deadline) : 0;
  SharedTrial shared(spec.threads);
  std::optional<Tracing> tracing;
  if (spec.trace) tracing.emplace();
  Children children;
  const unsigned processes = spec.mode == Mode::threads ? 1 : spec.threads;
  const unsigned threads_each = spec.threads / processes;
  for (unsigned i = 0; i < processes; ++i) {
    children.start(spec, shared, make, i * threads_each, threads_each);
  }

  if (!children.wait_reports(1, until)) {
    fail_deadline(spec, "setup", result);
    return result;
  }
  if (children.any_gone() || find_error(spec, shared, result)) {
    fail_gone(spec, shared, children, result);
    return result;
  }
  KernelCounters counters;
  counters.begin();
  if (tracing) tracing->begin();
  SharedTrial::set_phase(Phase::window);
  if (spec.ops == 0) {
    const std::uint64_t end = now_ns() + nanoseconds(spec.seconds);
    children.wait_reports(2, until != 0 ? std::min(end, until) : end);
    SharedTrial::set_phase(Phase::stop);
  }
  if (!children.wait_reports(2, until)) {
    fail_deadline(spec, "window", result);
    return result;
  }
  if (children.any_gone()) {
    fail_gone(spec, shared, children, result);
    return result;
  }
  if (tracing) tracing->end();
  counters.end();
  SharedTrial::set_phase(Phase::leave);
  std::string end;
  if (!children.reap(until, end)) {
    fail_deadline(spec, "end", result);
    return result;
  }
  add_up(spec, info, role, shared, result);
  result.counters = counters.json();
  if (tracing) result.traced = tracing->json();
  result.clock_ns = clock_cost_ns();
  result.vmas = shared.vmas();
  if (find_error(spec, shared, result)) return result;
  if (!end.empty()) {
    result.failure_kind = "crash";
    result.failure = end;
    return result;
  }
  judge(spec, result);
  return result;
}

std::uint64_t counted_latency_interval(std::uint64_t ops) {
  return std::clamp<std::uint64_t>(ops / 64, 1, Latency::interval_max);
}

std::uint64_t timed_latency_interval(std::uint64_t ops, unsigned threads, double seconds) {
  constexpr double spacing_s = 25e-6;
  if (ops == 0 || seconds <= 0) return 1;
  const double rate = static_cast<double>(ops) / threads / seconds;
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rate * spacing_s), 1,
                                   Latency::interval_max);
}

}  // namespace faultline::kernel
