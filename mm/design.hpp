// design.hpp: one complete scheme: a lock word, where it lies, and what checks it. The free policy
// comes with the lock word; mm_lock_seq is the seqcount kind of Linux 6.14 and later in all of
// them.
#pragma once

#include <cstdint>

#include "lockimpls/lock.hpp"
#include "mm/check.hpp"
#include "platform/platform.hpp"

namespace faultline {

enum class Placement : std::uint8_t {
  none,      // there is no lock in the VMA
  separate,  // an object of its own, densely packed with those of other VMAs
  embedded,  // in the VMA, at the start of a cache line
};

template <Platform Plat, VmaLock<Plat> LockWord, Placement where,
          class Checks = PairedCounters<Plat>>
struct Design {
  using P = Plat;
  using Lock = LockWord;
  using Check = Checks;
  static constexpr Placement placement = where;

  static_assert(Lock::per_vma == (where != Placement::none));
};

}  // namespace faultline
