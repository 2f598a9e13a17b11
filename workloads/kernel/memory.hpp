// memory.hpp: mappings whose place and neighbours are known: what kernel workloads map with.
//
// The kernel merges neighbouring mappings of the same kind into one VMA, and then a test of private
// VMAs is one of a shared VMA, or the other way round, as the addresses happen to fall. So every
// mapping here lies between pages without permissions.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include "workloads/kernel/workload.hpp"

namespace faultline::kernel {

inline constexpr std::size_t page_bytes = 4096;
inline constexpr std::size_t huge_bytes = std::size_t{2} << 20;

[[noreturn]] inline void fail_call(const std::string& call, const std::string& cure) {
  throw KernelError(call + ": " + std::strerror(errno) + "; " + cure);
}

inline char* map_or_fail(void* addr, std::size_t bytes, int prot, int flags, int fd = -1) {
  void* const at = mmap(addr, bytes, prot, flags, fd, 0);
  if (at == MAP_FAILED) {
    fail_call("mmap of " + std::to_string(bytes) + " bytes",
              "use fewer threads or pages (--set), or raise ulimit -v and vm.max_map_count");
  }
  return static_cast<char*>(at);
}

// Writes to one byte of a page, which the compiler must not leave out.
inline void touch(char* page) {
  *const_cast<volatile char*>(page) = 1;
}

inline std::uint64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC_RAW, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(time.tv_nsec);
}

// --- transparent huge pages ---

enum class Thp : std::uint64_t { never, madvise, system };

inline Param thp_param(Thp value = Thp::never) {
  return {
      "thp",    static_cast<std::uint64_t>(value),
      0,        2,
      "policy", "huge pages: 0 never (MADV_NOHUGEPAGE), 1 MADV_HUGEPAGE, 2 as the system has it"};
}

inline Thp thp_of(const ParamValues& params) {
  return static_cast<Thp>(params.at("thp"));
}

inline void advise_thp(char* at, std::size_t bytes, Thp thp) {
  if (thp == Thp::system) return;
  if (madvise(at, bytes, thp == Thp::never ? MADV_NOHUGEPAGE : MADV_HUGEPAGE) == 0) return;
  // A kernel that has no huge pages refuses the advice, and there is nothing to switch off.
  if (thp == Thp::never && errno == EINVAL) return;
  fail_call("madvise(MADV_HUGEPAGE)",
            "use a kernel with CONFIG_TRANSPARENT_HUGEPAGE, or --set thp=0");
}

// Bytes from one fault to the next: with huge pages a fault brings in 2 MiB.
inline std::size_t fault_bytes(Thp thp) {
  return thp == Thp::madvise ? huge_bytes : page_bytes;
}

// --- places ---

