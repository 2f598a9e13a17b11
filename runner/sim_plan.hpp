// sim_plan.hpp: what `faultline sim` simulates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runner/plan.hpp"
#include "runner/sim_cells.hpp"
#include "simulator/machine_file.hpp"

namespace faultline {

// Of the window, before it.
inline constexpr double sim_warmup_share = 0.2;

// As on the command line.
struct SimOptions {
  RunOptions what;      // designs, workloads, placements, set
  std::string machine;  // a name, or the path of a file
  std::string cpus = "auto";
  std::optional<int> threads_per_cpu;
  std::optional<int> seeds;
  std::optional<double> seconds;         // of simulated time
  std::vector<std::string> machine_set;  // TABLE.KEY=VALUE
  std::string park = "kernel";
  std::optional<int> jobs;
  bool quiet = false;
  std::string trace;
  std::string output;
  std::string measure_machine;  // write a profile of this host there, and simulate nothing
};

struct SimConfig {
  Config config;  // its threads are the simulated ones
  unsigned cpus = 1;
  const SimCell* cell = nullptr;
  double window_s = 0;

  std::string id(const std::string& machine, const ParamValues& usual) const;
};

struct SimPlan {
  simulator::Machine machine;
  simulator::Sources sources;
  std::vector<SimConfig> configs;
  // What each workload takes when nothing is set: its defaults and the machine's.
  std::map<std::string, ParamValues> usual;
  unsigned seeds = 8;
  std::uint64_t first_seed = 1;
  unsigned threads_per_cpu = 1;
  std::uint64_t least_ops = 0;  // a window goes on until they are done: see sim_trial.hpp
  simulator::ParkFlavour park = simulator::ParkFlavour::kernel;
  unsigned jobs = 1;

  SimSpec spec(std::size_t config, unsigned seed) const;
};

// Throws Failure.
SimPlan make_sim_plan(const SimOptions& options);

// A profile by its name or its path, with values replaced. Throws Failure.
simulator::MachineFile find_machine(const std::string& name, const std::vector<std::string>& set);
std::vector<std::string> machine_list();

}  // namespace faultline
