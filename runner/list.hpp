// list.hpp: `faultline list`: what there is to measure.
#pragma once

#include <string>
#include <vector>

namespace faultline {

// What can be listed, for messages and completion.
std::vector<std::string> list_kinds();

// Prints one kind to standard output; returns the exit code. Throws Failure for an unknown kind.
int run_list(const std::string& kind, bool detailed, bool json);

// One kind as the text of a JSON array. Throws Failure for an unknown kind.
std::string list_json(const std::string& kind);

}  // namespace faultline
