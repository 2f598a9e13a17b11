// measure_machine.hpp: `faultline sim --measure-machine`: a machine profile of this host from its
// own core-to-core latencies.
#pragma once

#include <string>

namespace faultline {

// Writes the profile to the file, which has to end in .toml. Throws Failure: usage for another
// name; environment on a host whose figures scatter too much to be a profile, whose CPUs do not
// form equal parts, or that has a single core.
void measure_machine(const std::string& path);

}  // namespace faultline
