// maps_scan.hpp: readers of /proc/self/maps beside threads that map and unmap.
//
// What monitoring costs: a reader goes through all VMAs of the mm. The threads with an even number
// read, those with an odd number map and unmap in a hole of their own; the former are counted as
// `ops`, the latter as the role `map`. In mode processes every one has an mm of its own, so nobody
// is in anybody's way.
#pragma once

#include <memory>

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class MapsScan {
 public:
  struct Thread : KernelThread {
    bool scans = true;
    char* at = nullptr;
    int maps = -1;
    std::unique_ptr<char[]> text;
  };

  static WorkloadInfo info() {
    return {
        "maps_scan", "threads read /proc/self/maps beside others that map and unmap",
        "scan",      "scan",
        1,           {{"vmas", 256, 1, 15000, "VMAs", "of the mm beside those of the threads"}}};
  }
  static const char* role(unsigned number, unsigned) { return number % 2 == 0 ? "scan" : "map"; }
  static const char* body() {
    return "for (;;) {                                     /* one scan */\n"
           "  lseek(maps, 0, SEEK_SET);\n"
           "  while (read(maps, text, 65536) > 0) ;\n"
           "}\n"
           "for (;;) {                                     /* one map, in the other threads */\n"
           "  mmap(at, 4096, PROT_READ | PROT_WRITE, PRIVATE | ANONYMOUS | FIXED_NOREPLACE, -1, "
           "0);\n"
           "  munmap(at, 4096);\n"
           "}\n";
  }

  MapsScan(const ParamValues& params, const KernelSetup& setup)
      : vmas_(params.at("vmas")),
        holes_(2 * vmas_ * page_bytes),
        place_(holes_ + setup.threads * 2 * page_bytes) {
    for (std::size_t i = 0; i < vmas_; ++i) map_at(place_.begin() + 2 * i * page_bytes, page_bytes);
    check_vmas(place_.begin(), place_.begin() + holes_ - page_bytes,
               static_cast<unsigned>(2 * vmas_ - 1));
  }

  void prepare(Thread& thread) {
    thread.scans = role(thread.number, 0)[0] == 's';
    if (thread.scans) {
      thread.text = std::make_unique<char[]>(buffer);
      thread.maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
      if (thread.maps < 0) fail_call("/proc/self/maps", "mount /proc");
    } else {
      thread.at = place_.begin() + holes_ + thread.slot * 2 * page_bytes;
      Place::punch(thread.at, page_bytes);
    }
  }
  void op(Thread& thread) {
    if (!thread.scans) {
      map_in_hole(thread.at, page_bytes);
      unmap(thread.at, page_bytes);
      return;
    }
    ssize_t got = lseek(thread.maps, 0, SEEK_SET);
    if (got == 0) {
      while ((got = read(thread.maps, thread.text.get(), buffer)) > 0) {
      }
    }
    if (got < 0) fail_call("/proc/self/maps", "mount /proc");
  }
  void finish(Thread& thread) {
    if (thread.maps >= 0) close(thread.maps);
  }

 private:
  static constexpr std::size_t buffer = 65536;

  std::size_t vmas_;
  std::size_t holes_;
  Place place_;
};

}  // namespace faultline::kernel
