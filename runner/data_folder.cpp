// data_folder.cpp: where the program finds what it does not contain. See data_folder.hpp.
#include "runner/data_folder.hpp"

#include <unistd.h>

#include "runner/build_info.hpp"
#include "runner/session.hpp"

namespace faultline {

namespace {

std::string& given_folder() {
  static std::string folder;
  return folder;
}

}  // namespace

std::string data_folder() {
  if (!given_folder().empty()) return given_folder();
  const std::string installed = program_folder() + "/" + build_info::data_from_program;
  const bool is_there = access((installed + "/report/__main__.py").c_str(), F_OK) == 0;
  return is_there ? installed : build_info::source_root;
}

void set_data_folder(const std::string& folder) {
  given_folder() = folder;
}

}  // namespace faultline
