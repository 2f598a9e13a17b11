// yardstick_cells.cpp: the cells of the yardstick locks, compiled on their own, beside the shards
// of the VMA locks.
#include "lockimpls/registry.hpp"
#include "platform/native.hpp"
#include "runner/cells_shard.hpp"
#include "runner/yardstick_trial.hpp"
#include "workloads/registry.hpp"

namespace faultline {

namespace {

template <class... T>
struct TypeList {};

template <class L>
void add_lock(CellShard& shard) {
  shard.designs.push_back({L::name, L::summary, DesignKind::yardstick, "", {Placement::none}});
  YardstickWorkloads::each([&]<template <class, class> class W>() {
    using Workload = W<Native, L>;
    shard.cells.push_back({L::name,
                           Placement::none,
                           Workload::info().name,
                           {0, sizeof(L), 0},
                           &Workload::role,
                           &run_yardstick_trial<Workload, L>});
  });
}

template <class... Locks>
void add_locks(CellShard& shard, TypeList<Locks...>) {
  (add_lock<Locks>(shard), ...);
}

}  // namespace

CellShard yardstick_cells() {
  CellShard shard;
  add_locks(shard, YardstickLocks::on<TypeList, Native>{});
  return shard;
}

}  // namespace faultline
