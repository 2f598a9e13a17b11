// kernel.hpp: the `kernel` part of a result: which kernel, how built, how booted.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace faultline {

// Facts of the running kernel; files are read below `root`. What cannot be read is null. In
// `config`, PREEMPT is rt, dynamic, full, lazy, voluntary or none, HZ a number, the others
// booleans.
nlohmann::ordered_json kernel_json(const std::string& root = "");

}  // namespace faultline
