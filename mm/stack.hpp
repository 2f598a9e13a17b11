// stack.hpp: a mapping that grows downwards when a fault hits just below it.
//
// As in Linux since 6.5 a stack grows under mmap_lock held for write, with the VMA write-locked.
// Until then it grew under mmap_lock held for read, beside readers of the tree whose nodes went
// away under them (CVE-2023-3269, "StackRot").
//
// The guard gap is one page (the kernel's: 256), whatever lies below it; there is no limit to the
// size of a stack (RLIMIT_STACK).
#pragma once

#include <cstdint>

#include "mm/mapping.hpp"
#include "mm/mm.hpp"

namespace faultline {

namespace detail {

// Lets the VMA, the next one above addr, begin at the page of addr. mmap_lock is held for write.
template <class D>
bool grow_down(Mm<D>& mm, Vma<D>& vma, std::uint64_t addr) {
  if ((vma.vm_flags.get() & vm_growsdown) == 0) return false;
  const std::uint64_t start = addr - addr % page_size;
  if (start == 0 || mm.tree.find(start - 1) != nullptr) return false;  // the guard gap
  mm.vma_start_write(vma);
  resize_vma(mm, vma, start, vma.vm_end.get());
  return true;
}

}  // namespace detail

// With mmap_lock held for read and no VMA at addr: grows the stack above it to cover addr. Returns
// the VMA that does then, or null: then mmap_lock has been dropped.
template <class D>
Vma<D>* expand_stack(Mm<D>& mm, std::uint64_t addr) {
  mm.mmap_read_unlock();
  mm.mmap_write_lock();
  // Another task may have grown it meanwhile, or unmapped it.
  Vma<D>* vma = mm.tree.find_next(addr);
  if (vma != nullptr && (vma->vm_start.get() <= addr || detail::grow_down(mm, *vma, addr))) {
    mm.mmap_write_downgrade();
    return vma;
  }
  mm.mmap_write_unlock();
  return nullptr;
}

// Takes mmap_lock for read and finds the VMA at addr, growing a stack if that is what it takes.
// Null: there is none, and mmap_lock is not held.
template <class D>
Vma<D>* lock_mm_and_find_vma(Mm<D>& mm, std::uint64_t addr) {
  if (!mm.mmap_read_trylock()) mm.mmap_read_lock();  // as get_mmap_lock_carefully() does
  Vma<D>* vma = mm.tree.find(addr);
  if (vma != nullptr) return vma;
  vma = mm.tree.find_next(addr);
  if (vma != nullptr && (vma->vm_flags.get() & vm_growsdown) != 0) return expand_stack(mm, addr);
  mm.mmap_read_unlock();
  return nullptr;
}

}  // namespace faultline
