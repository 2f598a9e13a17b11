// measure_machine.cpp: who shares what, and how long a line takes from one core to another.
//
// Two pinned threads hand a word back and forth; half a round trip is one transfer and the locked
// operation that follows it. Medians of batches, over some pairs of each distance.
#include "runner/measure_machine.hpp"

#include <fmt/format.h>
#include <hwloc.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>
#include <vector>

#include "platform/native.hpp"
#include "runner/cpus.hpp"
#include "runner/errors.hpp"
#include "simulator/machine_file.hpp"

namespace faultline {

namespace {

using simulator::Machine;

constexpr unsigned batches = 25;
constexpr unsigned rounds = 2000;
constexpr std::size_t pairs_per_distance = 12;
// Of the batches of one pair, (90th - 10th percentile) / median; the median pair has to be below.
constexpr double scatter_limit = 0.25;

[[noreturn]] void refuse(const std::string& why) {
  throw Failure(exit_code::environment, "--measure-machine: " + why);
}

struct alignas(2 * cache_line) Word {
  NativeAtomic<std::uint64_t> turn{0};
};

struct Latency {
  double median_ns = 0;
  double scatter = 0;
};

Latency latency_of(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const double median = samples[samples.size() / 2];
  const double low = samples[samples.size() / 10];
  const double high = samples[samples.size() * 9 / 10];
  return {median, (high - low) / median};
}

void hand_over(Word& word, std::uint64_t mine, std::uint64_t last) {
  for (std::uint64_t turn = mine; turn < last; turn += 2) {
    std::uint64_t expected = turn;
    while (!word.turn.compare_exchange_strong(expected, turn + 1, acq_rel)) expected = turn;
  }
}

Latency ping_pong(int first, int second) {
  Word word;
  std::vector<double> samples;
  const std::uint64_t total = std::uint64_t{2} * rounds * (batches + 2);
  std::thread other([&] {
    pin_self(second);
    hand_over(word, 1, total);
  });
  pin_self(first);
  for (unsigned batch = 0; batch < batches + 2; ++batch) {
    const std::uint64_t begin = std::uint64_t{2} * rounds * batch;
    const std::uint64_t start = native_now();
    hand_over(word, begin, begin + std::uint64_t{2} * rounds);
    const auto taken = static_cast<double>(native_now() - start);
    if (batch >= 2) samples.push_back(taken / (2.0 * rounds));
  }
  other.join();
  return latency_of(std::move(samples));
}

double locked_operation_ns() {
  Word word;
  std::vector<double> samples;
  for (unsigned batch = 0; batch < batches; ++batch) {
    const std::uint64_t start = native_now();
    for (unsigned i = 0; i < 10 * rounds; ++i) word.turn.add(1, full);
    samples.push_back(static_cast<double>(native_now() - start) / (10.0 * rounds));
  }
  return latency_of(std::move(samples)).median_ns;
}

unsigned ratio(int whole, int parts, const char* what) {
  if (parts > 0 && whole % parts == 0) return static_cast<unsigned>(whole / parts);
  refuse(
      fmt::format("this host's {} are not alike; write a profile by hand, after one of "
                  "`faultline list machines`",
                  what));
}

// Which parts the host has. hwloc counts a machine without NUMA as one node.
void read_parts(hwloc_topology* hwloc, Machine& machine) {
  const auto count = [&](hwloc_obj_type_t type) {
    return std::max(1, hwloc_get_nbobjs_by_type(hwloc, type));
  };
  const int sockets = count(HWLOC_OBJ_PACKAGE);
  const int nodes = std::max(sockets, count(HWLOC_OBJ_NUMANODE));
  const int clusters = std::max(nodes, count(HWLOC_OBJ_L3CACHE));
  const int cores = count(HWLOC_OBJ_CORE);
  machine.sockets = static_cast<unsigned>(sockets);
  machine.nodes_per_socket = ratio(nodes, sockets, "sockets");
  machine.clusters_per_node = ratio(clusters, nodes, "nodes");
  machine.cores_per_cluster = ratio(cores, clusters, "last-level caches");
  machine.smt = ratio(count(HWLOC_OBJ_PU), cores, "cores");
}

enum class Distance : std::uint8_t { core, cluster, node, socket, machine };

Distance distance(const simulator::Place& a, const simulator::Place& b) {
  if (a.core == b.core) return Distance::core;
  if (a.cluster == b.cluster) return Distance::cluster;
  if (a.node == b.node) return Distance::node;
  return a.socket == b.socket ? Distance::socket : Distance::machine;
}

// Median one-way latency by distance. Refuses when they scatter.
std::map<Distance, double> measure_pairs(hwloc_topology* hwloc, const Machine& machine) {
  const Topology topology = read_topology(hwloc);
  const std::vector<int> allowed = allowed_cpus();
  std::map<Distance, std::vector<double>> found;
  std::vector<double> scatter;
  // Strides, so that the pairs of a distance are not all of one corner of the machine.
  for (std::size_t stride = 1; stride < topology.cpus.size(); stride = stride * 2 + 1) {
    for (std::size_t i = 0; i + stride < topology.cpus.size(); i += stride) {
      const int first = topology.cpus[i].os_index;
      const int second = topology.cpus[i + stride].os_index;
      const auto usable = [&](int cpu) {
        return std::binary_search(allowed.begin(), allowed.end(), cpu);
      };
      if (!usable(first) || !usable(second)) continue;
      // hwloc lists siblings first, then cores, as `compact` with siblings first does.
      const Distance apart = distance(simulator::place(machine, static_cast<unsigned>(i)),
                                      simulator::place(machine, static_cast<unsigned>(i + stride)));
      if (apart == Distance::core || found[apart].size() >= pairs_per_distance) continue;
      const Latency latency = ping_pong(first, second);
      found[apart].push_back(latency.median_ns);
      scatter.push_back(latency.scatter);
    }
  }
  if (scatter.empty()) {
    refuse("two cores are needed, and this process may use one only; widen its affinity");
  }
  std::sort(scatter.begin(), scatter.end());
  const double typical = scatter[scatter.size() / 2];
  if (typical > scatter_limit) {
    refuse(
        fmt::format("the latencies of a pair of cores scatter by {:.0f} % here, and a profile "
                    "wants {:.0f} % at most; stop what else runs, or take another host",
                    100 * typical, 100 * scatter_limit));
  }
  std::map<Distance, double> result;
  for (auto& [apart, values] : found) {
    std::sort(values.begin(), values.end());
    if (!values.empty()) result[apart] = values[values.size() / 2];
  }
  return result;
}

simulator::Picoseconds picoseconds(double ns) {
  return static_cast<simulator::Picoseconds>(std::max(0.0, ns) * 1000);
}

}  // namespace

void measure_machine(const std::string& path) {
  if (!path.ends_with(".toml")) {
    throw Failure(exit_code::usage,
                  fmt::format("--measure-machine: '{}' is no profile; name it .toml", path));
  }
  const HwlocTopology hwloc = load_hwloc();
  Machine machine;
  machine.name = std::filesystem::path(path).stem();
  machine.summary = "measured by faultline sim --measure-machine";
  machine.siblings_first = true;
  read_parts(hwloc.get(), machine);
  if (machine.cpus() > threads_max) refuse("this host has more CPUs than a profile may have");
  const std::map<Distance, double> ns = measure_pairs(hwloc.get(), machine);
  const double rmw = locked_operation_ns();

  const auto transfer = [&](Distance apart) {
    const auto found = ns.find(apart);
    return found == ns.end() ? 0 : picoseconds(found->second - rmw);
  };
  const simulator::Picoseconds nanosecond = simulator::nanosecond;
  machine.core = {nanosecond + 200,
                  nanosecond,
                  picoseconds(rmw),
                  nanosecond,
                  10 * nanosecond,
                  picoseconds(rmw),
                  0,
                  0};
  machine.transfer.cluster = transfer(Distance::cluster);
  machine.transfer.node = transfer(Distance::node);
  machine.transfer.socket = transfer(Distance::socket);
  machine.transfer.machine = transfer(Distance::machine);
  machine.read = {machine.transfer.cluster / 2, 90 * nanosecond, 140 * nanosecond, nanosecond};
  machine.scheduler = {3'000'000 * nanosecond, 1200 * nanosecond, 1500 * nanosecond,
                       2000 * nanosecond, 200 * nanosecond};
  machine.rcu = {1'000'000 * nanosecond, 100 * nanosecond};
  machine.fault = {700 * nanosecond,
                   80 * nanosecond,
                   2000 * nanosecond,
                   100 * nanosecond,
                   10 * nanosecond,
                   63,
                   15,
                   64,
                   32};
  simulator::Sources sources;
  for (const char* table : {"topology", "transfer", "core.rmw_ns"}) {
    sources[table] = "measured on the host by faultline sim --measure-machine";
  }
  for (const char* table : {"core", "read", "window", "arbitration", "atomics", "prefetch",
                            "scheduler", "rcu", "fault"}) {
    sources[table] = "assumption of --measure-machine: replace it by what is known";
  }
  std::ofstream file(path);
  file << simulator::machine_text({machine, sources});
  if (!file.flush()) refuse(fmt::format("{} cannot be written; choose another path", path));
  fmt::print("wrote {}: {} CPUs, calibrated: no; `faultline sim --machine {}` uses it\n", path,
             machine.cpus(), path);
}

}  // namespace faultline
