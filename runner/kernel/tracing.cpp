// tracing.cpp: perf events on tracepoints: counters for all, and samples of asking for mmap_lock.
// See perf_event_open(2).
#include "runner/kernel/tracing.hpp"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "runner/histogram.hpp"
#include "runner/sysfs.hpp"

namespace faultline::kernel {

using Json = nlohmann::ordered_json;

namespace {

struct Counted {
  const char* name;
  const char* tracepoint;
  const char* filter;  // null: none
};
constexpr Counted counted[] = {
    {"page_faults_user", "exceptions/page_fault_user", nullptr},
    {"system_calls", "raw_syscalls/sys_enter", nullptr},
    {"mmap_lock_read", "mmap_lock/mmap_lock_acquire_returned", "success == 1 && write == 0"},
    {"mmap_lock_write", "mmap_lock/mmap_lock_acquire_returned", "success == 1 && write == 1"},
};
constexpr const char* asked_for = "mmap_lock/mmap_lock_start_locking";
constexpr const char* got = "mmap_lock/mmap_lock_acquire_returned";
constexpr std::size_t page_bytes = 4096;
constexpr std::size_t ring_bytes = std::size_t{1} << 20;

// The folder of the kernel's events; nothing where they cannot be seen.
std::optional<std::string> events_folder(const std::string& root) {
  for (const char* place : {"/sys/kernel/tracing/events/", "/sys/kernel/debug/tracing/events/"}) {
    if (!list_directory(root + place).empty()) return root + place;
  }
  return std::nullopt;
}

// Of all processes forked later, too. -1, with errno, where that is refused.
int open_event(std::uint64_t tracepoint, int cpu, bool samples) {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.size = sizeof attr;
  attr.config = tracepoint;
  attr.disabled = 1;
  attr.inherit = 1;
  if (samples) {
    attr.sample_period = 1;
    attr.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME;
  }
  return static_cast<int>(syscall(SYS_perf_event_open, &attr, 0, cpu, -1, PERF_FLAG_FD_CLOEXEC));
}

struct Sample {
  std::uint64_t time;
  std::uint32_t task;
  bool has_it;  // else: asks for it
};

// What a ring holds: of one CPU, of both events.
class Ring {
 public:
  Ring(int asks, int has) : asks_(asks), has_(has) {}
  // False, with errno, where memory for it is refused.
  bool map() {
    void* memory =
        mmap(nullptr, page_bytes + ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, asks_, 0);
    if (memory == MAP_FAILED) return false;
    base_ = static_cast<char*>(memory);
    return ioctl(has_, PERF_EVENT_IOC_SET_OUTPUT, asks_) == 0 &&
           ioctl(has_, PERF_EVENT_IOC_ID, &has_id_) == 0;
  }
  void enable(bool on) const {
    for (const int event : {asks_, has_}) {
      ioctl(event, on ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE, 0);
    }
  }
  void read(std::vector<Sample>& samples) const {
    const auto* const head = reinterpret_cast<perf_event_mmap_page*>(base_);
    const std::uint64_t end = head->data_head;
    std::atomic_thread_fence(std::memory_order_acquire);
    std::uint64_t at = 0;
    while (at + sizeof(perf_event_header) <= end) {
      perf_event_header header{};
      copy(&header, at, sizeof header);
      if (header.size == 0) return;
      if (header.type == PERF_RECORD_SAMPLE) {
        struct {
          std::uint64_t id;
          std::uint32_t process;
          std::uint32_t task;
          std::uint64_t time;
        } body{};
        copy(&body, at + sizeof header, sizeof body);
        samples.push_back({body.time, body.task, body.id == has_id_});
      }
      at += header.size;
    }
  }
  void close_all() const {
    if (base_ != nullptr) munmap(base_, page_bytes + ring_bytes);
    close(asks_);
    close(has_);
  }

 private:
  // The ring is not written over: it stops when it is full.
  void copy(void* to, std::uint64_t at, std::size_t bytes) const {
    char* out = static_cast<char*>(to);
    for (std::size_t i = 0; i < bytes; ++i) out[i] = base_[page_bytes + (at + i) % ring_bytes];
  }

  int asks_;
  int has_;
  std::uint64_t has_id_ = 0;
  char* base_ = nullptr;
};

std::string refused(int error) {
  if (error == EACCES || error == EPERM) {
    return "tracepoints are refused; be root, or set sysctl kernel.perf_event_paranoid=-1";
  }
  return std::string("perf_event_open: ") + std::strerror(error) +
         "; the kernel needs CONFIG_PERF_EVENTS and CONFIG_EVENT_TRACING";
}

}  // namespace

struct Tracing::State {
  std::optional<std::string> folder;
  std::vector<int> counters = std::vector<int>(std::size(counted), -1);
  std::vector<Ring> rings;
  std::string reason;

