// python.hpp: the commands that the Python package answers: report and its kin.
#pragma once

#include <string>
#include <vector>

namespace faultline {

// The names of those commands.
const std::vector<std::string>& python_commands();

// Becomes `python3 -m report ARGS`, with a Python that imports what the report needs. Returns only
// by throwing Failure(environment).
[[noreturn]] void exec_python(const std::vector<std::string>& args);

// Its standard output. Throws Failure(environment).
std::string python_output(const std::vector<std::string>& args);

}  // namespace faultline
