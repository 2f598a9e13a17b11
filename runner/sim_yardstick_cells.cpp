// sim_yardstick_cells.cpp: the simulated cells of the yardstick locks.
#include "lockimpls/registry.hpp"
#include "runner/sim_cells.hpp"
#include "workloads/registry.hpp"

namespace faultline {

namespace {

template <class... T>
struct TypeList {};

template <class L>
void add_lock(std::vector<SimCell>& cells) {
  YardstickWorkloads::each([&]<template <class, class> class W>() {
    using Workload = W<Simulated, L>;
    cells.push_back(
        {L::name, Placement::none, Workload::info().name, &run_sim_yardstick_trial<Workload, L>});
  });
}

template <class... Locks>
void add_locks(std::vector<SimCell>& cells, TypeList<Locks...>) {
  (add_lock<Locks>(cells), ...);
}

}  // namespace

std::vector<SimCell> sim_yardstick_cells() {
  std::vector<SimCell> cells;
  add_locks(cells, YardstickLocks::on<TypeList, Simulated>{});
  return cells;
}

}  // namespace faultline