  void note(const std::string& why) {
    if (reason.empty()) reason = why;
  }

  std::optional<std::uint64_t> tracepoint(const std::string& name) {
    const auto id = read_integer(*folder + name + "/id");
    if (id) return static_cast<std::uint64_t>(*id);
    note("no tracepoint " + name + "; be root, or the kernel was built without it");
    return std::nullopt;
  }

  void open_counters() {
    for (std::size_t i = 0; i < std::size(counted); ++i) {
      const auto id = tracepoint(counted[i].tracepoint);
      if (!id) continue;
      const int event = open_event(*id, -1, /*samples=*/false);
      if (event < 0) {
        note(refused(errno));
        continue;
      }
      if (counted[i].filter != nullptr &&
          ioctl(event, PERF_EVENT_IOC_SET_FILTER, counted[i].filter) != 0) {
        note(std::string("no filter on ") + counted[i].tracepoint + ": " + std::strerror(errno));
        close(event);
        continue;
      }
      counters[i] = event;
    }
  }

  // One ring a CPU, or none at all: half of the CPUs would show half of the waits.
  void open_rings() {
    const auto asks = tracepoint(asked_for);
    const auto has = tracepoint(got);
    if (!asks || !has) return;
    const long cpus = sysconf(_SC_NPROCESSORS_CONF);
    for (int cpu = 0; cpu < cpus; ++cpu) {
      const int first = open_event(*asks, cpu, /*samples=*/true);
      if (first < 0 && errno == ENODEV) continue;  // that CPU is off
      const int second = first < 0 ? -1 : open_event(*has, cpu, /*samples=*/true);
      if (second < 0) {
        note(refused(errno));
        if (first >= 0) close(first);
        close_rings();
        return;
      }
      rings.emplace_back(first, second);
      if (!rings.back().map()) {
        note("no memory for samples of mmap_lock; raise ulimit -l");
        close_rings();
        return;
      }
    }
  }

  void close_rings() {
    for (const Ring& ring : rings) ring.close_all();
    rings.clear();
  }

  void enable(bool on) const {
    for (const int event : counters) {
      if (event >= 0) ioctl(event, on ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE, 0);
    }
    for (const Ring& ring : rings) ring.enable(on);
  }

  [[nodiscard]] Json waits() const {
    if (rings.empty()) return nullptr;
    std::vector<Sample> samples;
    for (const Ring& ring : rings) ring.read(samples);
    std::stable_sort(samples.begin(), samples.end(),
                     [](const Sample& a, const Sample& b) { return a.time < b.time; });
    std::map<std::uint32_t, std::uint64_t> asking;
    Histogram histogram;
    std::uint64_t sum = 0;
    for (const Sample& sample : samples) {
      if (!sample.has_it) {
        asking[sample.task] = sample.time;
        continue;
      }
      const auto since = asking.find(sample.task);
      if (since == asking.end()) continue;  // it only tried
      histogram.add(sample.time - since->second);
      sum += sample.time - since->second;
      asking.erase(since);
    }
    const std::uint64_t n = histogram.count();
    if (n == 0) return {{"n", 0}, {"mean_ns", nullptr}, {"p99_ns", nullptr}, {"max_ns", nullptr}};
    return {{"n", n},
            {"mean_ns", static_cast<double>(sum) / static_cast<double>(n)},
            {"p99_ns", histogram.quantile(0.99)},
            {"max_ns", histogram.most()}};
  }
};

Tracing::Tracing(const std::string& root) : state_(std::make_unique<State>()) {
  state_->folder = events_folder(root);
  if (!state_->folder) {
    state_->note("no tracefs here; be root, and mount -t tracefs nodev /sys/kernel/tracing");
    return;
  }
  state_->open_counters();
  state_->open_rings();
}

Tracing::~Tracing() {
  for (const int event : state_->counters) {
    if (event >= 0) close(event);
  }
  state_->close_rings();
}

void Tracing::begin() {
  state_->enable(true);
}

void Tracing::end() {
  state_->enable(false);
}

Json Tracing::json() const {
  Json json = Json::object();
  for (std::size_t i = 0; i < std::size(counted); ++i) {
    std::uint64_t value = 0;
    const int event = state_->counters[i];
    const bool known = event >= 0 && ::read(event, &value, sizeof value) == sizeof value;
    json[counted[i].name] = known ? Json(value) : Json(nullptr);
  }
  json["mmap_lock_wait"] = state_->waits();
  json["reason"] = state_->reason.empty() ? Json(nullptr) : Json(state_->reason);
  return json;
}

}  // namespace faultline::kernel
