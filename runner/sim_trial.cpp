// sim_trial.cpp: the threads of a simulated trial and their window.
#include "runner/sim_trial.hpp"

#include <algorithm>

namespace faultline {

using simulator::Engine;
using simulator::nanosecond;
using simulator::Picoseconds;
using simulator::TaskId;

namespace {

struct ThreadWindow {
  Picoseconds begin = 0;
  Picoseconds end = 0;
  std::uint64_t parks = 0;
  std::uint64_t wakes = 0;
};

// When the trial ends. Tasks run in the order of simulated time, so the one that comes first to the
// end decides for all, the same way each time.
class Window {
 public:
  Window(Picoseconds begin, Picoseconds length, std::uint64_t least_ops)
      : length_(length),
        end_(begin + length),
        last_(begin + length * (least_ops == 0 ? 1 : sim_window_most)),
        least_ops_(least_ops) {}

  bool open(Picoseconds now) {
    while (now >= end_ && !over_) {
      over_ = ops_ >= least_ops_ || end_ >= last_;
      if (!over_) end_ += length_;
    }
    return now < end_;
  }
  void count(std::uint64_t ops) { ops_ += ops; }

 private:
  Picoseconds length_;
  Picoseconds end_;
  Picoseconds last_;
  std::uint64_t least_ops_;
  std::uint64_t ops_ = 0;
  bool over_ = false;
};

// What was counted until now belongs to the setup and the warm-up. The lines that have a report
// keep it: it is found by its place.
void forget(simulator::Statistics& statistics) {
  std::vector<simulator::LineReport> lines = std::move(statistics.lines);
  for (simulator::LineReport& report : lines) {
    const simulator::LineId line = report.line;
    report = {};
    report.line = line;
  }
  statistics = {};
  statistics.lines = std::move(lines);
}

}  // namespace

void run_sim_threads(Engine& engine, const SimSpec& spec, const SimBody& body, SimResult& result) {
  for (unsigned i = 0; i < spec.threads; ++i) {
    engine.act_as(i);
    body.enter(i);
  }
  engine.act_as(engine.control());
  engine.setup_ends();
  const Picoseconds begin = spec.warmup_ns * nanosecond;
  Window all(begin, spec.window_ns * nanosecond, spec.least_ops);
  if (spec.trace_ns != 0) engine.trace().window(begin, begin + spec.trace_ns * nanosecond);

  TrialResult& trial = result.trial;
  trial.thread_ops.resize(spec.threads);
  std::vector<ThreadWindow> windows(spec.threads);
  bool counting = false;
  engine.run([&](TaskId i) {
    while (engine.now() < begin) body.op(i);
    if (!counting) forget(engine.statistics());
    counting = true;
    ThreadWindow& window = windows[i];
    const simulator::Task& task = engine.task(i);
    const bool primary = body.primary(i);
    body.window(i, true);
    window = {engine.now(), 0, task.parks, task.wakes};
    std::uint64_t ops = 0;
    while (all.open(engine.now())) {
      const Picoseconds waited = task.waited;
      const Picoseconds began = engine.now();
      const std::uint64_t done = body.op(i);
      ops += done;
      if (primary) all.count(done);
      result.waits.add((task.waited - waited) / nanosecond);
      if (primary) trial.latency.add((engine.now() - began) / nanosecond);
    }
    trial.thread_ops[i] = ops;
    window.end = engine.now();
    window.parks = task.parks - window.parks;
    window.wakes = task.wakes - window.wakes;
    body.window(i, false);
  });
  Picoseconds first = simulator::forever;
  Picoseconds last = 0;
  for (const ThreadWindow& window : windows) {
    first = std::min(first, window.begin);
    last = std::max(last, window.end);
    trial.parks += window.parks;
    trial.wakes += window.wakes;
  }
  trial.seconds = 1e-12 * static_cast<double>(last - first);
  // A CPU that idles costs CPU time in no accounting.
  trial.cpu_seconds = trial.seconds * std::min(spec.cpus, spec.threads);
  trial.overlap = 1;
  for (unsigned i = 0; i < spec.threads; ++i) {
    engine.act_as(i);
    body.leave(i);
  }
  engine.act_as(engine.control());
  result.statistics = engine.statistics();
  result.spans = engine.trace().spans();
  result.hash = engine.hash();
}

}  // namespace faultline
