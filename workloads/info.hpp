// info.hpp: what a workload says about itself: names, unit, parameters. Of modelled and real ones.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace faultline {

struct Param {
  const char* name;
  std::uint64_t value;  // the default
  std::uint64_t least;
  std::uint64_t most;
  const char* unit;
  const char* help;
};

struct WorkloadInfo {
  const char* name;
  const char* summary;
  const char* unit;     // of one operation: "fault"
  const char* primary;  // the role whose operations are counted as `ops`
  unsigned version;     // raised whenever its figures are no longer comparable with older ones
  std::vector<Param> params;
};

// Parameter values by name; complete and within bounds when a workload sees them.
using ParamValues = std::map<std::string, std::uint64_t>;

}  // namespace faultline
