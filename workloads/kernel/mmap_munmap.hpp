// mmap_munmap.hpp: mmap and munmap of anonymous memory in a hole of each thread's own.
//
// The address is fixed and lies between pages without permissions: a mapping never merges with a
// neighbour's, unlike those of will-it-scale's mmap1; nor does the kernel search for a free place.
// Pages are written to only if `touched` says so: then munmap frees them and, with other threads
// running, interrupts the CPUs of these.
#pragma once

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class MmapMunmap {
 public:
  struct Thread : KernelThread {
    char* at = nullptr;
  };

  static WorkloadInfo info() {
    return {
        "mmap_munmap",
        "threads map memory and unmap it again",
        "pair",
        "pair",
        1,
        {pages_param(16, 1u << 20, "4 KiB pages of a mapping"),
         {"touched", 0, 0, 1u << 14, "pages", "written to before the munmap, from the first on"}}};
  }
  static const char* role(unsigned, unsigned) { return "pair"; }
  static const char* body() {
    return "for (;;) {                                     /* one operation */\n"
           "  mmap(at, size, PROT_READ | PROT_WRITE,\n"
           "       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);\n"
           "  for (i = 0; i < touched; i++)                /* none by default */\n"
           "    at[i * 4096] = 1;\n"
           "  munmap(at, size);\n"
           "}\n";
  }

  MmapMunmap(const ParamValues& params, const KernelSetup& setup)
      : bytes_(pages_bytes(params)),
        touched_(params.at("touched")),
        stride_(round_up(bytes_, huge_bytes) + huge_bytes),
        place_(stride_ * setup.threads) {
    if (touched_ * page_bytes > bytes_) {
      throw KernelError(
          "touched is more than the pages of a mapping; raise pages or lower touched");
    }
  }

  void prepare(Thread& thread) {
    thread.at = place_.begin() + thread.slot * stride_;
    Place::punch(thread.at, bytes_);
  }
  void op(Thread& thread) {
    map_in_hole(thread.at, bytes_);
    for (std::size_t i = 0; i < touched_; ++i) touch(thread.at + i * page_bytes);
    unmap(thread.at, bytes_);
  }
  void finish(Thread&) {}

 private:
  std::size_t bytes_;
  std::size_t touched_;
  std::size_t stride_;
  Place place_;
};

}  // namespace faultline::kernel
