// cpu_lists.cpp: lists of CPUs, the affinity mask and pinning: what needs no topology.
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "runner/cpus.hpp"
#include "runner/errors.hpp"
#include "runner/sysfs.hpp"

namespace faultline {

namespace {

constexpr int cpu_limit = 8192;  // the largest NR_CPUS of any architecture

// The kernel refuses a mask smaller than its own, and CPU_SETSIZE is only 1024.
class CpuMask {
 public:
  CpuMask() : set_(CPU_ALLOC(cpu_limit), [](cpu_set_t* set) { CPU_FREE(set); }) {
    CPU_ZERO_S(size(), get());
  }
  [[nodiscard]] cpu_set_t* get() const { return set_.get(); }
  [[nodiscard]] static size_t size() { return CPU_ALLOC_SIZE(cpu_limit); }
  void add(int cpu) { CPU_SET_S(static_cast<size_t>(cpu), size(), get()); }
  [[nodiscard]] bool has(int cpu) const {
    return CPU_ISSET_S(static_cast<size_t>(cpu), size(), get()) != 0;
  }

 private:
  std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set_;
};

std::string error_text(int error) {
  return std::generic_category().message(error);
}

}  // namespace

std::vector<int> allowed_cpus() {
  CpuMask mask;
  if (sched_getaffinity(0, CpuMask::size(), mask.get()) != 0) {
    throw Failure(exit_code::environment,
                  "sched_getaffinity: " + error_text(errno) + "; allow it in the sandbox");
  }
  std::vector<int> cpus;
  for (int cpu = 0; cpu < cpu_limit; ++cpu) {
    if (mask.has(cpu)) cpus.push_back(cpu);
  }
  return cpus;
}

std::optional<std::vector<int>> parse_cpu_list(std::string_view text) {
  std::vector<int> cpus;
  std::vector<bool> named(cpu_limit, false);
  for (const std::string_view term : split(text, ',')) {
    const size_t dash = term.find('-');
    const std::optional<int64_t> first = parse_count(term.substr(0, dash));
    const std::optional<int64_t> last =
        dash == std::string_view::npos ? first : parse_count(term.substr(dash + 1));
    if (!first || !last || *first > *last || *last >= cpu_limit) return std::nullopt;
    for (int cpu = static_cast<int>(*first); cpu <= static_cast<int>(*last); ++cpu) {
      if (named[static_cast<size_t>(cpu)]) return std::nullopt;
      named[static_cast<size_t>(cpu)] = true;
      cpus.push_back(cpu);
    }
  }
  return cpus;
}

std::string cpu_list_text(std::vector<int> cpus) {
  std::ranges::sort(cpus);
  std::string text;
  for (size_t first = 0, last = 0; first < cpus.size(); first = last + 1) {
    last = first;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(cpus[first]);
    if (last > first) text += '-' + std::to_string(cpus[last]);
  }
  return text;
}

std::optional<std::string> pin_self(int cpu) {
  if (cpu < 0 || cpu >= cpu_limit) return "no CPU has the number " + std::to_string(cpu);
  CpuMask mask;
  mask.add(cpu);
  if (sched_setaffinity(0, CpuMask::size(), mask.get()) == 0) return std::nullopt;
  return "cannot pin to CPU " + std::to_string(cpu) + ": " + error_text(errno);
}

}  // namespace faultline
