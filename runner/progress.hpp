// progress.hpp: what the user sees while a session runs: a bar with the time that is left, and the
// first figures of each configuration.
#pragma once

#include <chrono>
#include <string>

#include "runner/plan.hpp"
#include "runner/progress_pipe.hpp"

namespace faultline {

class Progress {
 public:
  // `total` runs in all, `done` of them by an earlier session.
  Progress(const Plan& plan, std::size_t total, std::size_t done, bool quiet);

  // A run has ended; ops_per_s is 0 when it failed.
  void run_ended(const Config& config, double ops_per_s, const std::string& failure);
  // Leaves the terminal clean.
  void end();

 private:
  void draw();
  void print_line(const std::string& line);
  std::string remaining() const;

  const Plan& plan_;
  std::size_t total_;
  std::size_t done_;
  std::size_t ran_ = 0;
  bool quiet_;
  ProgressPipe pipe_;
  bool terminal_;
  bool colour_;
  std::size_t drawn_ = 0;
  int last_tenth_ = -1;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::map<std::string, std::map<std::string, double>> first_;  // row > design > ops per second
};

// To standard error. A reader that has gone is no reason to lose a session.
void say(const std::string& text);

// 12.3M, 456k, 789: three significant digits.
std::string short_number(double value);
// "4 min 10 s"
std::string duration_text(double seconds);

}  // namespace faultline
