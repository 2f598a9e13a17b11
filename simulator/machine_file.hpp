// machine_file.hpp: machine profiles as TOML files, one a machine, each value with its source.
//
//   name = "bdw-2s"                  the file's own name
//   summary = "2 x 22-core Broadwell"
//   calibrated = "yes"               | "partly" | "no": against published contention curves
//   [topology]                       sockets, nodes_per_socket, ... : see machine.hpp
//   [core] [transfer] [read] [window] [arbitration] [atomics] [prefetch] [scheduler] [rcu] [fault]
//   [sources]                        "core.rmw_ns" or "core" = where the value or table is from
//
// Times are nanoseconds, with up to three decimals. All keys have to be there.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/machine.hpp"

namespace faultline::simulator {

// what() is one line: "<file>:<line>: <what is wrong>; <cure>".
class MachineError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// By "table.key", or "table" for all of a table.
using Sources = std::map<std::string, std::string>;

struct MachineFile {
  Machine machine;
  Sources sources;
};

// Reads a profile; then `set`, "table.key=value" as in the file, replaces values. The name has to
// be that of the file. Throws MachineError.
Machine load_machine(const std::string& path, const std::vector<std::string>& set = {});
MachineFile load_machine_file(const std::string& path, const std::vector<std::string>& set = {});
// The same of a text; `file` is what errors call it.
MachineFile parse_machine(std::string_view text, const std::string& file,
                          const std::vector<std::string>& set = {});

// A profile as a file.
std::string machine_text(const MachineFile& file);

// The profiles in a folder, sorted.
std::vector<std::string> machine_names(const std::string& folder);

}  // namespace faultline::simulator
