// cells_shard.cpp: the cells of the lock words number FL_SHARD, FL_SHARD + cell_shards, and so on.
// Compiled once for each shard, so that the machine's cores share the compiler's work.
#include "runner/cells_shard.hpp"

#include <utility>

#include "lockimpls/registry.hpp"
#include "platform/native.hpp"
#include "workloads/registry.hpp"

#define FL_JOIN2(a, b) a##b
#define FL_JOIN(a, b) FL_JOIN2(a, b)

namespace faultline {

namespace {

template <class... T>
struct TypeList {};

template <class Lock, Placement placement>
void add_placement(CellShard& shard) {
  using D = Design<Native, Lock, placement>;
  AllWorkloads::each([&]<template <class> class W>() {
    shard.cells.push_back({Lock::name, placement, W<D>::info().name, vma_layout<D>(), &W<D>::role,
                           &run_trial<W<D>, D>});
  });
}

template <class Lock>
void add_lock(CellShard& shard) {
  DesignInfo design{Lock::name,
                    Lock::summary,
                    DesignKind::vma,
                    Lock::free_policy == FreePolicy::rcu ? "rcu" : "type_stable",
                    {}};
  if constexpr (Lock::per_vma) {
    design.placements = {Placement::separate, Placement::embedded};
    if (Lock::embedded_in_kernel) std::swap(design.placements[0], design.placements[1]);
    add_placement<Lock, Placement::separate>(shard);
    add_placement<Lock, Placement::embedded>(shard);
  } else {
    design.placements = {Placement::none};
    add_placement<Lock, Placement::none>(shard);
  }
  shard.designs.push_back(std::move(design));
}

template <std::size_t number, class First, class... Rest>
void add_mine(CellShard& shard, TypeList<First, Rest...>) {
  if constexpr (number % cell_shards == FL_SHARD) add_lock<First>(shard);
  if constexpr (sizeof...(Rest) != 0) add_mine<number + 1>(shard, TypeList<Rest...>{});
}

}  // namespace

CellShard FL_JOIN(cells_shard_, FL_SHARD)() {
  CellShard shard;
  add_mine<0>(shard, VmaLocks::on<TypeList, Native>{});
  return shard;
}

}  // namespace faultline
