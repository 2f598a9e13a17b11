// tracing.hpp: tracepoints of the kernel while a window is open: how often mmap_lock was taken, and
// how long it was waited for.
//
// A tracepoint that is on makes what it traces slower: it is for a trial of its own, whose
// throughput counts for nothing. Counted are this process and those that it forks from then on.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace faultline::kernel {

class Tracing {
 public:
  // root: of the file system, for tests.
  explicit Tracing(const std::string& root = "");
  ~Tracing();
  Tracing(const Tracing&) = delete;
  Tracing& operator=(const Tracing&) = delete;

  // The processes of a trial are forked between the constructor and this.
  void begin();
  void end();
  // page_faults_user, system_calls, mmap_lock_read, mmap_lock_write (times taken), mmap_lock_wait
  // (n, mean_ns, p99_ns, max_ns: of the first that fit into 1 MiB for each CPU, from asking to
  // having it, for those who did not merely try), reason. What could not be counted is null, and
  // reason says why, with the cure.
  [[nodiscard]] nlohmann::ordered_json json() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace faultline::kernel
