// statistics.hpp: what a simulation counts.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "simulator/hardware.hpp"

namespace faultline::simulator {

// Where a line came from when a CPU missed it, nearest first.
enum class Source : std::uint8_t {
  cluster_copy,      // a copy in the cluster's own cache
  upgrade,           // had a copy, others had to give theirs up
  cluster_modified,  // modified in another core of the cluster: perf c2c's local HITM
  node_modified,     // ... of the node
  socket_modified,   // ... of the socket
  remote_modified,   // ... of another socket: remote HITM
  shared,            // a copy elsewhere
  memory,
  home,  // an atomic carried out by the home
};
inline constexpr std::size_t sources = 9;
const char* name(Source source);

// A line that somebody waited for.
struct LineReport {
  struct Field {
    SourcePlace place;
    std::uint64_t transfers = 0;
  };
  static constexpr std::size_t fields_max = 8;

  LineId line = 0;
  std::uint64_t transfers = 0;
  std::array<std::uint64_t, sources> from = {};
  Picoseconds waited = 0;       // in its queue, all requests together
  std::uint32_t depth_max = 0;  // of the queue
  std::uint64_t depth_sum = 0;  // seen by those who came, themselves not counted
  std::uint64_t arrivals = 0;
  std::array<Field, fields_max> fields;  // by place in the source; the rest is not kept apart
};

struct Statistics {
  std::uint64_t operations = 0;  // atomic operations and plain accesses
  std::uint64_t hits = 0;        // of which no other CPU knew
  // Read-modify-writes that waited for their line, or had others wait for it.
  std::uint64_t contended = 0;
  std::array<std::uint64_t, sources> from = {};
  std::uint64_t events = 0;
  std::uint64_t switches = 0;  // of fibers
  std::uint64_t parks = 0;
  std::uint64_t wakes = 0;
  std::uint64_t preemptions = 0;
  std::uint64_t grace_periods = 0;
  std::uint64_t prefetches = 0;
  std::vector<LineReport> lines = std::vector<LineReport>(1);  // [0] is nobody's
};

}  // namespace faultline::simulator
