// mutant.hpp: what a mutant is: a bug that a lock, or the kernel, really had, as a small variant of
// the design, with the scenario that finds it.
//
// A design's type is also a tag. A mutant derives a design, or a platform, of its own that is the
// real one in everything, and specializes the one function with the bug for it: all other code is
// the project's. Its members:
//   name      of the bug, and of its counterexample in golden/
//   threads   how many the scenario has
//   failure   what is found
//   Mutant    the scenario with the bug
//   Fixed     the same scenario without it, which is verified
#pragma once

#include "checker/failure.hpp"
#include "checker/scenarios/address_space.hpp"
#include "checker/scenarios/word.hpp"

namespace faultline::mutants {

using checker::Failure;

template <class Lock, Placement where = Lock::per_vma ? Placement::embedded : Placement::none>
using RealDesign = Design<Checked, Lock, where, CheckedSections>;

}  // namespace faultline::mutants
