// child.hpp: one run: a fresh process of `faultline-trials`, its output, its end.
#pragma once

#include <csignal>
#include <string>
#include <vector>

namespace faultline {

struct ChildResult {
  int pid = 0;
  int exit = 0;               // exit status, or 128 + signal
  bool killed_by_us = false;  // it outlived its deadline by far
  bool interrupted = false;   // the user ended the session
  double wall_s = 0;
  long nvcsw = 0;
  long nivcsw = 0;
  std::string record;  // what it wrote to its --record-fd
  std::string errors;  // the end of its standard error
};

// Ends by the user are noticed between system calls: 0, or the signal.
extern volatile std::sig_atomic_t interrupt_signal;

// Runs the program with the arguments. `deadline_s` is when the child gives itself up; a few
// seconds later it is killed. `env_pad`: bytes added to its environment, which moves its stack.
ChildResult run_child(const std::string& program, const std::vector<std::string>& args,
                      double deadline_s, int env_pad);

}  // namespace faultline
