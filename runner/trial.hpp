// trial.hpp: one timed trial on this host: threads, start barrier, window, counts, and the check
// phase behind the window.
//
//   prepare | barrier | window: ops counted | check: lock verified, nothing counted | finish
//
// The window is a fixed time, not a fixed number of operations: with an unfair lock the fast
// threads would leave early and the rest would run uncontended. Each thread counts for itself and
// notes when it began and ended; the trial's length is from the first beginning to the last end.
//
// In the check phase readers linger inside the lock while the control thread write-locks every VMA
// again and again, so that a lock that does not exclude is caught in every workload, also in those
// that have no writer of their own.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mm/vma.hpp"
#include "platform/native.hpp"
#include "runner/histogram.hpp"
#include "runner/latency.hpp"
#include "workloads/workload.hpp"

namespace faultline {

struct TrialSpec {
  unsigned threads = 1;
  std::vector<int> cpus;  // one for each thread; empty: not pinned
  double seconds = 0.1;
  double check_seconds = 0.005;
  std::uint64_t seed = 1;
  std::uint64_t latency_interval = Latency::interval_max;  // operations, from one timed to the next
  ParamValues params;
};

struct TrialResult {
  double seconds = 0;
  std::uint64_t ops = 0;
  std::vector<std::uint64_t> thread_ops;
  double cpu_seconds = 0;     // of all threads in the window
  double overlap = 0;         // share of the window in which all threads ran their loops
  bool address_space = true;  // false: a yardstick; then vma_lock and vmas were not measured
  VmaLockEvents vma_lock;
  std::uint64_t parks = 0;
  std::uint64_t wakes = 0;
  std::map<std::string, std::uint64_t> secondary;  // units of the roles that are not primary
  Histogram latency;                  // ns of one operation of the primary role: a sample
  std::uint64_t clock_ns = 0;         // that the clock adds to each of these; 0: simulated
  std::uint64_t pairs = 0;            // checks made: reader sections compared
  std::uint64_t writer_sections = 0;  // VMA write sections; of a yardstick: all that were checked
  std::uint64_t vmas = 0;
  std::uint64_t lock_offset = 0;  // of the yardstick, or the first VMA's lock, in its 2 MiB
  std::vector<int> cpus_seen;
  std::string failure_kind;  // empty: none; lock, silent_thread, zero_ops, environment
  std::string failure;
};

// --- not a template: trial.cpp ---

enum class Phase : std::uint32_t { setup, window, check, stop };

// What a thread of a trial does, behind the workload's type.
struct TrialBody {
  std::function<void(unsigned index)> enter;  // constructs the thread's state
  // Runs ops until the window ends, and times some.
  std::function<std::uint64_t(unsigned index, Latency& latency)> window;
  std::function<void(unsigned index)> check;  // runs ops until the trial stops
  std::function<void(unsigned index)> leave;
  std::function<void()> write_lock_all;  // by the control thread, checking
};

struct TrialThread {
  std::uint64_t ops = 0;
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  std::uint64_t cpu_ns = 0;
  std::uint64_t parks = 0;
  std::uint64_t wakes = 0;
  int cpu_seen = -1;
  std::string pin_error;
  Latency latency;
};

// Runs the threads through the phases.
std::vector<TrialThread> run_threads(const TrialSpec& spec, const TrialBody& body);

// The phase of the trial in progress. One load of a line that nobody writes in the window.
extern NativeAtomic<Phase> trial_phase;

// Runs op() until the window ends; returns the sum of what it returned.
template <class Op>
std::uint64_t count_ops(Latency& latency, Op op) {
  std::uint64_t ops = 0;
  while (trial_phase.load(relaxed) == Phase::window) {
    const bool timed = latency.due();
    const std::uint64_t begin = timed ? Native::now() : 0;
    ops += op();
    if (timed) [[unlikely]]
      latency.add(Native::now() - begin);
  }
  return ops;
}

// What a hung trial can say about itself; guarded against its own end.
void set_trial_dump(std::function<void(std::FILE*)> dump);
void dump_trial(std::FILE* out);

// Adds up the threads and judges them.
void summarize(const TrialSpec& spec, const std::vector<TrialThread>& threads, TrialResult& result);

// --- the template ---

namespace detail {

template <class D>
void dump_mm(std::FILE* out, Mm<D>& mm) {
  std::fprintf(out, "mmap_lock:");
  for (const NamedWord& word : mm.mmap_lock.words()) {
    std::fprintf(out, " %s=0x%llx", word.name, static_cast<unsigned long long>(word.value));
  }
  std::fprintf(out, "\nmm_lock_seq: %u\n", mm.mm_lock_seq.load(relaxed));
  // Racy by intent: the threads hang, and nothing is freed while this task is in RCU.
  RcuReader<Native> alive;
  unsigned shown = 0;
  std::uint64_t at = 0;
  for (Vma<D>* vma = mm.tree.find_next(at); vma != nullptr && shown < 16; ++shown) {
    std::fprintf(out, "vma 0x%llx-0x%llx: vm_lock_seq=%u",
                 static_cast<unsigned long long>(vma->vm_start.get()),
                 static_cast<unsigned long long>(vma->vm_end.get()),
                 vma->vm_lock_seq.load(relaxed));
    for (const NamedWord& word : vma->lock().words()) {
      std::fprintf(out, " %s=0x%llx", word.name, static_cast<unsigned long long>(word.value));
    }
    std::fprintf(out, "\n");
    if (vma->vm_end.get() <= at) break;
    at = vma->vm_end.get();
    vma = mm.tree.find_next(at);
  }
}

// Adds up what the threads counted in the window, and what their checks found in the whole trial.
template <class W>
void collect(const TrialSpec& spec, const std::vector<std::unique_ptr<typename W::Thread>>& threads,
             const std::vector<VmaLockEvents>& events, const std::vector<TrialThread>& ran,
             TrialResult& result) {
  std::uint64_t torn = 0;
  std::uint64_t strays = 0;
  for (unsigned i = 0; i < spec.threads; ++i) {
    result.vma_lock.success += events[i].success;
    result.vma_lock.abort += events[i].abort;
    result.vma_lock.retry += events[i].retry;
    result.vma_lock.miss += events[i].miss;
    result.pairs += threads[i]->mm.check.pairs;
    torn += threads[i]->mm.check.torn;
    strays += threads[i]->mm.check.strays;
    const char* role = W::role(i, spec.threads);
    if (std::string(role) == W::info().primary) {
      result.ops += ran[i].ops;
      result.latency.add(ran[i].latency.sample());
    } else {
      result.secondary[role] += ran[i].ops;
    }
  }
  if (torn == 0 && strays == 0) return;
  result.failure_kind = "lock";
  result.failure = "the lock does not exclude: " + std::to_string(torn) +
                   " readers had a writer inside their section, " + std::to_string(strays) +
                   " held a VMA that was not theirs";
}

}  // namespace detail

// Where the harness keeps a VMA of its own, so that there is always one to check.
inline constexpr std::uint64_t probe_addr = task_size - (std::uint64_t{1} << 21);
inline constexpr std::uint64_t linger_ns = 20'000;

template <class W, class D>
TrialResult run_trial(const TrialSpec& spec) {
  static_assert(Workload<W>);
  using Thread = typename W::Thread;
  NativeTaskScope control(spec.seed);
  System<D> system;
  W workload(system, spec.params, spec.threads);
  Mm<D>& mm = workload.mm();
  must_mmap(mm, probe_addr, 1, vm_rw);

  TrialResult result;
  result.vmas = mm.map_count.get();
  if (Vma<D>* vma = mm.tree.find_next(0); vma != nullptr && D::Lock::per_vma) {
    result.lock_offset = reinterpret_cast<std::uintptr_t>(&vma->lock()) % (1u << 21);
  }
  std::vector<std::unique_ptr<Thread>> threads(spec.threads);
  std::vector<VmaLockEvents> events(spec.threads);

  TrialBody body;
  body.enter = [&](unsigned i) {
    threads[i] = std::make_unique<Thread>(i);
    workload.prepare(*threads[i]);
    threads[i]->mm.vma_lock = {};
  };
  body.window = [&](unsigned i, Latency& latency) {
    Thread& thread = *threads[i];
    const std::uint64_t ops = count_ops(latency, [&] { return workload.op(thread); });
    events[i] = thread.mm.vma_lock;
    return ops;
  };
  body.check = [&](unsigned i) {
    Thread& thread = *threads[i];
    thread.mm.check.linger_ns = linger_ns;
    while (trial_phase.load(relaxed) == Phase::check) {
      // Half the time in a reader's section, however long an operation takes.
      const std::uint64_t begin = Native::now();
      workload.op(thread);
      const std::uint64_t end = 2 * Native::now() - begin;
      do {
        fault(mm, thread.mm, probe_addr, /*write=*/true);
      } while (Native::now() < end && trial_phase.load(relaxed) == Phase::check);
    }
    thread.mm.check.linger_ns = 0;
  };
  body.leave = [&](unsigned i) { workload.finish(*threads[i]); };
  body.write_lock_all = [&] { write_lock_all_vmas(mm); };

  set_trial_dump([&mm](std::FILE* out) { detail::dump_mm(out, mm); });
  const std::vector<TrialThread> ran = run_threads(spec, body);
  set_trial_dump(nullptr);

  detail::collect<W>(spec, threads, events, ran, result);
  if constexpr (D::Check::checks) result.writer_sections = mm.check.sections.get();
  summarize(spec, ran, result);
  return result;
}

}  // namespace faultline
