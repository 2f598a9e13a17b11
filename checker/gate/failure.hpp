// failure.hpp: the error that ends the program, and its exit codes, which are those of faultline.
#pragma once

#include <stdexcept>
#include <string>

namespace faultline::gate {

namespace exit_code {

inline constexpr int ok = 0;
inline constexpr int found = 1;         // a mutant lives and nobody says why
inline constexpr int usage = 2;         // wrong use, or input that cannot be read
inline constexpr int inconclusive = 3;  // a scenario fails without any mutation
inline constexpr int environment = 4;   // this host cannot do it

}  // namespace exit_code

// what() is one line, "<what is wrong>; <cure>".
class Failure : public std::runtime_error {
 public:
  Failure(int code, const std::string& message) : std::runtime_error(message), code_(code) {}

  [[nodiscard]] int code() const { return code_; }

 private:
  int code_;
};

}  // namespace faultline::gate
