// cells.cpp: puts the shards of cells together.
#include "runner/cells.hpp"

#include <array>

#include "lockimpls/registry.hpp"
#include "runner/cells_shard.hpp"
#include "runner/sha256.hpp"
#include "workloads/registry.hpp"

namespace faultline {

namespace {

struct Everything {
  std::vector<DesignInfo> designs;
  std::vector<Cell> cells;
};

Everything collect() {
  std::array<CellShard, cell_shards> shards{cells_shard_0(), cells_shard_1(), cells_shard_2(),
                                            cells_shard_3()};
  Everything all;
  for (std::size_t i = 0; i < VmaLocks::size; ++i) {
    all.designs.push_back(shards[i % cell_shards].designs.at(i / cell_shards));
  }
  for (CellShard& shard : shards) {
    for (Cell& cell : shard.cells) all.cells.push_back(std::move(cell));
  }
  CellShard yardsticks = yardstick_cells();
  for (DesignInfo& design : yardsticks.designs) all.designs.push_back(std::move(design));
  for (Cell& cell : yardsticks.cells) all.cells.push_back(std::move(cell));
  return all;
}

const Everything& everything() {
  static const Everything all = collect();
  return all;
}

template <class T>
const T* by_name(const std::vector<T>& all, const std::string& name) {
  for (const T& one : all) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

}  // namespace

const char* placement_name(Placement placement) {
  switch (placement) {
    case Placement::none:
      return "none";
    case Placement::separate:
      return "separate";
    case Placement::embedded:
      return "embedded";
  }
  return "";
}

const char* kind_name(DesignKind kind) {
  return kind == DesignKind::vma ? "vma" : "yardstick";
}

const std::vector<DesignInfo>& all_designs() {
  return everything().designs;
}
const std::vector<Cell>& all_cells() {
  return everything().cells;
}

const std::vector<WorkloadInfo>& all_workloads() {
  static const std::vector<WorkloadInfo> all = [] {
    std::vector<WorkloadInfo> list;
    // What a workload is called and takes does not depend on the design.
    using AnyDesign = Design<Native, MmapLockOnly<Native>, Placement::none>;
    AllWorkloads::each([&]<template <class> class W>() { list.push_back(W<AnyDesign>::info()); });
    using AnyYardstick = FaaCounter<Native>;
    YardstickWorkloads::each([&]<template <class, class> class W>() {
      list.push_back(W<Native, AnyYardstick>::info());
    });
    return list;
  }();
  return all;
}

const Cell* find_cell(const std::string& design, Placement placement, const std::string& workload) {
  for (const Cell& cell : all_cells()) {
    if (cell.design == design && cell.placement == placement && cell.workload == workload) {
      return &cell;
    }
  }
  return nullptr;
}

const WorkloadInfo* find_workload(const std::string& name) {
  for (const WorkloadInfo& info : all_workloads()) {
    if (name == info.name) return &info;
  }
  return nullptr;
}

const DesignInfo* find_design(const std::string& name) {
  return by_name(all_designs(), name);
}

DesignKind kind_of(const WorkloadInfo& info) {
  for (const Cell& cell : all_cells()) {
    if (cell.workload == info.name) return find_design(cell.design)->kind;
  }
  return DesignKind::vma;
}

std::vector<std::string> design_names(DesignKind kind) {
  std::vector<std::string> names;
  for (const DesignInfo& design : all_designs()) {
    if (design.kind == kind) names.push_back(design.name);
  }
  return names;
}

std::vector<std::string> workload_names(DesignKind kind) {
  std::vector<std::string> names;
  for (const WorkloadInfo& info : all_workloads()) {
    if (kind_of(info) == kind) names.emplace_back(info.name);
  }
  return names;
}

std::string workload_version(const WorkloadInfo& info, const ParamValues& params) {
  std::string text = std::string(info.name) + "/" + std::to_string(info.version) + "/" + info.unit +
                     "/" + info.primary;
  for (const auto& [name, value] : params) text += "/" + name + "=" + std::to_string(value);
  return "sha256:" + sha256_hex(text).substr(0, 12);
}

}  // namespace faultline
