// mmap_populate.hpp: mmap with MAP_POPULATE and munmap, in a hole of each thread's own.
//
// The pages come in within mmap, without a fault: what mmap_munmap with all pages touched does,
// less the entries into the kernel. The place is as in mmap_munmap.
#pragma once

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class MmapPopulate {
 public:
  struct Thread : KernelThread {
    char* at = nullptr;
  };

  static WorkloadInfo info() {
    return {"mmap_populate",
            "threads map memory with its pages and unmap it again",
            "pair",
            "pair",
            1,
            {pages_param(16, 1u << 14, "4 KiB pages of a mapping")}};
  }
  static const char* role(unsigned, unsigned) { return "pair"; }
  static const char* body() {
    return "for (;;) {                                     /* one operation */\n"
           "  mmap(at, size, PROT_READ | PROT_WRITE,\n"
           "       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE, -1, 0);\n"
           "  munmap(at, size);\n"
           "}\n";
  }

  MmapPopulate(const ParamValues& params, const KernelSetup& setup)
      : bytes_(pages_bytes(params)),
        stride_(round_up(bytes_, huge_bytes) + huge_bytes),
        place_(stride_ * setup.threads) {}

  void prepare(Thread& thread) {
    thread.at = place_.begin() + thread.slot * stride_;
    Place::punch(thread.at, bytes_);
  }
  void op(Thread& thread) {
    map_in_hole(thread.at, bytes_, MAP_POPULATE);
    unmap(thread.at, bytes_);
  }
  void finish(Thread&) {}

 private:
  std::size_t bytes_;
  std::size_t stride_;
  Place place_;
};

}  // namespace faultline::kernel
