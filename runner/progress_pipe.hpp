// progress_pipe.hpp: progress for the program that started this one: a line of JSON for each run.
#pragma once

#include <cstddef>
#include <string>

namespace faultline {

// Writes to the open descriptor whose number is in FAULTLINE_PROGRESS_FD; without it nothing.
// Where progress goes says nothing about a session, and is therefore no option: those are recorded.
class ProgressPipe {
 public:
  // From here on this process also ends when the thread that started it does: nobody would read
  // the result. Throws Failure for a descriptor that is not open.
  ProgressPipe();

  // {"done":3,"total":40,"text":"what ended, and how"}. A reader that has gone wants an end: the
  // session is interrupted then, as by Ctrl-C.
  void tell(std::size_t done, std::size_t total, const std::string& text) const;

 private:
  int descriptor_ = -1;
};

}  // namespace faultline
