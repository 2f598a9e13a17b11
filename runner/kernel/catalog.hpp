// catalog.hpp: the registered kernel workloads behind one type.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runner/kernel/trial.hpp"

namespace faultline::kernel {

struct CatalogEntry {
  WorkloadInfo info;
  const char* (*role)(unsigned number, unsigned threads);
  const char* body;  // the loop in C
  KernelTrialResult (*run)(const KernelTrialSpec& spec);
};

const std::vector<CatalogEntry>& all_kernel_workloads();
std::vector<std::string> kernel_workload_names();

// Throws Failure(usage) with names that are near.
const CatalogEntry& find_kernel_workload(const std::string& name);

// As `faultline-kernel-trials --list` prints it.
nlohmann::ordered_json kernel_workloads_json();

}  // namespace faultline::kernel
