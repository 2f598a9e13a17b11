// sim_cells_shard.cpp: the simulated cells of the lock words number FL_SHARD, FL_SHARD +
// sim_cell_shards, and so on. Compiled once for each shard.
#include "lockimpls/registry.hpp"
#include "runner/sim_cells.hpp"
#include "workloads/registry.hpp"

#define FL_JOIN2(a, b) a##b
#define FL_JOIN(a, b) FL_JOIN2(a, b)

namespace faultline {

namespace {

template <class... T>
struct TypeList {};

template <class Lock, Placement placement>
void add_placement(std::vector<SimCell>& cells) {
  using D = SimDesign<Lock, placement>;
  AllWorkloads::each([&]<template <class> class W>() {
    cells.push_back({Lock::name, placement, W<D>::info().name, &run_sim_trial<W<D>, D>});
  });
}

template <class Lock>
void add_lock(std::vector<SimCell>& cells) {
  if constexpr (Lock::per_vma) {
    add_placement<Lock, Placement::separate>(cells);
    add_placement<Lock, Placement::embedded>(cells);
  } else {
    add_placement<Lock, Placement::none>(cells);
  }
}

template <std::size_t number, class First, class... Rest>
void add_mine(std::vector<SimCell>& cells, TypeList<First, Rest...>) {
  if constexpr (number % sim_cell_shards == FL_SHARD) add_lock<First>(cells);
  if constexpr (sizeof...(Rest) != 0) add_mine<number + 1>(cells, TypeList<Rest...>{});
}

}  // namespace

std::vector<SimCell> FL_JOIN(sim_cells_shard_, FL_SHARD)() {
  std::vector<SimCell> cells;
  add_mine<0>(cells, VmaLocks::on<TypeList, Simulated>{});
  return cells;
}

}  // namespace faultline
