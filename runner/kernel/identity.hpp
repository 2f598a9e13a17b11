// identity.hpp: which lock guards a VMA in a kernel, and by what that was told.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace faultline::kernel {

struct VmaLock {
  // mmap_lock: none for each VMA; rwsem: an rw_semaphore beside it; refcount: vm_refcnt in it;
  // unknown.
  const char* generation;
  std::string decided_by;  // one line
};

// What is known of a kernel: null where it cannot be read.
struct KernelFacts {
  std::string_view release;
  std::optional<bool> per_vma_lock;  // CONFIG_PER_VMA_LOCK
  bool vmstat_counts = false;        // /proc/vmstat has vma_lock_* (CONFIG_PER_VMA_LOCK_STATS)
};

// Upstream had mmap_lock alone up to 6.3, an rw_semaphore from 6.4 and vm_refcnt from 6.15 on;
// distributions take per-VMA locks back to older releases, so that the version alone does not say
// it where the configuration speaks against it.
VmaLock vma_lock_of(const KernelFacts& facts);

// The word in brackets, as in "always [madvise] never"; the whole line without one.
std::string chosen_word(std::string_view line);

}  // namespace faultline::kernel
