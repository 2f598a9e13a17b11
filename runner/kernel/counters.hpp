// counters.hpp: what the kernel counts of itself while a window is open.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace faultline::kernel {

// Differences of /proc/vmstat: of the whole machine, so of everything else that runs on it, too.
// The file is kept open from the beginning to the end and read in one piece; no child inherits it.
class KernelCounters {
 public:
  KernelCounters();
  ~KernelCounters();
  KernelCounters(const KernelCounters&) = delete;
  KernelCounters& operator=(const KernelCounters&) = delete;

  void begin() { before_ = read(); }
  void end() { after_ = read(); }
  // By name; null for what this kernel does not count: vma_lock_* is there only with
  // CONFIG_PER_VMA_LOCK_STATS.
  [[nodiscard]] nlohmann::ordered_json json() const;

 private:
  static constexpr std::size_t count = 8;
  using Values = std::array<std::optional<std::uint64_t>, count>;
  static const std::array<const char*, count> names;
  [[nodiscard]] Values read() const;

  int file_ = -1;
  Values before_;
  Values after_;
};

}  // namespace faultline::kernel
