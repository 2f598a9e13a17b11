// cpus.hpp: which CPU each thread of a run gets, and how many threads a run may have.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct hwloc_topology;

namespace faultline {

inline constexpr int threads_max = 1024;

// One hardware thread, in the kernel's numbering (os_index) and in that of the machine's packages
// and cores: core counts through the whole machine, smt through the siblings of one core.
struct Cpu {
  int os_index;
  int package;
  int core;  // less than the number of CPUs
  int smt;
};

struct Topology {
  std::vector<Cpu> cpus;  // in topology order: siblings, then cores, then packages
};

using HwlocTopology = std::unique_ptr<hwloc_topology, void (*)(hwloc_topology*)>;

// This machine, CPUs outside of our cpuset included, or the one that hwloc's synthetic description
// names ("package:2 core:4 pu:2"). Throws Failure when hwloc can say nothing.
HwlocTopology load_hwloc(const std::string& synthetic = "");

Topology read_topology(hwloc_topology* hwloc);

// The CPUs that the calling thread may run on, ascending.
std::vector<int> allowed_cpus();

// "0,2,4-7" as the kernel writes it; the list keeps the order of the text. Nothing for garbage, a
// reversed range, a CPU named twice or a number that no kernel has.
std::optional<std::vector<int>> parse_cpu_list(std::string_view text);
std::string cpu_list_text(std::vector<int> cpus);

struct CpuPlan {
  std::vector<int> cpu_of_thread;  // empty when not pinned
  bool pinned = false;
  bool oversubscribed = false;  // more threads than CPUs: some share one
};

// Policies, over the allowed CPUs only:
//   compact   topology order: the siblings of a core, then the next core, then the next package
//   scatter   a thread a package in turn, over distinct cores; siblings last
//   cores     a thread a core, package by package; siblings last
//   none      not pinned
//   0,2,4-7   these, in this order
// More threads than CPUs wrap around. Throws Failure: usage for an unknown policy, environment for
// a CPU that this process may not use.
CpuPlan plan_cpus(const std::string& policy, int threads, const Topology& topology,
                  const std::vector<int>& allowed);

// The same, for this machine and this process.
CpuPlan plan_cpus(const std::string& policy, int threads);

// Pins the calling thread; the text says what refused it.
std::optional<std::string> pin_self(int cpu);

// 1,2,3,4,6,8,12,16,... below cpus, then cpus, then cpus + 1: one thread too many shows how a lock
// bears a preempted holder.
std::vector<int> default_threads(int cpus);

// --threads: terms split by commas, each one of auto (default_threads), N, A-B, and, with n the
// number of CPUs, n, n+K, Kn, Kn+L, which may also end a range. Gives them ascending, each once.
// Throws Failure.
std::vector<int> parse_threads(std::string_view text, int cpus);

}  // namespace faultline
