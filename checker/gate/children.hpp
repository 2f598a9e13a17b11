// children.hpp: work in processes of its own, so that what crashes or hangs does not end the gate.
#pragma once

#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>

namespace faultline::gate {

enum class Ended { well, crashed, hung };

struct Work {
  // In the child: does piece i and writes lines.
  std::function<void(std::size_t i, std::FILE* out)> run;
  // In the parent: a line that piece i has written, without its line break.
  std::function<void(std::size_t i, const std::string& line)> line;
  // In the parent: piece i is over. `signal` is what ended a child that crashed.
  std::function<void(std::size_t i, Ended ended, int signal)> end;
};

// Does `count` pieces of work, up to `jobs` at a time, each in a child of its own. A child that
// says nothing for so long is killed. Throws Failure when no child can be started.
void run_in_children(std::size_t count, unsigned jobs, double silence_seconds, const Work& work);

}  // namespace faultline::gate
