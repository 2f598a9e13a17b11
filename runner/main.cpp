// main.cpp: the program `faultline`.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <system_error>

#include "runner/errors.hpp"
#include "runner/options.hpp"

namespace {

constexpr const char* to_stdout = "standard output: ";

// One line, whatever line breaks the names in it have.
void complain(int argc, char** argv, const std::string& what) {
  const bool command = argc > 1 && argv[1][0] != '-' && argv[1][0] != '\0';
  std::string line = command ? std::string("faultline ") + argv[1] : "faultline";
  line += ": " + what;
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  }
  std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int code = faultline::run_command_line(argc, argv);
    if (std::fflush(stdout) == 0) return code;
    complain(argc, argv, std::string(to_stdout) + std::strerror(errno) + "; send it elsewhere");
  } catch (const faultline::Failure& failure) {
    complain(argc, argv, failure.what());
    return failure.exit_code();
  } catch (const std::bad_alloc&) {
    complain(argc, argv, "out of memory; ask for fewer configurations");
  } catch (const std::system_error& error) {
    const bool output = std::ferror(stdout) != 0;
    complain(argc, argv,
             (output ? to_stdout : "") + error.code().message() +
                 (output ? "; send it elsewhere" : "; raise the limits of this shell (ulimit -a)"));
  } catch (const std::exception& error) {
    complain(argc, argv,
             std::string(error.what()) + "; raise the limits of this shell (ulimit -a)");
  }
  return faultline::exit_code::environment;
}
