// cpus.cpp: CPU placement from hwloc's topology and the affinity mask, and the ladder of threads.
#include "runner/cpus.hpp"

#include <hwloc.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "runner/errors.hpp"
#include "runner/sysfs.hpp"

namespace faultline {

namespace {

bool contains(const std::vector<int>& cpus, int cpu) {
  return std::ranges::find(cpus, cpu) != cpus.end();
}

// An allowed CPU and its rank under a policy, the lowest first.
struct Place {
  std::array<int, 3> rank;
  int os_index;
};

// Adds one to the count kept for `index` and returns what it was.
int count_up(std::vector<int>& counts, int index) {
  const auto slot = static_cast<size_t>(index);
  if (slot >= counts.size()) counts.resize(slot + 1, 0);
  return counts[slot]++;
}

// The CPUs that a policy offers, best first. Siblings and cores are counted among the allowed ones
// only: with sibling 0 outside of the cpuset, sibling 1 is the first that its core has to offer.
std::vector<int> policy_order(const std::string& policy, const Topology& topology,
                              const std::vector<int>& allowed) {
  std::vector<Place> places;
  std::vector<int> cores_of_package;
  std::vector<int> cpus_of_core;
  std::vector<int> core_in_package(topology.cpus.size(), 0);
  for (const Cpu& cpu : topology.cpus) {
    if (!contains(allowed, cpu.os_index)) continue;
    const int smt = count_up(cpus_of_core, cpu.core);
    int& core = core_in_package[static_cast<size_t>(cpu.core)];
    if (smt == 0) core = count_up(cores_of_package, cpu.package);
    if (policy == "compact") {
      places.push_back({{cpu.package, cpu.core, smt}, cpu.os_index});
    } else if (policy == "scatter") {
      places.push_back({{smt, core, cpu.package}, cpu.os_index});
    } else {
      places.push_back({{smt, cpu.package, cpu.core}, cpu.os_index});
    }
  }
  std::ranges::sort(places, [](const Place& a, const Place& b) { return a.rank < b.rank; });
  std::vector<int> cpus;
  cpus.reserve(places.size());
  for (const Place& place : places) cpus.push_back(place.os_index);
  return cpus;
}

bool is_topology_policy(const std::string& policy) {
  return policy == "compact" || policy == "scatter" || policy == "cores";
}

std::vector<int> listed_cpus(const std::string& policy, const std::vector<int>& allowed) {
  const std::optional<std::vector<int>> cpus = parse_cpu_list(policy);
  if (!cpus) {
    throw Failure(exit_code::usage, "--pin: '" + policy +
                                        "' is no placement; use cores, compact, scatter, none or "
                                        "a list of distinct CPUs such as 0,2,4-7");
  }
  for (const int cpu : *cpus) {
    if (!contains(allowed, cpu)) {
      throw Failure(exit_code::environment,
                    "--pin: CPU " + std::to_string(cpu) + " is not in this process's cpuset " +
                        cpu_list_text(allowed) + "; choose from it or use --pin cores");
    }
  }
  return *cpus;
}

// One term without a range: N, n, n+K, Kn or Kn+L.
std::optional<int> parse_thread_count(std::string_view term, int cpus) {
  // Small enough for the sum below to fit, large enough to be out of range.
  const auto bounded = [](std::string_view digits) {
    const std::optional<int64_t> value = parse_count(digits);
    return value ? std::optional<int64_t>(std::min<int64_t>(*value, threads_max + 1))
                 : std::nullopt;
  };
  std::optional<int64_t> factor = 0;
  std::optional<int64_t> extra = 0;
  const size_t n = term.find('n');
  if (n == std::string_view::npos) {
    extra = bounded(term);
  } else {
    factor = n == 0 ? 1 : bounded(term.substr(0, n));
    const std::string_view rest = term.substr(n + 1);
    if (!rest.empty()) extra = rest.front() == '+' ? bounded(rest.substr(1)) : std::nullopt;
  }
  if (!factor || !extra) return std::nullopt;
  const int64_t count = *factor * cpus + *extra;
  if (count < 1 || count > threads_max) return std::nullopt;
  return static_cast<int>(count);
}

}  // namespace

HwlocTopology load_hwloc(const std::string& synthetic) {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) {
    throw Failure(exit_code::environment, "hwloc does not start; check that memory is not used up");
  }
  HwlocTopology topology(raw, hwloc_topology_destroy);
  // DONT_CHANGE_BINDING: discovery must not hop over the CPUs of somebody else's measurement.
  hwloc_topology_set_flags(
      raw, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED | HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING);
  hwloc_topology_set_icache_types_filter(raw, HWLOC_TYPE_FILTER_KEEP_ALL);
  if (!synthetic.empty() && hwloc_topology_set_synthetic(raw, synthetic.c_str()) != 0) {
    throw Failure(exit_code::usage, "'" + synthetic +
                                        "' describes no topology; write it as hwloc does, such as "
                                        "'package:2 core:4 pu:2'");
  }
  if (hwloc_topology_load(raw) != 0) {
    throw Failure(exit_code::environment,
                  "hwloc finds no CPU topology; check that /proc and /sys are mounted");
  }
  return topology;
}

