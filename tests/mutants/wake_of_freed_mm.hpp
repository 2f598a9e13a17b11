// wake_of_freed_mm.hpp: giving a VMA back wakes the writer of an mm that may be gone.
//
// Source
//   Linux 6.15 and 6.16: a reader takes a VMA that became another mm's under it, sees that and
//   gives it back. With its count gone that mm may exit before its writer is woken. Found by Jann
//   Horn, July 2025; fixed by holding a reference on the other mm (20250728175355.2282375-1).
#pragma once

#include "tests/mutants/mutant.hpp"

namespace faultline::mutants {

struct WakeOfFreedMm {
  static constexpr const char* name = "wake_of_freed_mm";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::use_after_free;

  struct Broken : RealDesign<VmaRefcount<Checked>> {};
  using Mutant = scenarios::RecycledVma<Broken>;
  using Fixed = scenarios::RecycledVma<RealDesign<VmaRefcount<Checked>>>;
};

}  // namespace faultline::mutants

namespace faultline {

template <>
inline void Mm<mutants::WakeOfFreedMm::Broken>::leave_foreign_vma(
    Vma<mutants::WakeOfFreedMm::Broken>& vma) {
  Mm* other = vma.vm_mm.get();
  P::rcu_read_unlock();
  vma.lock().end_read(other->lock_part);  // without mmgrab() before and mmdrop() behind it
}

}  // namespace faultline
