// watchdog.hpp: ends a program that hangs, after it has said what its threads wait for.
#pragma once

namespace faultline {

// The exit status of a program that its watchdog ended.
inline constexpr int exit_deadline = 124;

class Watchdog {
 public:
  // Seconds from now; 0: never.
  explicit Watchdog(double seconds);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  struct State;
  State* state_ = nullptr;
};

}  // namespace faultline
