// end_read_of_refused.hpp: the fault gives back a lock that it was refused.
//
// Source
//   Series v10 of February 2025 as posted: the branch for a VMA that could not be locked called
//   vma_end_read() all the same; fixed in -mm before it was merged (6.15). There it crashed on an
//   error pointer. With the VMA at hand the count goes wrong.
#pragma once

#include "tests/mutants/mutant.hpp"

namespace faultline::mutants {

struct EndReadOfRefused {
  static constexpr const char* name = "end_read_of_refused";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::assertion;

  struct Broken : RealDesign<VmaRefcount<Checked>> {};
  using Mutant = scenarios::FaultMunmap<Broken>;
  using Fixed = scenarios::FaultMunmap<RealDesign<VmaRefcount<Checked>>>;
};

}  // namespace faultline::mutants

namespace faultline {

template <>
inline TryRead Mm<mutants::EndReadOfRefused::Broken>::vma_start_read(
    Vma<mutants::EndReadOfRefused::Broken>& vma) {
  if (vma.vm_lock_seq.load(relaxed) == mm_lock_seq.load(relaxed)) {
    P::rcu_read_unlock();
    return TryRead::busy;
  }
  const TryRead got = vma.lock().try_read();
  if (got != TryRead::ok) {
    vma.lock().end_read(lock_part);  // nothing was taken
    P::rcu_read_unlock();
    return got;
  }
  if (vma.vm_mm.get() != this) {
    leave_foreign_vma(vma);
    return TryRead::busy;
  }
  if (vma.vm_lock_seq.load(relaxed) == mm_lock_seq.load(acquire)) {
    vma.lock().end_read(lock_part);
    P::rcu_read_unlock();
    return TryRead::busy;
  }
  return TryRead::ok;
}

}  // namespace faultline
