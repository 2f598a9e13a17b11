// trial.hpp: one trial of a kernel workload: its processes and threads, the window, the counts.
//
//   fork | construct | prepare | barrier | window: ops counted | all done | finish | exit
//
// Every trial has fresh address spaces: the threads run in a child (mode threads: one child with
// all threads; mode processes: one child a thread), so that no trial inherits page tables, VMAs or
// a heap from the one before, and a workload that crashes or hangs takes only its trial along. The
// children write to memory that is shared with the control process; that memory, and the pages of
// the histograms in it, are there before the window opens.
//
// The window is a time, or a number of operations of each thread. It is measured from the first
// thread's beginning to the last one's end, with CLOCK_MONOTONIC_RAW. While it is open the control
// process sleeps and has no timer but its deadline.
#pragma once

#include <ctime>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runner/histogram.hpp"
#include "runner/latency.hpp"
#include "workloads/kernel/workload.hpp"

namespace faultline::kernel {

struct KernelTrialSpec {
  unsigned threads = 1;
  Mode mode = Mode::threads;
  std::vector<int> cpus;  // one for each thread; empty: not pinned
  double seconds = 0.1;   // of the window, unless it is counted
  std::uint64_t ops = 0;  // of each thread; 0: the window is a time
  double deadline = 0;    // seconds for the whole trial; 0: none
  std::uint64_t seed = 1;
  std::uint64_t latency_interval = Latency::interval_max;
  const char* program = "/proc/self/exe";
  bool trace = false;  // with tracepoints, which cost: see tracing.hpp
  ParamValues params;
};

struct KernelTrialResult {
  double seconds = 0;
  std::uint64_t ops = 0;
  std::vector<std::uint64_t> thread_ops;
  double cpu_seconds = 0;          // of all threads in the window
  double overlap = 0;              // share of the window in which all threads ran their loops
  std::uint64_t zap_ns = 0;        // of all threads, in giving pages back inside of the window
  std::uint64_t minor_faults = 0;  // of all threads in the window, as are the next three
  std::uint64_t major_faults = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  nlohmann::ordered_json counters = nlohmann::ordered_json::object();  // the kernel's own
  nlohmann::ordered_json traced = nullptr;  // by tracepoints, where they were asked for
  std::map<std::string, std::uint64_t> secondary;
  Histogram latency;  // ns of one operation of the primary role: a sample
  std::uint64_t clock_ns = 0;
  std::uint64_t vmas = 0;  // of the first mm when the window opened
  std::vector<int> cpus_seen;
  std::string failure_kind;  // empty: none; silent_thread, zero_ops, environment, deadline, crash
  std::string failure;
};

// --- not a template: trial.cpp, children.cpp ---

enum class Phase : std::uint32_t { setup, window, stop, leave };

// One thread's part of the memory shared with the control process.
struct alignas(128) ThreadSlot {
  std::uint64_t ops = 0;
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  std::uint64_t cpu_ns = 0;
  std::uint64_t zap_ns = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  int cpu_seen = -1;
  char error[400] = {};  // of the environment
  Latency latency;
};

// The phase of the trial in progress: a line of its own, which nobody writes in the window.
struct alignas(128) PhaseWord {
  std::atomic<std::uint32_t> value{0};
};
extern PhaseWord* trial_phase;

inline bool in_window() {
  return trial_phase->value.load(std::memory_order_relaxed) ==
         static_cast<std::uint32_t>(Phase::window);
}

// What the threads of one mm do, behind the workload's type. Made in the child.
struct MmBody {
  virtual ~MmBody() = default;
  virtual void prepare(unsigned slot, unsigned number) = 0;
  virtual std::uint64_t window(unsigned slot, Latency& latency) = 0;  // returns the operations
  virtual std::uint64_t zap_ns(unsigned slot) const = 0;
  virtual void finish(unsigned slot) = 0;
};
using MakeBody = std::function<std::unique_ptr<MmBody>(const KernelSetup& setup)>;

// Runs the trial's children through the phases and adds them up.
KernelTrialResult run_children(const KernelTrialSpec& spec, const WorkloadInfo& info,
                               const char* (*role)(unsigned, unsigned), const MakeBody& make);

inline std::uint64_t latency_clock_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(time.tv_nsec);
}

// Which operations of a thread are timed when a window is counted: depends on the count alone, so
// that every run makes the same steps.
std::uint64_t counted_latency_interval(std::uint64_t ops);
// And when it is a time: from a window that had so many operations. Sparser than for the modelled
// workloads, as the cost of the clock is held against a single fault: about one in 25 us.
std::uint64_t timed_latency_interval(std::uint64_t ops, unsigned threads, double seconds);

// --- the template ---

template <class W>
class Body : public MmBody {
 public:
  Body(const KernelTrialSpec& spec, const KernelSetup& setup)
      : limit_(spec.ops), workload_(spec.params, setup), threads_(setup.threads) {}

  void prepare(unsigned slot, unsigned number) override {
    threads_[slot] = std::make_unique<typename W::Thread>();
    threads_[slot]->slot = slot;
    threads_[slot]->number = number;
    workload_.prepare(*threads_[slot]);
    threads_[slot]->zap_ns = 0;
  }
  std::uint64_t window(unsigned slot, Latency& latency) override {
    typename W::Thread& thread = *threads_[slot];
    std::uint64_t ops = 0;
    const auto once = [&] {
      if (latency.due()) [[unlikely]] {
        const std::uint64_t begin = latency_clock_ns();
        workload_.op(thread);
        latency.add(latency_clock_ns() - begin);
      } else {
        workload_.op(thread);
      }
      ++ops;
    };
    if (limit_ != 0) {
      while (ops < limit_) once();
    } else {
      while (in_window()) once();
    }
    return ops;
  }
  std::uint64_t zap_ns(unsigned slot) const override { return threads_[slot]->zap_ns; }
  void finish(unsigned slot) override { workload_.finish(*threads_[slot]); }

 private:
  std::uint64_t limit_;
  W workload_;
  std::vector<std::unique_ptr<typename W::Thread>> threads_;
};

template <class W>
KernelTrialResult run_kernel_trial(const KernelTrialSpec& spec) {
  static_assert(KernelWorkload<W>);
  return run_children(spec, W::info(), W::role, [&spec](const KernelSetup& setup) {
    return std::make_unique<Body<W>>(spec, setup);
  });
}

}  // namespace faultline::kernel
