// params.hpp: parameters of workloads from the command line: --set NAME=VALUE.
#pragma once

#include <string>
#include <vector>

#include "workloads/info.hpp"

namespace faultline {

// The defaults of `info`, changed by those of `set` that it has. Throws Failure(usage) for a value
// that is no number or out of bounds; names that other workloads have are passed over.
ParamValues workload_params(const WorkloadInfo& info, const std::vector<std::string>& set);

// Throws Failure(usage) unless every name belongs to one of the workloads.
void check_params(const std::vector<const WorkloadInfo*>& workloads,
                  const std::vector<std::string>& set);

}  // namespace faultline
