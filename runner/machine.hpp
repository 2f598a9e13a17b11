// machine.hpp: the `machine` part of a result: what hardware, and is it the same as another's.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

struct hwloc_topology;

namespace faultline {

// Facts from hwloc, and from /proc and /sys below `root` ("" is this system; a test names a fake
// tree). What cannot be read is null. `id` hashes stable facts only: no host name, clock or load.
nlohmann::ordered_json machine_json(hwloc_topology* topology, const std::string& root);

// Of this machine.
nlohmann::ordered_json machine_json();

}  // namespace faultline
