// statistics.cpp: the names of what is counted.
#include "simulator/statistics.hpp"

namespace faultline::simulator {

const char* name(Source source) {
  switch (source) {
    case Source::cluster_copy:
      return "cluster_copy";
    case Source::upgrade:
      return "upgrade";
    case Source::cluster_modified:
      return "cluster_modified";
    case Source::node_modified:
      return "node_modified";
    case Source::socket_modified:
      return "socket_modified";
    case Source::remote_modified:
      return "remote_modified";
    case Source::shared:
      return "shared";
    case Source::memory:
      return "memory";
    case Source::home:
      return "home";
  }
  return "";
}

}  // namespace faultline::simulator
