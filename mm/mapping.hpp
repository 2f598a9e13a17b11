// mapping.hpp: what changes the map: mmap, munmap, mprotect, and exit. All under mmap_lock for
// write.
#pragma once

#include <cstdint>

#include "mm/mm.hpp"

namespace faultline {

enum class MapError : std::uint8_t {
  none,
  invalid,    // EINVAL: not page-aligned, empty, or beyond the end of the address space
  exists,     // EEXIST: something is mapped there (MAP_FIXED_NOREPLACE)
  no_memory,  // ENOMEM: a hole in the range, or the gather phase failed
};

inline constexpr std::uint64_t task_size = std::uint64_t{1} << 47;

namespace detail {

inline bool valid_range(std::uint64_t addr, std::uint64_t length) {
  return addr % page_size == 0 && length % page_size == 0 && length != 0 && addr < task_size &&
         length <= task_size - addr;
}

template <class D>
void resize_vma(Mm<D>& mm, Vma<D>& vma, std::uint64_t start, std::uint64_t end) {
  mm.tree.resize(vma.vm_start.get(), start, end, &vma);
  vma.vm_start.set(start);
  vma.vm_end.set(end);
  vma.vm_pgoff.set(start / page_size);
}

// A new VMA, write-locked while it is still detached, then attached and put into the tree.
template <class D>
Vma<D>* add_vma(Mm<D>& mm, std::uint64_t start, std::uint64_t end, std::uint64_t flags) {
  Vma<D>* vma = mm.vm_area_alloc();
  vma->vm_start.set(start);
  vma->vm_end.set(end);
  vma->vm_flags.set(flags);
  vma->vm_page_prot.set(flags);
  vma->vm_pgoff.set(start / page_size);
  mm.vma_start_write(*vma);
  mm.vma_mark_attached(*vma);
  mm.tree.insert(start, end, vma);
  mm.map_count.set(mm.map_count.get() + 1);
  return vma;
}

// Takes the VMA out of the tree for good; it stays write-locked until the section ends.
template <class D>
void drop_vma(Mm<D>& mm, Vma<D>& vma) {
  mm.tree.erase(vma.vm_start.get());
  mm.map_count.set(mm.map_count.get() - 1);
}

// Cuts the VMA in two at addr; returns the upper half.
template <class D>
Vma<D>* split_vma(Mm<D>& mm, Vma<D>& vma, std::uint64_t addr) {
  mm.vma_start_write(vma);
  const std::uint64_t end = vma.vm_end.get();
  resize_vma(mm, vma, vma.vm_start.get(), addr);
  Vma<D>* upper = add_vma(mm, addr, end, vma.vm_flags.get());
  upper->anon_vma.store(vma.anon_vma.load(relaxed), relaxed);
  return upper;
}

// Joins the VMA with the one behind it if they touch and agree. The one behind is freed by the
// caller, once the section has ended: returned, or null.
template <class D>
Vma<D>* merge_with_next(Mm<D>& mm, Vma<D>& vma) {
  Vma<D>* next = mm.tree.find(vma.vm_end.get());
  if (next == nullptr || next->vm_flags.get() != vma.vm_flags.get()) return nullptr;
  const std::uint64_t anon = vma.anon_vma.load(relaxed);
  const std::uint64_t next_anon = next->anon_vma.load(relaxed);
  if (anon != 0 && next_anon != 0 && anon != next_anon) return nullptr;  // is_mergeable_anon_vma
  mm.vma_start_write(vma);
  mm.vma_start_write(*next);
  mm.vma_mark_detached(*next);
  drop_vma(mm, *next);
  if (anon == 0) vma.anon_vma.store(next_anon, relaxed);
  resize_vma(mm, vma, vma.vm_start.get(), next->vm_end.get());
  return next;
}

// Frees a list of VMAs chained by next_gathered.
template <class D>
void free_gathered(Mm<D>& mm, Vma<D>* vma, bool now) {
  while (vma != nullptr) {
    Vma<D>* next = vma->next_gathered.get();
    mm.vm_area_free(vma, now);
    vma = next;
  }
}

template <class D>
void gather(Vma<D>*& list, Vma<D>* vma) {
  if (vma == nullptr) return;
  vma->next_gathered.set(list);
  list = vma;
}

}  // namespace detail

// Maps [addr, addr + length) anonymously, where nothing is mapped yet. Joins neighbours that touch
// and have the same flags, as the kernel does.
template <class D>
MapError mmap(Mm<D>& mm, std::uint64_t addr, std::uint64_t length, std::uint64_t flags) {
  if (!detail::valid_range(addr, length)) return MapError::invalid;
  const std::uint64_t end = addr + length;
  Vma<D>* freed = nullptr;
  mm.mmap_write_lock();
  Vma<D>* next = mm.tree.find_next(addr);
  if (next != nullptr && next->vm_start.get() < end) {
    mm.mmap_write_unlock();
    return MapError::exists;
  }
  Vma<D>* prev = addr == 0 ? nullptr : mm.tree.find(addr - 1);
  Vma<D>* vma = nullptr;
  if (prev != nullptr && prev->vm_flags.get() == flags) {
    vma = prev;
    mm.vma_start_write(*vma);
    detail::resize_vma(mm, *vma, vma->vm_start.get(), end);
    detail::gather(freed, detail::merge_with_next(mm, *vma));
  } else if (next != nullptr && next->vm_start.get() == end && next->vm_flags.get() == flags) {
    mm.vma_start_write(*next);
    detail::resize_vma(mm, *next, addr, next->vm_end.get());
  } else {
    detail::add_vma(mm, addr, end, flags);
  }
  mm.mmap_write_unlock();
  detail::free_gathered(mm, freed, /*now=*/false);
  return MapError::none;
}

namespace detail {

// Write-locks and detaches every VMA of the range, splitting those that stick out. On failure all
// are attached again and the map is as before, but for the splits.
template <class D>
MapError munmap_gather(Mm<D>& mm, std::uint64_t start, std::uint64_t end, Vma<D>*& gathered) {
  std::uint64_t n = 0;
  for (Vma<D>* vma = mm.tree.find_next(start); vma != nullptr && vma->vm_start.get() < end;
       vma = mm.tree.find_next(vma->vm_end.get())) {
    if (vma->vm_start.get() < start) vma = split_vma(mm, *vma, start);
    if (vma->vm_end.get() > end) split_vma(mm, *vma, end);
    mm.vma_start_write(*vma);
    mm.vma_mark_detached(*vma);
    gather(gathered, vma);
    if (++n == mm.fail_gather_at.get()) {
      for (Vma<D>* back = gathered; back != nullptr; back = back->next_gathered.get()) {
        mm.vma_mark_attached(*back);
      }
      gathered = nullptr;
      return MapError::no_memory;
    }
  }
  return MapError::none;
}

}  // namespace detail

// Unmaps whatever is mapped in the range. As in the kernel the pages are zapped after mmap_lock was
// downgraded, so that faults elsewhere go on.
template <class D>
MapError munmap(Mm<D>& mm, std::uint64_t addr, std::uint64_t length) {
  if (!detail::valid_range(addr, length)) return MapError::invalid;
  Vma<D>* gathered = nullptr;
  mm.mmap_write_lock();
  const MapError error = detail::munmap_gather(mm, addr, addr + length, gathered);
  if (error != MapError::none || gathered == nullptr) {
    mm.mmap_write_unlock();
    return error;
  }
  for (Vma<D>* vma = gathered; vma != nullptr; vma = vma->next_gathered.get()) {
    detail::drop_vma(mm, *vma);
  }
  mm.mmap_write_downgrade();
  for (Vma<D>* vma = gathered; vma != nullptr; vma = vma->next_gathered.get()) {
    mm.pages.zap(vma->vm_start.get(), vma->vm_end.get());
  }
  mm.mmap_read_unlock();
  detail::free_gathered(mm, gathered, /*now=*/false);
  return MapError::none;
}

// Changes the access of a range that is mapped without holes (a stack stays one): splits at its
// edges, merges where neighbours agree afterwards. Page-table entries carry no access bits here, so
// none are touched.
template <class D>
MapError mprotect(Mm<D>& mm, std::uint64_t addr, std::uint64_t length, std::uint64_t flags) {
  if (!detail::valid_range(addr, length)) return MapError::invalid;
  const std::uint64_t end = addr + length;
  Vma<D>* freed = nullptr;
  MapError error = MapError::none;
  mm.mmap_write_lock();
  for (std::uint64_t at = addr; at < end;) {
    Vma<D>* vma = mm.tree.find(at);
    if (vma == nullptr) {
      error = MapError::no_memory;  // what lies before the hole has been changed, as in the kernel
      break;
    }
    const std::uint64_t wanted = flags | (vma->vm_flags.get() & vm_growsdown);
    if (vma->vm_flags.get() != wanted) {
      if (vma->vm_start.get() < at) vma = detail::split_vma(mm, *vma, at);
      if (vma->vm_end.get() > end) detail::split_vma(mm, *vma, end);
      mm.vma_start_write(*vma);
      vma->vm_flags.set(wanted);
      vma->vm_page_prot.set(flags);
    }
    at = vma->vm_end.get();
    Vma<D>* prev = vma->vm_start.get() == 0 ? nullptr : mm.tree.find(vma->vm_start.get() - 1);
    if (prev != nullptr && prev->vm_flags.get() == wanted) {
      Vma<D>* merged = detail::merge_with_next(mm, *prev);
      detail::gather(freed, merged);
      if (merged != nullptr) vma = prev;
    }
    if (at >= end) detail::gather(freed, detail::merge_with_next(mm, *vma));
  }
  mm.mmap_write_unlock();
  detail::free_gathered(mm, freed, /*now=*/false);
  return error;
}

// The last user is gone: unmaps everything and drops the mm, which must not be used any more.
template <class D>
void exit_mmap(Mm<D>* mm) {
  Vma<D>* gathered = nullptr;
  mm->mmap_write_lock();
  for (Vma<D>* vma = mm->tree.find_next(0); vma != nullptr;
       vma = mm->tree.find_next(vma->vm_end.get())) {
    mm->vma_start_write(*vma);
    mm->vma_mark_detached(*vma);
    detail::gather(gathered, vma);
  }
  mm->tree.clear();
  mm->mmap_write_unlock();
  // Nobody else runs in this mm. A reader from another mm that looks at a VMA of ours only because
  // it was reused has been waited for by vma_mark_detached().
  detail::free_gathered(*mm, gathered, /*now=*/true);
  mm->mmdrop();
}

}  // namespace faultline
