// environment.hpp: the `env` part of a result: what may disturb a measurement on this host now.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace faultline {

// The value of env.before or env.after. Files are read below `root`; what cannot be read is null,
// a sensor list that has no entries is empty.
nlohmann::ordered_json environment_json(const std::string& root = "");

struct EnvironmentClass {
  std::string name;                  // fit, degraded or unfit
  std::vector<std::string> reasons;  // why it is not fit, the worst first
};

// How far to trust what was measured there. `env` holds before and after (null or absent until the
// session has ended); `machine` and `kernel` are those parts of the result.
//   unfit      a CPU quota below one CPU, more runnable work than hardware threads before we
//              started, lockdep in the kernel
//   degraded   a virtual machine, a quota below our CPUs, steal during the session, governor not
//              performance, boost not off, huge pages always: or governor or boost unknown
EnvironmentClass environment_class(const nlohmann::ordered_json& env,
                                   const nlohmann::ordered_json& machine,
                                   const nlohmann::ordered_json& kernel);

// Ticks that a hypervisor took from this machine's CPUs since boot.
std::optional<uint64_t> read_steal_ticks(const std::string& root = "");

// Times since boot that our cgroup, or one above it, ran out of its CPU quota, and that a core
// slowed down for heat. Nothing when the system counts neither.
std::optional<uint64_t> read_throttle_count(const std::string& root = "");

}  // namespace faultline
