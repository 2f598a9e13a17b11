// stack_growth.hpp: a stack grows under mmap_lock held for read only: StackRot.
//
// Source
//   CVE-2023-3269, Linux 6.1 to 6.4, found by Ruihan Li: expanding a stack under the read lock
//   replaces a node of the tree, and frees it after an RCU grace period, which another holder of
//   the read lock, who is in no RCU section, does not end. Fixed in 6.5: stacks grow under the
//   write locks.
//
// The kernel kept two growing stacks apart by other locks; here only one grows.
#pragma once

#include "tests/mutants/mutant.hpp"

namespace faultline::mutants {

template <class D>
Vma<D>* expand_stack_beside_readers(Mm<D>& mm, std::uint64_t addr) {
  Vma<D>* vma = mm.tree.find_next(addr);
  const std::uint64_t start = addr - addr % page_size;
  if (mm.tree.find(start - 1) == nullptr) {                  // the guard gap
    detail::resize_vma(mm, *vma, start, vma->vm_end.get());  // mmap_lock is held for read
    return vma;
  }
  mm.mmap_read_unlock();
  return nullptr;
}

// A stack grows while another task faults elsewhere: it looks at the tree, not at the stack's VMA.
template <class D>
struct FaultBelowStack : scenarios::StackGrowth<D> {
  void thread(unsigned i) { this->got[i] = this->fault_at(i, i == 0 ? 9 : 4); }
};

// The tree's node that goes away. Readers of the tree under a VMA lock are inside of RCU: so only
// the design without one is sure to have others.
struct StackRot {
  static constexpr const char* name = "stack_rot";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::use_after_free;

  struct Broken : RealDesign<MmapLockOnly<Checked>> {};
  using Mutant = FaultBelowStack<Broken>;
  using Fixed = FaultBelowStack<RealDesign<MmapLockOnly<Checked>>>;
};

// The bounds of the stack's VMA, which change under its read lock.
struct StackBounds {
  static constexpr const char* name = "stack_bounds";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::data_race;

  struct Broken : RealDesign<VmaRwsem<Checked>> {};
  using Mutant = scenarios::StackGrowth<Broken>;
  using Fixed = scenarios::StackGrowth<RealDesign<VmaRwsem<Checked>>>;
};

}  // namespace faultline::mutants

namespace faultline {

template <>
inline Vma<mutants::StackRot::Broken>* expand_stack(Mm<mutants::StackRot::Broken>& mm,
                                                    std::uint64_t addr) {
  return mutants::expand_stack_beside_readers(mm, addr);
}

template <>
inline Vma<mutants::StackBounds::Broken>* expand_stack(Mm<mutants::StackBounds::Broken>& mm,
                                                       std::uint64_t addr) {
  return mutants::expand_stack_beside_readers(mm, addr);
}

}  // namespace faultline
