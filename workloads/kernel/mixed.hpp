// mixed.hpp: faults, mmap, munmap, mprotect and madvise in one mm, in a mix that is dialled.
//
// Which kind an operation is, is drawn by weight from the seed; each operation is one fault or one
// system call (a fault at the end of a share also gives the share back: counter `zap_ns`). The
// calls of a thread go to places of its own, so what they share is the mm. Where the faults are is
// the second dial:
//
//   layout=0  one VMA for all threads
//   layout=1  a VMA a thread, side by side: every second one has a flag (MADV_DONTDUMP), or they
//             would merge
//   layout=2  a VMA a thread, with pages without permissions between them
#pragma once

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class Mixed {
 public:
  struct Thread : KernelThread {
    char* share = nullptr;
    std::size_t next = 0;
    char* maps = nullptr;
    char* protects = nullptr;
    bool read_only = false;
    std::uint64_t chance = 1;
  };

  static WorkloadInfo info() {
    return {
        "mixed",
        "threads make faults and mapping calls in a mix that is dialled",
        "operation",
        "operation",
        1,
        {{"faults", 90, 0, 10000, "parts", "weight of faults"},
         {"mmaps", 4, 0, 10000, "parts", "weight of mmap over one of 8 places"},
         {"munmaps", 2, 0, 10000, "parts", "weight of munmap of one of 8 places"},
         {"mprotects", 2, 0, 10000, "parts", "weight of mprotect of a page"},
         {"madvises", 2, 0, 10000, "parts", "weight of madvise(MADV_DONTNEED) of 16 pages"},
         {"layout", 0, 0, 2, "layout", "of the faults: 0 one VMA, 1 a VMA a thread, 2 with guards"},
         {"pages", 8192, 32, 1u << 20, "pages", "4 KiB pages that each thread faults in"}}};
  }
  static const char* role(unsigned, unsigned) { return "operation"; }
  static const char* body() {
    return "for (;;) switch (draw(weights)) {              /* one operation */\n"
           "  case FAULT:    *page = 1; page += 4096; break;\n"
           "  case MMAP:     mmap(any_of_8, 65536, RW, PRIVATE | ANONYMOUS | FIXED, -1, 0); "
           "break;\n"
           "  case MUNMAP:   munmap(any_of_8, 65536); break;\n"
           "  case MPROTECT: mprotect(one, 4096, prot ^= PROT_WRITE); break;\n"
           "  case MADVISE:  madvise(page - 65536, 65536, MADV_DONTNEED); break;\n"
           "}\n";
  }

  Mixed(const ParamValues& params, const KernelSetup& setup)
      : layout_(params.at("layout")),
        bytes_(pages_bytes(params)),
        stride_(round_up(bytes_, huge_bytes) + (layout_ == guarded ? huge_bytes : 0)),
        seed_(setup.seed),
        threads_(setup.threads),
        faults_(stride_ * threads_),
        calls_(2 * huge_bytes * threads_) {
    const char* const names[] = {"faults", "mmaps", "munmaps", "mprotects", "madvises"};
    for (unsigned kind = 0; kind < kinds; ++kind) {
      sum_ += params.at(names[kind]);
      up_to_[kind] = sum_;
    }
    if (sum_ == 0) throw KernelError("all weights are 0; set one of them, such as --set faults=90");
    map_shares();
  }

  void prepare(Thread& thread) {
    thread.share = faults_.begin() + thread.slot * stride_;
    thread.maps = calls_.begin() + 2 * thread.slot * huge_bytes;
    thread.protects = thread.maps + huge_bytes;
    thread.chance = (seed_ + thread.number + 1) * 0x9e3779b97f4a7c15u | 1;
    // Places that are two sizes apart do not merge.
    Place::punch(thread.maps, 16 * chunk);
    map_at(thread.protects, chunk);
    touch(thread.protects + page_bytes);
  }

  void op(Thread& thread) {
    const std::uint64_t drawn = draw(thread);
    const std::uint64_t part = drawn % sum_;
    char* const place = thread.maps + (drawn >> 56) % 8 * 2 * chunk;
    if (part < up_to_[0]) {
      fault(thread);
    } else if (part < up_to_[1]) {
      map_at(place, chunk);
    } else if (part < up_to_[2]) {
      unmap(place, chunk);
    } else if (part < up_to_[3]) {
      thread.read_only = !thread.read_only;
      const int prot = thread.read_only ? PROT_READ : PROT_READ | PROT_WRITE;
      if (mprotect(thread.protects + page_bytes, page_bytes, prot) != 0) {
        fail_call("mprotect", "raise vm.max_map_count");
      }
    } else {
      give_back(thread);
    }
  }
  void finish(Thread&) {}

 private:
  static constexpr unsigned kinds = 5;
  static constexpr std::size_t chunk = 16 * page_bytes;
  static constexpr std::uint64_t one_vma = 0;
  static constexpr std::uint64_t guarded = 2;

  void map_shares() {
    char* const all = faults_.begin();
    if (layout_ == one_vma) {
      map_at(all, stride_ * threads_, MAP_NORESERVE);
      advise_thp(all, stride_ * threads_, Thp::never);
      check_vmas(all, all + stride_ * threads_, 1);
      return;
    }
    const std::size_t bytes = layout_ == guarded ? stride_ - huge_bytes : stride_;
    for (unsigned i = 0; i < threads_; ++i) {
      char* const at = map_at(all + i * stride_, bytes, MAP_NORESERVE);
      advise_thp(at, bytes, Thp::never);
      if (layout_ != guarded && i % 2 == 1 && madvise(at, bytes, MADV_DONTDUMP) != 0) {
        fail_call("madvise(MADV_DONTDUMP)", "allow it in the sandbox");
      }
    }
    const unsigned vmas = layout_ == guarded ? 2 * threads_ - 1 : threads_;
    check_vmas(all, all + (threads_ - 1) * stride_ + bytes, vmas);
  }

  // xorshift, G. Marsaglia 2003.
  static std::uint64_t draw(Thread& thread) {
    thread.chance ^= thread.chance << 13;
    thread.chance ^= thread.chance >> 7;
    thread.chance ^= thread.chance << 17;
    return thread.chance;
  }

  void fault(Thread& thread) const {
    if (thread.next == bytes_) [[unlikely]] {
      zap(thread.share, bytes_, thread);
      thread.next = 0;
    }
    touch(thread.share + thread.next);
    thread.next += page_bytes;
  }

  // The 16 pages before the next one, or the first 16.
  static void give_back(Thread& thread) {
    const std::size_t end = thread.next < chunk ? chunk : thread.next;
    if (madvise(thread.share + end - chunk, chunk, MADV_DONTNEED) != 0) {
      fail_call("madvise(MADV_DONTNEED)", "allow it in the sandbox");
    }
  }

  std::uint64_t layout_;
  std::size_t bytes_;
  std::size_t stride_;
  std::uint64_t seed_;
  unsigned threads_;
  std::uint64_t sum_ = 0;
  std::uint64_t up_to_[kinds] = {};
  Place faults_;
  Place calls_;
};

}  // namespace faultline::kernel
