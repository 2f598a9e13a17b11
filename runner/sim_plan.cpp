// sim_plan.cpp: from options to simulated configurations.
#include "runner/sim_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "runner/cpus.hpp"
#include "runner/data_folder.hpp"
#include "runner/errors.hpp"
#include "runner/near_names.hpp"
#include "runner/params.hpp"
#include "simulator/machine_file.hpp"

namespace faultline {

namespace {

// What a machine says of a fault, as parameters of a workload.
std::vector<std::string> fault_params(const simulator::Machine& machine, unsigned cpus) {
  const auto& fault = machine.fault;
  const auto ns = [](simulator::Picoseconds time) { return time / simulator::nanosecond; };
  return {fmt::format("fault_entry_ns={}", ns(fault.entry)),
          fmt::format("fault_work_ns={}", ns(fault.work)),
          fmt::format("zone_batch={}", fault.zone_batch),
          fmt::format("lru_batch={}", fault.lru_batch),
          fmt::format("memcg_batch={}", fault.memcg_batch),
          fmt::format("counter_batch={}", fault.counter_batch),
          fmt::format("batch_page_ns={}", ns(fault.batch_page)),
          fmt::format("shootdown_ns={}", ns(fault.shootdown + fault.shootdown_each * (cpus - 1)))};
}

// 1, 2, 4, ... and the machine's borders, and all of it.
std::string automatic_cpus(const simulator::Machine& machine) {
  std::vector<unsigned> counts;
  for (unsigned n = 1; n < machine.cpus(); n *= 2) counts.push_back(n);
  for (const simulator::Border& border : simulator::borders(machine)) {
    const std::string what = border.what;
    if (what == "socket" || what == "sibling") counts.push_back(border.cpus - 1);
  }
  counts.push_back(machine.cpus());
  std::sort(counts.begin(), counts.end());
  counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
  std::string text;
  for (const unsigned n : counts) {
    if (!text.empty()) text += ',';
    text += std::to_string(n);
  }
  return text;
}

std::vector<int> choose_cpus(const SimOptions& options, const simulator::Machine& machine) {
  const std::string text = options.cpus == "auto" ? automatic_cpus(machine) : options.cpus;
  std::vector<int> cpus;
  try {
    cpus = parse_threads(text, static_cast<int>(machine.cpus()));
  } catch (const Failure& failure) {
    std::string what = failure.what();
    const std::size_t option = what.find("--threads");
    if (option != std::string::npos) what.replace(option, 9, "--cpus");
    throw Failure(failure.exit_code(), what);
  }
  for (const int n : cpus) {
    if (static_cast<unsigned>(n) <= machine.cpus()) continue;
    throw Failure(exit_code::usage, fmt::format("--cpus: {} has {} CPUs, not {}; choose fewer, or "
                                                "more threads a CPU by --threads-per-cpu",
                                                machine.name, machine.cpus(), n));
  }
  return cpus;
}

template <class T>
T within(const char* option, T value, T least, T most) {
  if (value >= least && value <= most) return value;
  throw Failure(exit_code::usage,
                fmt::format("{}: {} is out of range; choose {} to {}", option, value, least, most));
}

// Long enough for some operations of each thread, however they queue.
double default_window_s(unsigned threads) {
  return 0.5e-3 + 10e-6 * threads;
}
constexpr std::uint64_t default_least_ops = 4;

simulator::ParkFlavour park_flavour(const std::string& name) {
  if (name == "kernel") return simulator::ParkFlavour::kernel;
  if (name == "futex") return simulator::ParkFlavour::futex;
  throw Failure(exit_code::usage,
                fmt::format("--park: {}", unknown_name("way", name, {"kernel", "futex"})));
}

std::string machines_folder() {
  return data_folder() + "/simulator/machines";
}

}  // namespace

std::vector<std::string> machine_list() {
  return simulator::machine_names(machines_folder());
}

simulator::MachineFile find_machine(const std::string& name, const std::vector<std::string>& set) {
  std::string path = name;
  if (!name.ends_with(".toml")) {
    const std::vector<std::string> known = machine_list();
    if (known.empty()) {
      throw Failure(exit_code::environment,
                    fmt::format("--machine: no profiles in {}; the program was moved from where "
                                "it was built or installed: give the path of a file",
                                machines_folder()));
    }
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw Failure(exit_code::usage,
                    fmt::format("--machine: {}", unknown_name("machine", name, known)));
    }
    path = fmt::format("{}/{}.toml", machines_folder(), name);
  }
  try {
    return simulator::load_machine_file(path, set);
  } catch (const simulator::MachineError& error) {
    throw Failure(exit_code::usage, error.what());
  }
}

