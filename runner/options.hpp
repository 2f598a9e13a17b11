// options.hpp: the command line of `faultline`.
#pragma once

#include <string>
#include <vector>

namespace faultline {

// Parses and carries out; returns the exit code. Throws Failure.
int run_command_line(int argc, char** argv);

// For completion scripts.
std::vector<std::string> command_names();
std::vector<std::string> run_option_names();
std::vector<std::string> sim_option_names();
std::vector<std::string> check_option_names();
std::vector<std::string> kernel_command_names();
std::vector<std::string> kernel_option_names();  // of all its commands

}  // namespace faultline
