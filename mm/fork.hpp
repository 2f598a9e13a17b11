// fork.hpp: dup_mmap: copies the map into a new mm. Every VMA of the parent is write-locked, so
// that no fault changes it half-way (Linux 6.5; without that the copy could miss a page).
//
// Page tables are not copied: the child faults its pages in again.
#pragma once

#include "mm/mapping.hpp"
#include "mm/mm.hpp"

namespace faultline {

// Returns the child's mm, which the caller ends by exit_mmap().
template <class D>
Mm<D>* fork(Mm<D>& parent) {
  Mm<D>* child = Mm<D>::create(parent.system);
  parent.mmap_write_lock();
  child->mmap_write_lock();
  for (Vma<D>* vma = parent.tree.find_next(0); vma != nullptr;
       vma = parent.tree.find_next(vma->vm_end.get())) {
    // unforced(changed): for page tables, which are not copied here; the bug that it fixed is
    // tests/mutants/fork_beside_faults.hpp, which copies them
    parent.vma_start_write(*vma);
    Vma<D>* copy =
        detail::add_vma(*child, vma->vm_start.get(), vma->vm_end.get(), vma->vm_flags.get());
    copy->anon_vma.store(vma->anon_vma.load(relaxed), relaxed);
  }
  child->mmap_write_unlock();
  parent.mmap_write_unlock();
  return child;
}

// Write-locks every VMA and lets go: what fork does to the faults of its parent, without a child.
// The harness checks locks with it.
template <class D>
std::uint64_t write_lock_all_vmas(Mm<D>& mm) {
  std::uint64_t n = 0;
  mm.mmap_write_lock();
  for (Vma<D>* vma = mm.tree.find_next(0); vma != nullptr;
       vma = mm.tree.find_next(vma->vm_end.get())) {
    mm.vma_start_write(*vma);
    ++n;
  }
  mm.mmap_write_unlock();
  return n;
}

}  // namespace faultline
