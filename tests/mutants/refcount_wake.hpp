// refcount_wake.hpp: the last reader leaves and wakes the writer: each of the two orders left out.
//
// Source
//   What the kernel's comments say they are for (include/linux/refcount.h, kernel/exit.c): a
//   reader's share is given back with release; rcuwait_wake_up() has a full fence between the
//   condition and the waiter's pointer, which pairs with the one of set_current_state().
#pragma once

#include "tests/mutants/mutant.hpp"

namespace faultline::mutants {

// What the reader did need not have happened when the writer goes in.
struct RelaxedEndRead {
  static constexpr const char* name = "relaxed_end_read";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::broken_exclusion;

  struct Broken : Checked {};
  using Mutant = scenarios::ReadersWriter<VmaRefcount<Broken>>;
  using Fixed = scenarios::ReadersWriter<VmaRefcount<Checked>>;
};

// The reader sees no waiter, and the waiter sees the reader still in.
struct WakeWithoutFence {
  static constexpr const char* name = "wake_without_fence";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::lost_wakeup;

  struct Broken : Checked {};
  using Mutant = scenarios::ReadersWriter<VmaRefcount<Broken>>;
  using Fixed = RelaxedEndRead::Fixed;
};

}  // namespace faultline::mutants

namespace faultline {

template <>
inline void VmaRefcount<mutants::RelaxedEndRead::Broken>::end_read(MmPart& mm) {
  const std::uint32_t before = refcnt_.fetch_sub(1, relaxed);  // not release
  FL_ASSERT(before != 0);
  const std::uint32_t now = before - 1;
  if ((now & exclude_readers_flag) != 0 && now <= exclude_readers_flag + 1) mm.wake();
}

template <>
inline void Rcuwait<mutants::WakeWithoutFence::Broken>::wake() {
  // Without the full fence.
  auto* task = task_.load(relaxed);
  if (task != nullptr) mutants::WakeWithoutFence::Broken::unpark(*task);
}

}  // namespace faultline
