// machine.hpp: a simulated machine: how its CPUs lie, and what things cost there.
//
// Values come from files in simulator/machines/, each with its source: see machine_file.hpp.
#pragma once

#include <string>
#include <vector>

#include "simulator/time.hpp"

namespace faultline::simulator {

struct Machine {
  enum class Calibrated : std::uint8_t { yes, partly, no };
  enum class Spread : std::uint8_t { compact, clusters, sockets };
  enum class Arbitration : std::uint8_t { fifo, random, nearest };

  std::string name;
  std::string summary;
  Calibrated calibrated = Calibrated::no;
  bool made_up = false;

  // A cluster shares its last-level cache (a CCX, or a whole socket); a node is a die or a NUMA
  // node.
  unsigned sockets = 1;
  unsigned nodes_per_socket = 1;
  unsigned clusters_per_node = 1;
  unsigned cores_per_cluster = 1;
  unsigned smt = 1;
  // The order in which CPUs are used as their number grows: both hardware threads of a core before
  // the next core, or all cores first; and the next core in the same cluster, in the next cluster
  // (nodes first), or in the next socket.
  bool siblings_first = false;
  Spread spread = Spread::compact;

  struct {
    Picoseconds hit = 0;      // a load from the own cache
    Picoseconds store = 0;    // a store into the own cache or the store buffer
    Picoseconds rmw = 0;      // a locked operation on an owned line
    Picoseconds jitter = 0;   // of a locked operation: so much longer at most
    Picoseconds pause = 0;    // of a spinner, between two looks
    Picoseconds fence = 0;    // a full fence with an empty store buffer
    Picoseconds acquire = 0;  // an acquire operation, on top (0 on x86)
    Picoseconds release = 0;
  } core;

  // A line that is modified in another cache.
  struct {
    Picoseconds request = 0;  // until the home has heard of it, when nobody else asks
    Picoseconds cluster = 0;  // ... in another core of the cluster
    Picoseconds node = 0;     // ... in another cluster of the node
    Picoseconds socket = 0;   // ... on another node of the socket
    Picoseconds machine = 0;  // ... on another socket
    // ... in another cluster of the socket, when the line's home is another socket; 0: no matter
    Picoseconds home_remote = 0;
  } transfer;

  struct {
    Picoseconds cluster = 0;          // a copy in the cluster's own cache
    Picoseconds memory = 0;           // DRAM of this socket
    Picoseconds memory_remote = 0;    // DRAM of another socket
    Picoseconds invalidate_each = 0;  // for each copy beyond the first that has to go
    Picoseconds modified = 0;         // more for a line that its owner has changed: it writes back
  } read;

  // How long an owner keeps a line at least when others wait for it: hold + U[0, jitter), or until
  // the operations that came for it are done. When the next request comes from another cluster, the
  // owner goes on for far_hold + U[0, far_jitter) more, until the snoop has reached it; then the
  // line travels.
  struct {
    Picoseconds hold = 0;
    Picoseconds jitter = 0;
    Picoseconds far_hold = 0;
    Picoseconds far_jitter = 0;
  } window;

  Arbitration arbitration = Arbitration::random;
  unsigned bypass_limit = 0;  // of `nearest`: how often in a row the first may be passed over

  bool far_atomics = false;    // contended atomic additions are carried out by the home
  Picoseconds far_atomic = 0;  // and take it so long
  bool pair_prefetch = false;  // a missed line brings its neighbour of 128 bytes with it

  struct {
    Picoseconds slice = 0;
    Picoseconds context_switch = 0;
    Picoseconds wake = 0;       // the waker's, before the sleeper is runnable
    Picoseconds idle_exit = 0;  // of a CPU that slept
    Picoseconds syscall = 0;
  } scheduler;

  struct {
    Picoseconds grace_period = 0;
    Picoseconds callback = 0;  // for each deferred free
  } rcu;

  // A page fault beside its locks. A batch of 0 switches that shared line off.
  struct {
    Picoseconds entry = 0;           // exception entry and exit, outside of its lock
    Picoseconds work = 0;            // on the own CPU, under its lock
    Picoseconds clear_page = 0;      // 4 KiB
    Picoseconds shootdown = 0;       // TLB shootdown of a zap: the initiator's
    Picoseconds shootdown_each = 0;  // ... for each other CPU of the mm
    Picoseconds batch_page = 0;      // list work under the zone or LRU lock, for each page
    unsigned zone_batch = 0;         // pages a CPU takes under the zone lock at a time
    unsigned lru_batch = 0;          // folios a CPU adds under the LRU lock at a time
    unsigned memcg_batch = 0;        // pages a CPU charges to its memory cgroup at a time
    unsigned counter_batch = 0;      // mm counter updates a CPU keeps to itself
  } fault;

  unsigned cores() const {
    return sockets * nodes_per_socket * clusters_per_node * cores_per_cluster;
  }
  unsigned cpus() const { return cores() * smt; }
};

// Where a hardware thread is. Numbers count through the machine, but for `thread`: in its core.
struct Place {
  unsigned thread;
  unsigned core;
  unsigned cluster;
  unsigned node;
  unsigned socket;
};

// Of the cpu-th hardware thread in the order of use.
Place place(const Machine& machine, unsigned cpu);

// A number of CPUs from which on another part of the machine is in use.
struct Border {
  unsigned cpus;     // the first number that needs it
  const char* what;  // "sibling", "cluster", "node", "socket": the largest part that is new
};
std::vector<Border> borders(const Machine& machine);

const char* name(Machine::Calibrated calibrated);

}  // namespace faultline::simulator
