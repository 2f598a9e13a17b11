// fault.hpp: the page-fault path: try the VMA lock, fall back to mmap_lock.
#pragma once

#include <cstdint>

#include "mm/mm.hpp"
#include "mm/stack.hpp"

namespace faultline {

enum class Fault : std::uint8_t {
  done,  // the page is there now
  segv,  // no mapping, or not with this access
};

namespace detail {

enum class Handled : std::uint8_t { done, retry };

inline bool access_allowed(std::uint64_t vm_flags, bool write) {
  return (vm_flags & (write ? vm_write : vm_read)) != 0;
}

// The anon_vma that a VMA gets: a neighbour's, so that they can merge again after a split (the
// kernel's find_mergeable_anon_vma), or one of its own. mmap_lock is held, so the tree stands
// still.
template <class D>
std::uint64_t anon_vma_for(Mm<D>& mm, Vma<D>& vma) {
  const std::uint64_t start = vma.vm_start.get();
  const Vma<D>* const neighbours[] = {start == 0 ? nullptr : mm.tree.find(start - 1),
                                      mm.tree.find(vma.vm_end.get())};
  for (const Vma<D>* neighbour : neighbours) {
    if (neighbour == nullptr) continue;
    // unforced(relaxed): a number here; in the kernel it points to what the neighbour has made
    const std::uint64_t theirs = neighbour->anon_vma.load(acquire);
    if (theirs != 0) return theirs;
  }
  return start | 1;
}

// The first anonymous fault of a VMA prepares its anon_vma, which needs mmap_lock (since 6.10 tried
// for while the VMA lock is held).
template <class D>
bool prepare_anon_vma(Mm<D>& mm, Vma<D>& vma, bool under_vma_lock) {
  if (vma.anon_vma.load(relaxed) != 0) return true;
  if (under_vma_lock && !mm.mmap_read_trylock()) return false;
  std::uint64_t none = 0;
  // unforced(relaxed): as above
  vma.anon_vma.compare_exchange_strong(none, anon_vma_for(mm, vma), release);
  if (under_vma_lock) mm.mmap_read_unlock();
  return true;
}

// Under the VMA lock, or mmap_lock held for read. On retry the VMA lock is still held.
template <class D>
Handled handle_mm_fault(Mm<D>& mm, MmThread<D>& thread, Vma<D>& vma, std::uint64_t addr,
                        bool under_vma_lock) {
  using Check = typename D::Check;
  const std::uint64_t seen = Check::reader_enters(*vma.pair);
  const bool ready = prepare_anon_vma(mm, vma, under_vma_lock);
  if (ready) {
    mm.system.lines.charge(mm.costs, thread.batches, mm.counters);
    mm.pages.fault_in(addr);
  }
  bool stray = false;
  if constexpr (Check::checks) {
    stray = vma.vm_mm.get() != &mm || addr < vma.vm_start.get() || addr >= vma.vm_end.get() ||
            !vma.lock().is_attached(vma.lock_part);
  }
  Check::reader_leaves(thread.check, *vma.pair, seen, stray);
  return ready ? Handled::done : Handled::retry;
}

// Unmaps pages, and lets the other CPUs forget them.
template <class D>
std::uint64_t zap_pages(Mm<D>& mm, std::uint64_t start, std::uint64_t end) {
  const std::uint64_t zapped = mm.pages.zap(start, end);
  if (zapped != 0 && mm.costs.shootdown_ns != 0) D::P::work(mm.costs.shootdown_ns);
  return zapped;
}

}  // namespace detail

template <class D>
Fault fault(Mm<D>& mm, MmThread<D>& thread, std::uint64_t addr, bool write) {
  if (mm.costs.entry_ns != 0) D::P::work(mm.costs.entry_ns);
  if constexpr (D::Lock::per_vma) {
    Vma<D>* vma = mm.lock_vma_under_rcu(thread, addr);
    if (vma != nullptr) {
      const bool allowed = detail::access_allowed(vma->vm_flags.get(), write);
      const bool done =
          allowed && detail::handle_mm_fault(mm, thread, *vma, addr, true) == detail::Handled::done;
      mm.vma_end_read(*vma);
      if (done) {
        ++thread.vma_lock.success;
        return Fault::done;
      }
      if (allowed) ++thread.vma_lock.retry;
    }
  }
  Vma<D>* vma = lock_mm_and_find_vma(mm, addr);
  if (vma == nullptr) return Fault::segv;
  const bool good = detail::access_allowed(vma->vm_flags.get(), write);
  if (good) detail::handle_mm_fault(mm, thread, *vma, addr, false);
  mm.mmap_read_unlock();
  return good ? Fault::done : Fault::segv;
}

// madvise(MADV_DONTNEED) of a range inside one VMA: under its lock as in Linux 6.17, else under
// mmap_lock. Returns the number of pages that went.
template <class D>
std::uint64_t madvise_dontneed(Mm<D>& mm, MmThread<D>& thread, std::uint64_t start,
                               std::uint64_t end) {
  if constexpr (D::Lock::per_vma) {
    Vma<D>* vma = mm.lock_vma_under_rcu(thread, start);
    if (vma != nullptr) {
      const bool inside = end <= vma->vm_end.get();
      const std::uint64_t zapped = inside ? detail::zap_pages(mm, start, end) : 0;
      mm.vma_end_read(*vma);
      if (inside) return zapped;
    }
  }
  mm.mmap_read_lock();
  const std::uint64_t zapped = detail::zap_pages(mm, start, end);
  mm.mmap_read_unlock();
  return zapped;
}

}  // namespace faultline
