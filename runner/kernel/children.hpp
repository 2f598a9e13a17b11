// children.hpp: the processes of a trial, and the memory that they share with the control process.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "runner/kernel/trial.hpp"

namespace faultline::kernel {

// What the children and the control process share: the phase, and a slot for each thread.
class SharedTrial {
 public:
  explicit SharedTrial(unsigned threads);
  ~SharedTrial();
  SharedTrial(const SharedTrial&) = delete;
  SharedTrial& operator=(const SharedTrial&) = delete;

  ThreadSlot& slot(unsigned number) { return slots_[number]; }
  [[nodiscard]] const ThreadSlot& slot(unsigned number) const { return slots_[number]; }
  std::uint64_t& vmas() { return *vmas_; }
  // Wakes all who wait for it.
  static void set_phase(Phase phase);
  static void wait_for(Phase phase);

 private:
  std::size_t bytes_;
  char* memory_;
  ThreadSlot* slots_;
  std::uint64_t* vmas_;
};

struct Child {
  pid_t pid = -1;
  int reports = -1;  // a byte when all its threads are ready, one when all have left the window
  unsigned seen = 0;
  bool gone = false;
};

// The children of one trial; those that are still there are killed with it.
class Children {
 public:
  ~Children();
  // Forks one that runs `count` threads of the trial, the first of them being `first`.
  void start(const KernelTrialSpec& spec, SharedTrial& shared, const MakeBody& make, unsigned first,
             unsigned count);
  // Waits until each has reported so many times, at most until the clock is `until_ns` (0: for
  // ever). Returns false when the time is up; ends at once when a child is gone.
  bool wait_reports(unsigned reports, std::uint64_t until_ns);
  // Waits for their ends, as above; `wrong` says what is wrong with one of them.
  bool reap(std::uint64_t until_ns, std::string& wrong);
  [[nodiscard]] bool any_gone() const;

 private:
  bool poll_reports(std::uint64_t until_ns);

  std::vector<Child> children_;
};

}  // namespace faultline::kernel
