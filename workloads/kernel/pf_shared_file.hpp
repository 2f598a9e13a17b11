// pf_shared_file.hpp: write faults of all threads in one shared mapping of a file of memory.
//
// The pages are in the page cache before the window opens, so a fault finds its page and maps it:
// no page is allocated or cleared. The file is a memfd; what file system /tmp has plays no part.
// One file and one mapping an mm; each thread has its share of it. The mappings are taken away as
// in pft, inside of the window: counter `zap_ns`.
#pragma once

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class PfSharedFile {
 public:
  struct Thread : KernelThread {
    PageCursor cursor;
  };

  static WorkloadInfo info() {
    return {
        "pf_shared_file",   "threads map disjoint pages of one shared file in", "fault", "fault", 1,
        {pages_param(8192)}};
  }
  static const char* role(unsigned, unsigned) { return "fault"; }
  static const char* body() {
    return "map = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);\n"
           "for (;;) {\n"
           "  for (page = share; page < share_end; page += 4096)\n"
           "    *page = 1;                                 /* one operation */\n"
           "  madvise(share, share_end - share, MADV_DONTNEED);\n"
           "}\n";
  }

  PfSharedFile(const ParamValues& params, const KernelSetup& setup)
      : bytes_(pages_bytes(params)),
        stride_(round_up(bytes_, huge_bytes)),
        file_(stride_ * setup.threads),
        place_(stride_ * setup.threads) {
    map_at(place_.begin(), stride_ * setup.threads, MAP_SHARED, file_.fd());
    check_vmas(place_.begin(), place_.begin() + stride_ * setup.threads, 1);
  }

  void prepare(Thread& thread) {
    thread.cursor.set(place_.begin() + thread.slot * stride_, bytes_, page_bytes);
  }
  void op(Thread& thread) { touch(thread.cursor.take(thread)); }
  void finish(Thread&) {}

 private:
  std::size_t bytes_;
  std::size_t stride_;
  MemoryFile file_;
  Place place_;
};

}  // namespace faultline::kernel
