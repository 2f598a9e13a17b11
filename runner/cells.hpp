// cells.hpp: every combination of lock word, placement and workload, behind one function type. The
// lists come from lockimpls/registry.hpp and workloads/registry.hpp.
#pragma once

#include <string>
#include <vector>

#include "mm/design.hpp"
#include "runner/trial.hpp"

namespace faultline {

const char* placement_name(Placement placement);

struct DesignInfo {
  std::string name;
  std::string summary;
  std::string free_policy;
  std::vector<Placement> placements;  // the first is the one that its kernel or series has
};

struct Cell {
  std::string design;
  Placement placement;
  std::string workload;
  VmaLayout layout;
  const char* (*role)(unsigned index, unsigned threads);
  TrialResult (*run)(const TrialSpec& spec);
};

const std::vector<DesignInfo>& all_designs();
const std::vector<WorkloadInfo>& all_workloads();
const std::vector<Cell>& all_cells();

// Null when there is no such combination.
const Cell* find_cell(const std::string& design, Placement placement, const std::string& workload);
const WorkloadInfo* find_workload(const std::string& name);
const DesignInfo* find_design(const std::string& name);

// The source of a workload's figures: changes when they can no longer be compared.
std::string workload_version(const WorkloadInfo& info, const ParamValues& params);

}  // namespace faultline
