// workers.hpp: independent jobs in processes of their own, several at a time: one that crashes
// takes nothing with it, and its memory goes with it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace faultline {

// How a job ended.
struct JobEnd {
  int status = 0;                // as wait() has it
  std::string text;              // what the job returned
  std::uint64_t peak_bytes = 0;  // of resident memory
};

// Runs work(0) ... work(count - 1), each in a forked process, `jobs` at a time, and calls
// ended(index, how) in this one as they end. Stops early when the user interrupts. Throws Failure.
void run_jobs(std::size_t count, unsigned jobs, const std::function<std::string(std::size_t)>& work,
              const std::function<void(std::size_t, const JobEnd&)>& ended);

}  // namespace faultline
