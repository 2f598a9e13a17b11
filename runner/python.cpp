// python.cpp: starts the report by way of tools/python, which finds the right interpreter.
#include "runner/python.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "runner/data_folder.hpp"
#include "runner/errors.hpp"

namespace faultline {

namespace {

void point_at_package() {
  std::string path = data_folder();
  if (const char* old = std::getenv("PYTHONPATH"); old != nullptr && *old != '\0') {
    path += std::string(":") + old;
  }
  setenv("PYTHONPATH", path.c_str(), 1);
}

std::vector<std::string> command(const std::vector<std::string>& args) {
  std::vector<std::string> all = {data_folder() + "/tools/python",
                                  "numpy",
                                  "scipy",
                                  "pandas",
                                  "matplotlib",
                                  "--exec",
                                  "-m",
                                  "report"};
  all.insert(all.end(), args.begin(), args.end());
  return all;
}

}  // namespace

const std::vector<std::string>& python_commands() {
  static const std::vector<std::string> commands = {"report", "compare", "mail",      "plot",
                                                    "gate",   "history", "selfcheck", "serve",
                                                    "export", "import"};
  return commands;
}

void exec_python(const std::vector<std::string>& args) {
  point_at_package();
  std::vector<std::string> all = command(args);
  std::vector<char*> pointers;
  for (std::string& one : all) pointers.push_back(one.data());
  pointers.push_back(nullptr);
  execv(pointers[0], pointers.data());
  throw Failure(exit_code::environment,
                fmt::format("cannot start {}: {}; install faultline (meson install), or leave the "
                            "sources of this build where they are",
                            all[0], std::strerror(errno)));
}

std::string python_output(const std::vector<std::string>& args) {
  point_at_package();
  std::string line;
  for (const std::string& one : command(args)) line += "'" + one + "' ";
  std::FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) {
    throw Failure(exit_code::environment, "cannot start a shell for the report; is /bin/sh there?");
  }
  std::string output;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) != 0;) {
    output.append(buffer, n);
  }
  pclose(pipe);
  return output;
}

}  // namespace faultline
