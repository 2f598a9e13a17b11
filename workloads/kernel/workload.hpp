// workload.hpp: the contract of a workload of real system calls: what the threads do to an mm.
//
// As with the modelled ones (workloads/workload.hpp), a workload never makes the threads that it is
// measured with, reads a clock or loops by itself. It depends on libc and the kernel only, so that
// it runs in a static program as the first process of a guest.
//
//   W(params, setup)    maps what the threads of one mm share; before these threads exist
//   W::Thread           what one thread keeps; derived from KernelThread
//   prepare(thread)     by the thread itself, when all threads of the mm exist, before the first op
//   op(thread)          one operation of the thread's role
//   finish(thread)      by the thread itself, when all threads of the mm have ended their loops
//   static info()       name, unit, parameters
//   static role(i, n)   what that thread does; operations of info().primary count as `ops`
//   static body()       the loop in C, short enough for a mail
//
// A system call that fails ends the run: KernelError, `<what is wrong>; <cure>`.
#pragma once

#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "workloads/info.hpp"

namespace faultline::kernel {

// threads: one mm for all. processes: one mm each, the control without sharing.
enum class Mode { threads, processes };

struct KernelSetup {
  unsigned threads = 1;  // in this mm
  unsigned workers = 1;  // in all of them
  Mode mode = Mode::threads;
  std::uint64_t seed = 1;
  const char* program = "/proc/self/exe";  // which ends at once when it is called with --nothing
};

// slot: the thread's number in its mm. number: among all threads, in every mm.
struct KernelThread {
  unsigned slot = 0;
  unsigned number = 0;
  std::uint64_t zap_ns = 0;  // spent in giving pages back, inside of the window
};

class KernelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class W>
concept KernelWorkload = std::derived_from<typename W::Thread, KernelThread> &&
                         std::constructible_from<W, const ParamValues&, const KernelSetup&> &&
                         requires(W& workload, typename W::Thread& thread, unsigned index) {
                           { W::info() } -> std::same_as<WorkloadInfo>;
                           { W::role(index, index) } -> std::convertible_to<const char*>;
                           { W::body() } -> std::convertible_to<const char*>;
                           { workload.prepare(thread) } -> std::same_as<void>;
                           { workload.op(thread) } -> std::same_as<void>;
                           { workload.finish(thread) } -> std::same_as<void>;
                         };

}  // namespace faultline::kernel
