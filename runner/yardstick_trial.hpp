// yardstick_trial.hpp: one timed trial of a workload over a yardstick lock on this host: as
// run_trial() (runner/trial.hpp) has it, without an address space.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include "platform/native.hpp"
#include "runner/trial.hpp"

namespace faultline {

namespace detail {

template <class L>
void dump_yardstick(std::FILE* out, const L& lock) {
  std::fprintf(out, "%s:", L::name);
  for (const NamedWord& word : lock.words()) {
    std::fprintf(out, " %s=0x%llx", word.name, static_cast<unsigned long long>(word.value));
  }
  std::fprintf(out, "\n");
}

// What the threads found out about the lock in the check phase.
template <class W, class L>
void judge_yardstick(const W& workload,
                     const std::vector<std::unique_ptr<typename W::Thread>>& threads,
                     TrialResult& result) {
  std::uint64_t checked = 0;
  std::uint64_t torn = 0;
  for (const auto& thread : threads) {
    checked += thread->checked;
    torn += thread->torn;
  }
  if (L::excludes) result.pairs = result.writer_sections = checked;
  result.failure = workload.verdict(checked, torn);
  if (!result.failure.empty()) result.failure_kind = "lock";
}

}  // namespace detail

// The threads check by themselves, and the control thread has nothing to lock.
template <class W, class L>
TrialResult run_yardstick_trial(const TrialSpec& spec) {
  using Thread = typename W::Thread;
  NativeTaskScope control(spec.seed);
  const auto workload = std::make_unique<W>(spec.params);
  std::vector<std::unique_ptr<Thread>> threads(spec.threads);
  TrialResult result;
  result.address_space = false;
  result.lock_offset = reinterpret_cast<std::uintptr_t>(&workload->lock()) % (1u << 21);

  TrialBody body;
  body.enter = [&](unsigned i) { threads[i] = std::make_unique<Thread>(i); };
  body.window = [&](unsigned i, Latency& latency) {
    Thread& thread = *threads[i];
    return count_ops(latency, [&] { return workload->op(thread); });
  };
  body.check = [&](unsigned i) {
    // Now and then a section is long, so that it meets another one if it can.
    unsigned n = 0;
    do {
      workload->check_op(*threads[i], n++ % 64 == 0 ? linger_ns : 0);
    } while (trial_phase.load(relaxed) == Phase::check);
  };
  body.leave = [](unsigned) {};
  body.write_lock_all = [] {};

  set_trial_dump([&workload](std::FILE* out) { detail::dump_yardstick(out, workload->lock()); });
  const std::vector<TrialThread> ran = run_threads(spec, body);
  set_trial_dump(nullptr);

  for (const TrialThread& thread : ran) {
    result.ops += thread.ops;
    result.latency.add(thread.latency.sample());
  }
  detail::judge_yardstick<W, L>(*workload, threads, result);
  summarize(spec, ran, result);
  return result;
}

}  // namespace faultline
