// trials.hpp: trials of kernel workloads as tests start them.
#pragma once

#include <string>
#include <vector>

#include "runner/kernel/catalog.hpp"
#include "runner/params.hpp"

namespace faultline::kernel {

// The path of faultline-kernel-trials.
const char* trials_program();

// A counted trial, unless a test changes it; it ends within 20 s whatever happens.
inline KernelTrialSpec counted_spec(const WorkloadInfo& info, Mode mode, unsigned threads,
                                    std::uint64_t ops, const std::vector<std::string>& set = {}) {
  KernelTrialSpec spec;
  spec.threads = threads;
  spec.mode = mode;
  spec.ops = ops;
  spec.deadline = 20;
  spec.latency_interval = counted_latency_interval(ops);
  spec.program = trials_program();
  spec.params = workload_params(info, set);
  return spec;
}

inline KernelTrialResult run_counted(const std::string& workload, Mode mode, unsigned threads,
                                     std::uint64_t ops, const std::vector<std::string>& set = {}) {
  const CatalogEntry& entry = find_kernel_workload(workload);
  return entry.run(counted_spec(entry.info, mode, threads, ops, set));
}

inline const char* mode_name(Mode mode) {
  return mode == Mode::threads ? "threads" : "processes";
}

}  // namespace faultline::kernel