Topology read_topology(hwloc_topology* hwloc) {
  Topology topology;
  std::vector<int> cpus_of_core;
  int lone_core = hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_CORE);
  for (hwloc_obj_t pu = nullptr;
       (pu = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_PU, pu)) != nullptr;) {
    hwloc_obj* const package = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_PACKAGE, pu);
    hwloc_obj* const core = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_CORE, pu);
    // Where the kernel names no core, each CPU counts as one.
    const int core_index = core != nullptr ? static_cast<int>(core->logical_index) : lone_core++;
    topology.cpus.push_back({static_cast<int>(pu->os_index),
                             package != nullptr ? static_cast<int>(package->logical_index) : 0,
                             core_index, count_up(cpus_of_core, core_index)});
  }
  return topology;
}

CpuPlan plan_cpus(const std::string& policy, int threads, const Topology& topology,
                  const std::vector<int>& allowed) {
  const auto wanted = static_cast<size_t>(threads);
  CpuPlan plan;
  if (policy == "none") {
    plan.oversubscribed = wanted > allowed.size();
    return plan;
  }
  const std::vector<int> order = is_topology_policy(policy)
                                     ? policy_order(policy, topology, allowed)
                                     : listed_cpus(policy, allowed);
  if (order.empty()) {
    throw Failure(exit_code::environment, "--pin: hwloc knows none of this process's CPUs " +
                                              cpu_list_text(allowed) +
                                              "; name the CPUs or use --pin none");
  }
  plan.pinned = true;
  plan.oversubscribed = wanted > order.size();
  for (size_t thread = 0; thread < wanted; ++thread) {
    plan.cpu_of_thread.push_back(order[thread % order.size()]);
  }
  return plan;
}

CpuPlan plan_cpus(const std::string& policy, int threads) {
  Topology topology;
  if (is_topology_policy(policy)) topology = read_topology(load_hwloc().get());
  return plan_cpus(policy, threads, topology, allowed_cpus());
}

std::vector<int> default_threads(int cpus) {
  std::vector<int> counts;
  for (int power = 1; power < cpus; power *= 2) {
    counts.push_back(power);
    const int between = power / 2 * 3;  // 3, 6, 12, ...: half way to the next power of two
    if (power > 1 && between < cpus) counts.push_back(between);
  }
  counts.push_back(cpus);
  counts.push_back(cpus + 1);
  while (counts.back() > threads_max) counts.pop_back();
  return counts;
}

std::vector<int> parse_threads(std::string_view text, int cpus) {
  std::vector<bool> chosen(threads_max + 1, false);
  for (const std::string_view term : split(text, ',')) {
    if (term == "auto") {
      for (const int count : default_threads(cpus)) chosen[static_cast<size_t>(count)] = true;
      continue;
    }
    const size_t dash = term.find('-');
    const std::optional<int> first = parse_thread_count(term.substr(0, dash), cpus);
    const std::optional<int> last =
        dash == std::string_view::npos ? first : parse_thread_count(term.substr(dash + 1), cpus);
    // n-1 reads as a difference, so n may only end a range.
    const bool misleading = dash != std::string_view::npos && term.find('n') < dash;
    if (!first || !last || *first > *last || misleading) {
      throw Failure(exit_code::usage, "--threads: '" + std::string(term) +
                                          "' is no thread count from 1 to " +
                                          std::to_string(threads_max) +
                                          "; give such as 1,2,4 or 1-4, auto, n, n+1 or 2n");
    }
    for (int count = *first; count <= *last; ++count) chosen[static_cast<size_t>(count)] = true;
  }
  std::vector<int> counts;
  for (int count = 1; count <= threads_max; ++count) {
    if (chosen[static_cast<size_t>(count)]) counts.push_back(count);
  }
  return counts;
}

}  // namespace faultline
