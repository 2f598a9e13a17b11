// identity.cpp: generations of the per-VMA lock.
#include "runner/kernel/identity.hpp"

#include <charconv>

namespace faultline::kernel {

namespace {

struct Version {
  unsigned major;
  unsigned minor;

  bool before(Version other) const {
    return major != other.major ? major < other.major : minor < other.minor;
  }
};

constexpr Version first_rwsem{6, 4};
constexpr Version first_refcount{6, 15};

// Of "6.12.107+deb12-cloud-amd64": 6.12.
std::optional<Version> version_of(std::string_view release) {
  Version version{};
  const char* end = release.data() + release.size();
  const auto major = std::from_chars(release.data(), end, version.major);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc{}) return std::nullopt;
  return version;
}

}  // namespace

VmaLock vma_lock_of(const KernelFacts& facts) {
  const std::optional<Version> version = version_of(facts.release);
  if (!version) return {"unknown", "its release is no version"};
  if (facts.per_vma_lock == false) return {"mmap_lock", "CONFIG_PER_VMA_LOCK is not set"};
  const bool seen = facts.per_vma_lock == true || facts.vmstat_counts;
  const char* by = facts.per_vma_lock == true ? "version and CONFIG_PER_VMA_LOCK=y"
                   : facts.vmstat_counts      ? "version and vma_lock_* in /proc/vmstat"
                                              : "version alone; its configuration is not readable";
  if (version->before(first_rwsem)) {
    // Upstream has none there: a distribution's, and it may be any of them.
    if (seen) return {"unknown", "per-VMA locks in a version that has none upstream"};
    return {"mmap_lock", "version alone; its configuration is not readable"};
  }
  return {version->before(first_refcount) ? "rwsem" : "refcount", by};
}

std::string chosen_word(std::string_view line) {
  const std::size_t open = line.find('[');
  const std::size_t close = line.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::string(line);
  }
  return std::string(line.substr(open + 1, close - open - 1));
}

}  // namespace faultline::kernel
