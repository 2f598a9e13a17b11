// thread_storm.hpp: every thread does to the address space what starting and ending a thread does:
// map a stack with its guard and a thread-local area, fault them in, run, unmap. Concern W3: the
// thread-creation storms that the per-VMA lock was made for.
#pragma once

#include "workloads/workload.hpp"

namespace faultline {

template <class D>
class ThreadStorm {
 public:
  struct Thread {
    explicit Thread(unsigned i) : index(i) {}
    unsigned index;
    MmThread<D> mm;
  };

  static WorkloadInfo info() {
    return {"thread_storm",
            "threads map a stack and a TLS area, fault them in, run, unmap",
            "start",
            "start",
            3,
            with_fault_costs(
                {{"stack_pages", 64, 1, 1u << 20, "pages", "size of the stack, without its guard"},
                 {"stack_touched", 4, 0, 1u << 20, "pages", "pages of the stack that are used"},
                 {"tls_pages", 2, 1, 1u << 20, "pages", "size of the thread-local area, all used"},
                 {"run_ns", 2000, 0, 1'000'000'000, "ns", "what the started thread computes"}})};
  }
  static const char* role(unsigned, unsigned) { return "start"; }

  ThreadStorm(System<D>& system, const ParamValues& params, unsigned)
      : stack_(params.at("stack_pages")),
        touched_(std::min(params.at("stack_touched"), stack_)),
        tls_(params.at("tls_pages")),
        run_ns_(params.at("run_ns")),
        mm_(system, params) {}
  Mm<D>& mm() { return *mm_; }

  void prepare(Thread&) {}
  std::uint64_t op(Thread& thread) {
    // As the C library does: reserve stack and guard at once, then make the stack accessible.
    const std::uint64_t guard = arena(thread.index);
    const std::uint64_t stack = guard + page_size;
    const std::uint64_t top = stack + stack_ * page_size;
    const std::uint64_t tls = top + 16 * page_size;
    must_mmap(*mm_, guard, stack_ + 1, 0);
    FL_ASSERT(mprotect(*mm_, stack, stack_ * page_size, vm_rw) == MapError::none);
    must_mmap(*mm_, tls, tls_, vm_rw);
    for (std::uint64_t page = 1; page <= touched_; ++page) touch(thread, top - page * page_size);
    for (std::uint64_t page = 0; page < tls_; ++page) touch(thread, tls + page * page_size);
    if (run_ns_ != 0) D::P::work(run_ns_);
    FL_ASSERT(munmap(*mm_, tls, tls_ * page_size) == MapError::none);
    FL_ASSERT(munmap(*mm_, guard, (stack_ + 1) * page_size) == MapError::none);
    return 1;
  }
  void finish(Thread&) {}

 private:
  void touch(Thread& thread, std::uint64_t addr) {
    FL_ASSERT(fault(*mm_, thread.mm, addr, /*write=*/true) == Fault::done);
  }

  std::uint64_t stack_;
  std::uint64_t touched_;
  std::uint64_t tls_;
  std::uint64_t run_ns_;
  OwnedMm<D> mm_;
};

}  // namespace faultline
