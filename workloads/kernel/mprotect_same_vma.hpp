// mprotect_same_vma.hpp: every thread makes a page of the same VMA read-only and writable again.
//
// The first call splits the VMA into three, the second merges them. The pages of different threads
// lie `pages` apart, and each is there, so that its entry in the page table is changed and flushed.
#pragma once

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class MprotectSameVma {
 public:
  struct Thread : KernelThread {
    char* page = nullptr;
  };

  static WorkloadInfo info() {
    return {"mprotect_same_vma",
            "threads change the permissions of a page each in one VMA, and back",
            "pair",
            "pair",
            1,
            {{"pages", 16, 3, 1u << 14, "pages", "from the page of a thread to that of the next"}}};
  }
  static const char* role(unsigned, unsigned) { return "pair"; }
  static const char* body() {
    return "for (;;) {                                     /* one operation */\n"
           "  mprotect(page, 4096, PROT_READ);\n"
           "  mprotect(page, 4096, PROT_READ | PROT_WRITE);\n"
           "}\n";
  }

  MprotectSameVma(const ParamValues& params, const KernelSetup& setup)
      : stride_(pages_bytes(params)), place_(stride_ * setup.threads) {
    map_at(place_.begin(), stride_ * setup.threads);
    advise_thp(place_.begin(), stride_ * setup.threads, Thp::never);
    check_vmas(place_.begin(), place_.begin() + stride_ * setup.threads, 1);
  }

  void prepare(Thread& thread) {
    thread.page = place_.begin() + thread.slot * stride_ + page_bytes;
    touch(thread.page);
  }
  void op(Thread& thread) {
    protect(thread.page, PROT_READ);
    protect(thread.page, PROT_READ | PROT_WRITE);
  }
  void finish(Thread&) {}

 private:
  static void protect(char* page, int prot) {
    if (mprotect(page, page_bytes, prot) != 0) fail_call("mprotect", "raise vm.max_map_count");
  }

  std::size_t stride_;
  Place place_;
};

}  // namespace faultline::kernel
