// machine.cpp: where CPUs lie in a machine.
#include "simulator/machine.hpp"

#include <string_view>

namespace faultline::simulator {

namespace {

// The index-th core in the order of use.
unsigned core_in_order(const Machine& machine, unsigned index) {
  const unsigned nodes = machine.sockets * machine.nodes_per_socket;
  switch (machine.spread) {
    case Machine::Spread::compact:
      break;
    case Machine::Spread::clusters: {
      const unsigned clusters = nodes * machine.clusters_per_node;
      const unsigned turn = index % clusters;
      const unsigned cluster = turn % nodes * machine.clusters_per_node + turn / nodes;
      return cluster * machine.cores_per_cluster + index / clusters;
    }
    case Machine::Spread::sockets:
      return index % machine.sockets * (machine.cores() / machine.sockets) +
             index / machine.sockets;
  }
  return index;
}

const char* largest_new_part(const Place& place, const std::vector<Place>& before) {
  bool socket = true;
  bool node = true;
  bool cluster = true;
  bool core = true;
  for (const Place& other : before) {
    socket = socket && other.socket != place.socket;
    node = node && other.node != place.node;
    cluster = cluster && other.cluster != place.cluster;
    core = core && other.core != place.core;
  }
  return socket ? "socket" : node ? "node" : cluster ? "cluster" : core ? "" : "sibling";
}

}  // namespace

Place place(const Machine& machine, unsigned cpu) {
  const unsigned cores = machine.cores();
  const unsigned index = machine.siblings_first ? cpu / machine.smt : cpu % cores;
  const unsigned thread = machine.siblings_first ? cpu % machine.smt : cpu / cores;
  const unsigned core = core_in_order(machine, index);
  const unsigned cluster = core / machine.cores_per_cluster;
  const unsigned node = cluster / machine.clusters_per_node;
  return {thread, core, cluster, node, node / machine.nodes_per_socket};
}

std::vector<Border> borders(const Machine& machine) {
  std::vector<Border> result;
  std::vector<Place> before;
  bool siblings = false;
  for (unsigned cpu = 0; cpu < machine.cpus(); ++cpu) {
    const Place here = place(machine, cpu);
    const std::string_view what = before.empty() ? "" : largest_new_part(here, before);
    before.push_back(here);
    // Siblings are told once: where they first come in.
    if (what.empty() || (what == "sibling" && (siblings || machine.siblings_first))) continue;
    siblings = siblings || what == "sibling";
    result.push_back({cpu + 1, what.data()});
  }
  return result;
}

const char* name(Machine::Calibrated calibrated) {
  switch (calibrated) {
    case Machine::Calibrated::yes:
      return "yes";
    case Machine::Calibrated::partly:
      return "partly";
    case Machine::Calibrated::no:
      return "no";
  }
  return "";
}

}  // namespace faultline::simulator
