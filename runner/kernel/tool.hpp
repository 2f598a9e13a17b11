// tool.hpp: programs of the system that are asked for something: apt-cache, dpkg-deb, git.
#pragma once

#include <string>
#include <vector>

namespace faultline::kernel {

struct ToolResult {
  int exit = 127;  // 127: there is no such program; 124: it took too long
  std::string output;
  std::string errors;
};

// Looks for the program in PATH; `folder`: where it works, empty: here. It dies with us.
ToolResult run_tool(const std::vector<std::string>& command, const std::string& folder,
                    double deadline_s);

// The last line that is not blank: where most programs say what is wrong.
std::string last_line(const std::string& text);

}  // namespace faultline::kernel
