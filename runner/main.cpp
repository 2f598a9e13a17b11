// main.cpp: the program `faultline`.
#include <cstdio>
#include <new>
#include <string>

#include "runner/errors.hpp"
#include "runner/options.hpp"

int main(int argc, char** argv) {
  const std::string command = argc > 1 && argv[1][0] != '-' ? std::string(" ") + argv[1] : "";
  try {
    return faultline::run_command_line(argc, argv);
  } catch (const faultline::Failure& failure) {
    std::fprintf(stderr, "faultline%s: %s\n", command.c_str(), failure.what());
    return failure.exit_code();
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "faultline%s: out of memory; ask for fewer configurations\n",
                 command.c_str());
    return faultline::exit_code::environment;
  }
}
