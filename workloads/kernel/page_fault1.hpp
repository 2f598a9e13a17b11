// page_fault1.hpp: what will-it-scale's test of that name does, to be put beside pft.
//
// After the description of the test: 128 MB of anonymous memory are mapped, every page is written
// to, one operation each, and the whole is unmapped. The kernel chooses the address, so that the
// mappings of two threads may come to lie side by side and be merged into one VMA, now and then,
// as they do there; huge pages are as the system has them. Mapping and unmapping are inside of the
// window; the unmapping is what `zap_ns` is here.
//
// Where it differs: the pages are counted by the thread itself and the window is measured; its
// counter page is not a file.
#pragma once

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class PageFault1 {
 public:
  struct Thread : KernelThread {
    char* map = nullptr;
    std::size_t next = 0;
  };

  static WorkloadInfo info() {
    return {"page_fault1",
            "threads map memory, write to each page and unmap it, as will-it-scale does",
            "fault",
            "fault",
            1,
            {pages_param(32768), thp_param(Thp::system)}};
  }
  static const char* role(unsigned, unsigned) { return "fault"; }
  static const char* body() {
    return "for (;;) {\n"
           "  p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);\n"
           "  for (i = 0; i < size; i += 4096)\n"
           "    p[i] = 1;                                  /* one operation */\n"
           "  munmap(p, size);\n"
           "}\n";
  }

  PageFault1(const ParamValues& params, const KernelSetup&)
      : thp_(thp_of(params)), step_(fault_bytes(thp_)), bytes_(pages_bytes(params)) {}

  void prepare(Thread&) {}
  void op(Thread& thread) {
    if (thread.next == bytes_) [[unlikely]] {
      const std::uint64_t begin = now_ns();
      unmap(thread.map, bytes_);
      thread.zap_ns += now_ns() - begin;
      thread.map = nullptr;
    }
    if (thread.map == nullptr) [[unlikely]] {
      thread.map =
          map_or_fail(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
      advise_thp(thread.map, bytes_, thp_);
      thread.next = 0;
    }
    touch(thread.map + thread.next);
    thread.next += step_;
  }
  void finish(Thread& thread) {
    if (thread.map != nullptr) unmap(thread.map, bytes_);
  }

 private:
  Thp thp_;
  std::size_t step_;
  std::size_t bytes_;
};

}  // namespace faultline::kernel
