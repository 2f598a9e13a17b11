// guest.hpp: what faultline-kernel-trials does as the first process of a virtual machine.
#pragma once

#include <string>

namespace faultline::kernel {

// The names that host and guest agree on.
inline constexpr const char* guest_port = "faultline";  // of the virtio serial port
inline constexpr const char* guest_job = "/job.json";
inline constexpr const char* guest_modules = "/modules";

// As process 1: mounts what a workload needs, waits until the kernel has nothing else to do, runs
// the job one fresh process after the other, sends what they say, and powers the machine off. Does
// not come back.
[[noreturn]] void run_guest();

}  // namespace faultline::kernel
