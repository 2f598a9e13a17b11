// counters.cpp: differences of /proc/vmstat.
#include "runner/kernel/counters.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>

namespace faultline::kernel {

const std::array<const char*, KernelCounters::count> KernelCounters::names = {
    "vma_lock_success", "vma_lock_abort", "vma_lock_retry",  "vma_lock_miss",
    "pgfault",          "pgmajfault",     "thp_fault_alloc", "thp_fault_fallback"};

KernelCounters::KernelCounters() : file_(open("/proc/vmstat", O_RDONLY | O_CLOEXEC)) {}

KernelCounters::~KernelCounters() {
  if (file_ >= 0) close(file_);
}

KernelCounters::Values KernelCounters::read() const {
  Values values;
  static std::array<char, 65536> text;
  std::size_t size = 0;
  while (file_ >= 0 && size < text.size()) {
    const ssize_t got =
        pread(file_, text.data() + size, text.size() - size, static_cast<off_t>(size));
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  std::string_view rest(text.data(), size);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    for (std::size_t i = 0; i < count; ++i) {
      if (line.substr(0, space) != names[i]) continue;
      std::uint64_t value = 0;
      const char* const last = line.data() + line.size();
      if (std::from_chars(line.data() + space + 1, last, value).ptr == last) values[i] = value;
    }
  }
  return values;
}

nlohmann::ordered_json KernelCounters::json() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < count; ++i) {
    json[names[i]] = nullptr;
    if (before_[i] && after_[i]) json[names[i]] = *after_[i] - *before_[i];
  }
  return json;
}

}  // namespace faultline::kernel