SimPlan make_sim_plan(const SimOptions& options) {
  SimPlan plan;
  if (options.machine.empty()) {
    throw Failure(exit_code::usage, "--machine is missing; `faultline list machines` shows them");
  }
  simulator::MachineFile file = find_machine(options.machine, options.machine_set);
  plan.machine = file.machine;
  plan.sources = file.sources;
  plan.seeds = static_cast<unsigned>(within("--seeds", options.seeds.value_or(8), 1, 1000));
  plan.first_seed = checked_seed(options.what.seed.value_or(1));
  plan.threads_per_cpu = static_cast<unsigned>(
      within("--threads-per-cpu", options.threads_per_cpu.value_or(1), 1, 64));
  plan.park = park_flavour(options.park);
  const unsigned here = std::max(1u, std::thread::hardware_concurrency());
  plan.jobs = static_cast<unsigned>(
      within("--jobs", options.jobs.value_or(static_cast<int>(here)), 1, 1024));
  if (options.seconds) within("--seconds", *options.seconds, 1e-6, 100.0);
  plan.least_ops = options.seconds ? 0 : default_least_ops;

  for (const int n : choose_cpus(options, plan.machine)) {
    const auto cpus = static_cast<unsigned>(n);
    const unsigned threads = cpus * plan.threads_per_cpu;
    if (threads > Simulated::tasks_max - 1) {
      throw Failure(exit_code::usage, fmt::format("--threads-per-cpu: {} threads are too many; at "
                                                  "most {} fit",
                                                  threads, Simulated::tasks_max - 1));
    }
    const std::vector<std::string> of_machine = fault_params(plan.machine, cpus);
    for (const Config& config :
         choose_configs(options.what, {static_cast<int>(threads)}, of_machine)) {
      const Cell& cell = *config.cell;
      plan.usual[cell.workload] = workload_params(*config.workload, of_machine);
      plan.configs.push_back({config, cpus,
                              find_sim_cell(cell.design, cell.placement, cell.workload),
                              options.seconds.value_or(default_window_s(threads))});
    }
  }
  return plan;
}

std::string SimConfig::id(const std::string& machine, const ParamValues& usual) const {
  std::string id = fmt::format("{}/design={}/placement={}/machine={}/threads={}",
                               config.cell->workload, config.cell->design,
                               placement_name(config.cell->placement), machine, config.threads);
  if (static_cast<unsigned>(config.threads) != cpus) id += fmt::format("/cpus={}", cpus);
  for (const auto& [name, value] : config.params) {
    if (name == "shootdown_ns" ? false : value != usual.at(name)) {
      id += fmt::format("/{}={}", name, value);
    }
  }
  return id;
}

SimSpec SimPlan::spec(std::size_t index, unsigned seed) const {
  const SimConfig& config = configs[index];
  SimSpec spec;
  spec.machine = &machine;
  spec.cpus = config.cpus;
  spec.threads = static_cast<unsigned>(config.config.threads);
  spec.seed = first_seed + seed;
  spec.window_ns = static_cast<std::uint64_t>(config.window_s * 1e9);
  spec.warmup_ns = static_cast<std::uint64_t>(config.window_s * 1e9 * sim_warmup_share);
  spec.least_ops = least_ops;
  spec.park = park;
  spec.params = config.config.params;
  return spec;
}

}  // namespace faultline
