// mremap.hpp: each thread moves a mapping with its pages to and fro between two places.
//
// Source and target lie in holes between pages without permissions and in different page tables.
#pragma once

#include <utility>

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class Mremap {
 public:
  struct Thread : KernelThread {
    char* at = nullptr;
    char* other = nullptr;
  };

  static WorkloadInfo info() {
    return {"mremap", "threads move a mapping with its pages to and fro",
            "call",   "call",
            1,        {pages_param(16, 1u << 14, "4 KiB pages of the mapping, all there")}};
  }
  static const char* role(unsigned, unsigned) { return "call"; }
  static const char* body() {
    return "for (;;) {                                     /* one operation */\n"
           "  mremap(at, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, other);\n"
           "  swap(at, other);\n"
           "}\n";
  }

  Mremap(const ParamValues& params, const KernelSetup& setup)
      : bytes_(pages_bytes(params)),
        stride_(round_up(bytes_, huge_bytes) + huge_bytes),
        place_(2 * stride_ * setup.threads) {}

  void prepare(Thread& thread) {
    thread.at = place_.begin() + 2 * thread.slot * stride_;
    thread.other = thread.at + stride_;
    map_at(thread.at, bytes_);
    advise_thp(thread.at, bytes_, Thp::never);
    for (std::size_t i = 0; i < bytes_; i += page_bytes) touch(thread.at + i);
    Place::punch(thread.other, bytes_);
  }
  void op(Thread& thread) {
    if (::mremap(thread.at, bytes_, bytes_, MREMAP_MAYMOVE | MREMAP_FIXED, thread.other) ==
        MAP_FAILED) {
      fail_call("mremap", "raise vm.max_map_count");
    }
    std::swap(thread.at, thread.other);
  }
  void finish(Thread&) {}

 private:
  std::size_t bytes_;
  std::size_t stride_;
  Place place_;
};

}  // namespace faultline::kernel
