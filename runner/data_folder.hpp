// data_folder.hpp: where the report, the machine profiles and the sources that traces name lie.
#pragma once

#include <string>

namespace faultline {

// The folder that holds report/, simulator/machines/ and tools/python: of an installed program
// PREFIX/share/faultline, found from where the program lies, so that a moved prefix is still whole;
// of a program in its build folder the sources.
std::string data_folder();

// Names that folder for what is no program of ours (the Python module). Call it once, at the start.
void set_data_folder(const std::string& folder);

}  // namespace faultline
