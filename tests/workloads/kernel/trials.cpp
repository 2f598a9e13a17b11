// trials.cpp: where the build has put the program under test.
#include "tests/workloads/kernel/trials.hpp"

namespace faultline::kernel {

const char* trials_program() {
  return FL_KERNEL_TRIALS;
}

}  // namespace faultline::kernel
