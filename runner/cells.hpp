// cells.hpp: every combination of design, placement and workload, behind one function type. The
// lists come from lockimpls/registry.hpp and workloads/registry.hpp.
//
// There are two kinds of designs, and of workloads: over a VMA's lock word with an address space
// around it, and over a yardstick, which has neither. Those of a kind run with each other only.
#pragma once

#include <string>
#include <vector>

#include "mm/design.hpp"
#include "runner/trial.hpp"

namespace faultline {

const char* placement_name(Placement placement);

enum class DesignKind : std::uint8_t { vma, yardstick };
const char* kind_name(DesignKind kind);

struct DesignInfo {
  std::string name;
  std::string summary;
  DesignKind kind;
  std::string free_policy;            // empty: a yardstick, there are no VMAs
  std::vector<Placement> placements;  // the first is the one that its kernel or series has
};

struct Cell {
  std::string design;
  Placement placement;
  std::string workload;
  VmaLayout layout;  // of a yardstick: its size only
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
// What it runs with.
DesignKind kind_of(const WorkloadInfo& info);
// The names of all designs, or workloads, of a kind.
std::vector<std::string> design_names(DesignKind kind);
std::vector<std::string> workload_names(DesignKind kind);

// The source of a workload's figures: changes when they can no longer be compared.
std::string workload_version(const WorkloadInfo& info, const ParamValues& params);

}  // namespace faultline
