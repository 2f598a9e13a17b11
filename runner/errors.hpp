// errors.hpp: the one exception of the runner, an error that ends the command.
#pragma once

#include <stdexcept>
#include <string>

#include "runner/exit_codes.hpp"

namespace faultline {

// what() is one line, "<what is wrong>; <cure>". main() puts "faultline <command>: " before it.
class Failure : public std::runtime_error {
 public:
  Failure(int exit_code, const std::string& message)
      : std::runtime_error(message), exit_code_(exit_code) {}

  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

}  // namespace faultline
