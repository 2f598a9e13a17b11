// memory.hpp: the memory that simulated programs live in, and the state of each of its cache lines.
//
// One arena holds all objects and all stacks, so an address is an offset and a line's state lies in
// a table beside it: objects keep the layout that they have on the host, and two words in one line
// share it here as well. Words on a task's stack (the waiters of a semaphore) are the exception:
// where they lie is the compiler's business, so all of a stack counts as one line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "simulator/time.hpp"

namespace faultline::simulator {

using LineId = std::uint32_t;
using RequestId = std::uint32_t;  // 0: none
using WatchId = std::uint32_t;    // 0: none

inline constexpr std::size_t line_bytes = 64;
inline constexpr unsigned cores_max = 1024;

// Lines begin as zeroes.
struct Line {
  Picoseconds free_at = 0;  // the end of the owner's residency window
  RequestId first = 0;      // the queue at its home
  RequestId last = 0;
  RequestId snooping = 0;  // is being served, but the owner does not know yet
  WatchId watchers = 0;    // tasks that spin on it
  WatchId last_watcher = 0;
  std::uint32_t sharers = 0;    // number of a set, 0: none
  std::uint32_t transfers = 0;  // counts its transactions, for their chance
  std::uint32_t choices = 0;    // made among those who queued
  std::uint32_t report = 0;     // number of its LineReport, 0: none
  std::uint16_t owner = 0;      // core + 1; 0: none
  std::uint16_t queued = 0;
  std::uint16_t bypassed = 0;
  std::uint16_t last_far = 0;  // core + 1 whose far atomic came last
  std::uint8_t home = 0;       // node + 1; 0: nobody has touched it
  bool busy = false;           // a transaction or a residency window is going on
  bool at_home = false;        // last changed by a far atomic: the home has it
};
static_assert(sizeof(Line) <= line_bytes);

// The cores that hold a copy of a line.
struct SharerSet {
  std::uint64_t words[cores_max / 64] = {};

  bool has(unsigned core) const { return (words[core / 64] >> (core % 64) & 1) != 0; }
  void add(unsigned core) { words[core / 64] |= std::uint64_t{1} << (core % 64); }
  // How many of the cores [first, first + count) are in.
  unsigned count_in(unsigned first, unsigned count) const;
};

class Memory {
 public:
  // Stacks of `tasks` tasks lie below everything else. Throws std::bad_alloc.
  explicit Memory(unsigned tasks);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  std::byte* stack_top(unsigned task) const {
    return base_ + (task + std::size_t{1}) * stack_bytes;
  }
  bool inside(const void* address) const {
    return static_cast<const std::byte*>(address) >= base_ &&
           static_cast<const std::byte*>(address) < base_ + arena_bytes;
  }
  LineId line_of(const void* address) const {
    const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(address) - base_);
    if (offset < stacks_bytes_) return first_stack + static_cast<LineId>(offset / stack_bytes);
    return static_cast<LineId>((offset - stacks_bytes_) / line_bytes);
  }
  // Stacks come last: the other lines' numbers, and with them their luck, do not depend on how many
  // tasks there are.
  bool is_stack(LineId line) const { return line >= first_stack; }
  // The other line of its 128 bytes.
  LineId pair_of(LineId line) const { return line ^ 1u; }
  Line& line(LineId id) { return lines_[id]; }

  // Memory that is never given back, zeroed. Throws std::bad_alloc.
  void* allocate(std::size_t bytes, std::size_t align);
  // What has been allocated so far is at home on the first node.
  void setup_ends() { setup_end_ = line_of(base_ + used_ - 1) + 1; }
  bool from_setup(LineId line) const { return line < setup_end_ || is_stack(line); }

  SharerSet& sharers(Line& line);
  void drop_sharers(Line& line);

  static constexpr std::size_t stack_bytes = std::size_t{64} << 10;

 private:
  static constexpr std::size_t arena_bytes = std::size_t{64} << 30;
  static constexpr LineId first_stack = arena_bytes / line_bytes;

  const unsigned stacks_;
  const std::size_t stacks_bytes_;
  std::byte* base_;
  Line* lines_;
  std::size_t used_;
  LineId setup_end_ = 0;
  std::vector<SharerSet> sets_;
  std::vector<std::uint32_t> free_sets_;
};

}  // namespace faultline::simulator