// Address space without permissions, to map things in; a page at least stays free of them at either
// end. Aligned to 2 MiB, so that the same pages share page tables in every run.
class Place {
 public:
  explicit Place(std::size_t bytes) : bytes_(bytes + 3 * huge_bytes) {
    all_ = map_or_fail(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
    const std::uintptr_t first = reinterpret_cast<std::uintptr_t>(all_) + huge_bytes;
    begin_ = all_ + huge_bytes + (huge_bytes - first % huge_bytes) % huge_bytes;
  }
  ~Place() { munmap(all_, bytes_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] char* begin() const { return begin_; }
  // Unmaps a part, for a thread to map there by itself. Nothing else maps anything while the window
  // is open, and map_in_hole() refuses a place that is taken.
  static void punch(char* at, std::size_t bytes) {
    if (munmap(at, bytes) != 0) fail_call("munmap", "raise vm.max_map_count");
  }

 private:
  std::size_t bytes_;
  char* all_;
  char* begin_;
};

inline char* map_at(char* at, std::size_t bytes, int extra_flags = 0, int fd = -1) {
  const int kind = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : 0;
  return map_or_fail(at, bytes, PROT_READ | PROT_WRITE, kind | MAP_FIXED | extra_flags, fd);
}

inline char* map_in_hole(char* at, std::size_t bytes, int extra_flags = 0) {
  char* const got = map_or_fail(at, bytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | extra_flags);
  if (got != at) {
    throw KernelError("mmap does not know MAP_FIXED_NOREPLACE; use a kernel of 4.17 or later");
  }
  return got;
}

inline void unmap(char* at, std::size_t bytes) {
  if (munmap(at, bytes) != 0) fail_call("munmap", "raise vm.max_map_count");
}

inline std::size_t round_up(std::size_t bytes, std::size_t step) {
  return (bytes + step - 1) / step * step;
}

// A file of memory with all its pages in the page cache: no file system of the machine has a part
// in what is measured.
class MemoryFile {
 public:
  explicit MemoryFile(std::size_t bytes) : fd_(memfd_create("faultline", MFD_CLOEXEC)) {
    if (fd_ < 0) fail_call("memfd_create", "use a kernel with CONFIG_MEMFD_CREATE");
    if (const int error = posix_fallocate(fd_, 0, static_cast<off_t>(bytes)); error != 0) {
      errno = error;
      close(fd_);
      fail_call("fallocate of " + std::to_string(bytes) + " bytes of memory",
                "use fewer threads or pages (--set)");
    }
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

// How many VMAs the range from begin to end consists of, permissions or not.
inline unsigned count_vmas(const char* begin, const char* end) {
  std::FILE* const maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) fail_call("/proc/self/maps", "mount /proc");
  char line[512];
  unsigned count = 0;
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long from = 0;
    unsigned long to = 0;
    if (std::sscanf(line, "%lx-%lx ", &from, &to) != 2) continue;
    count += from < reinterpret_cast<std::uintptr_t>(end) &&
             to > reinterpret_cast<std::uintptr_t>(begin);
  }
  std::fclose(maps);
  return count;
}

inline void check_vmas(const char* begin, const char* end, unsigned wanted) {
  const unsigned count = count_vmas(begin, end);
  if (count == wanted) return;
  throw KernelError("the workload's mappings are " + std::to_string(count) + " VMAs and not " +
                    std::to_string(wanted) +
                    "; report it with the kernel's release: its rule of merging is another");
}

// --- going through pages ---

inline void zap(char* at, std::size_t bytes, KernelThread& thread) {
  const std::uint64_t begin = now_ns();
  if (madvise(at, bytes, MADV_DONTNEED) != 0) {
    fail_call("madvise(MADV_DONTNEED)", "allow it in the sandbox");
  }
  thread.zap_ns += now_ns() - begin;
}

// The pages of a thread, one fault each; when all are there, gives them back and starts again.
class PageCursor {
 public:
  void set(char* begin, std::size_t bytes, std::size_t step) {
    begin_ = next_ = begin;
    end_ = begin + bytes;
    step_ = step;
  }
  // The next page, which is not there.
  char* take(KernelThread& thread) {
    if (next_ == end_) [[unlikely]] {
      zap(begin_, static_cast<std::size_t>(end_ - begin_), thread);
      next_ = begin_;
    }
    char* const page = next_;
    next_ += step_;
    return page;
  }

 private:
  char* begin_ = nullptr;
  char* next_ = nullptr;
  char* end_ = nullptr;
  std::size_t step_ = page_bytes;
};

inline Param pages_param(std::uint64_t value, std::uint64_t most = 1u << 20,
                         const char* help = "4 KiB pages of each thread") {
  return {"pages", value, 1, most, "pages", help};
}

// The pages of a thread in bytes, to whole faults.
inline std::size_t pages_bytes(const ParamValues& params) {
  const std::size_t step = params.count("thp") != 0 ? fault_bytes(thp_of(params)) : page_bytes;
  return round_up(params.at("pages") * page_bytes, step);
}

}  // namespace faultline::kernel
