// thread_storm.hpp: threads start threads that end at once, each on a stack that is mapped for it.
//
// What a server does that starts a thread a request: map a stack, write to it, unmap it, beside all
// the others. The stack is mapped here and not by libc, which would keep old ones.
#pragma once

#include <pthread.h>

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class ThreadStorm {
 public:
  struct Thread : KernelThread {
    char* stack = nullptr;
    pthread_attr_t attr{};
  };

  static WorkloadInfo info() {
    return {"thread_storm",
            "threads start threads on fresh stacks and wait for their end",
            "thread",
            "thread",
            1,
            {{"pages", 16, 16, 1u << 11, "pages", "4 KiB pages of a stack"}}};
  }
  static const char* role(unsigned, unsigned) { return "thread"; }
  static const char* body() {
    return "for (;;) {                                     /* one operation */\n"
           "  mmap(stack, size, PROT_READ | PROT_WRITE,\n"
           "       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_STACK, -1, 0);\n"
           "  pthread_create(&thread, &on_that_stack, returns_at_once, NULL);\n"
           "  pthread_join(thread, NULL);\n"
           "  munmap(stack, size);\n"
           "}\n";
  }

  ThreadStorm(const ParamValues& params, const KernelSetup& setup)
      : bytes_(pages_bytes(params)),
        stride_(round_up(bytes_, huge_bytes) + huge_bytes),
        place_(stride_ * setup.threads) {}

  void prepare(Thread& thread) {
    thread.stack = place_.begin() + thread.slot * stride_;
    Place::punch(thread.stack, bytes_);
    pthread_attr_init(&thread.attr);
    if (const int error = pthread_attr_setstack(&thread.attr, thread.stack, bytes_); error != 0) {
      errno = error;
      fail_call("pthread_attr_setstack", "give the stack more pages (--set pages=64)");
    }
  }
  void op(Thread& thread) {
    map_in_hole(thread.stack, bytes_, MAP_STACK);
    pthread_t started{};
    const int error =
        pthread_create(&started, &thread.attr, [](void*) -> void* { return nullptr; }, nullptr);
    if (error != 0) {
      errno = error;
      fail_call("pthread_create", "use fewer threads or raise ulimit -u");
    }
    pthread_join(started, nullptr);
    unmap(thread.stack, bytes_);
  }
  void finish(Thread& thread) { pthread_attr_destroy(&thread.attr); }

 private:
  std::size_t bytes_;
  std::size_t stride_;
  Place place_;
};

}  // namespace faultline::kernel
