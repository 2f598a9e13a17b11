// pf_private.hpp: page faults of each thread in VMAs of its own, which no other thread touches.
//
// With more than one VMA, each fault is in another one than the fault before: N VMAs are N lookups
// and N locks. Behind every VMA lies a page without permissions, so that they never merge. The
// pages are given back as in pft, inside of the window: counter `zap_ns`.
#pragma once

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class PfPrivate {
 public:
  struct Thread : KernelThread {
    std::size_t next = 0;
    char* begin = nullptr;
  };

  static WorkloadInfo info() {
    return {"pf_private",
            "threads fault pages of VMAs of their own in",
            "fault",
            "fault",
            1,
            {pages_param(8192),
             {"vmas", 1, 1, 1u << 15, "VMAs", "VMAs of each thread, taken in turn"},
             thp_param()}};
  }
  static const char* role(unsigned, unsigned) { return "fault"; }
  static const char* body() {
    return "for (;;) {\n"
           "  for (i = 0; i < pages; i++)\n"
           "    vma[i % vmas][i / vmas * 4096] = 1;        /* one operation */\n"
           "  madvise(vma[0], all_of_them, MADV_DONTNEED);\n"
           "}\n";
  }

  PfPrivate(const ParamValues& params, const KernelSetup& setup)
      : thp_(thp_of(params)),
        step_(fault_bytes(thp_)),
        vmas_(params.at("vmas")),
        faults_of_vma_((pages_bytes(params) / step_ + vmas_ - 1) / vmas_),
        stride_((faults_of_vma_ + 1) * step_),
        area_(round_up(vmas_ * stride_, huge_bytes)),
        place_(area_ * setup.threads) {}

  void prepare(Thread& thread) {
    thread.begin = place_.begin() + thread.slot * area_;
    for (std::size_t i = 0; i < vmas_; ++i) {
      map_at(thread.begin + i * stride_, faults_of_vma_ * step_, MAP_NORESERVE);
      advise_thp(thread.begin + i * stride_, faults_of_vma_ * step_, thp_);
    }
    check_vmas(thread.begin, thread.begin + vmas_ * stride_ - step_,
               static_cast<unsigned>(2 * vmas_ - 1));
  }
  void op(Thread& thread) {
    if (thread.next == vmas_ * faults_of_vma_) [[unlikely]] {
      zap(thread.begin, vmas_ * stride_ - step_, thread);
      thread.next = 0;
    }
    touch(thread.begin + thread.next % vmas_ * stride_ + thread.next / vmas_ * step_);
    ++thread.next;
  }
  void finish(Thread&) {}

 private:
  Thp thp_;
  std::size_t step_;
  std::size_t vmas_;
  std::size_t faults_of_vma_;
  std::size_t stride_;
  std::size_t area_;
  Place place_;
};

}  // namespace faultline::kernel
