// fork_beside_faults.hpp: fork copies page tables while faults of the parent fill them in.
//
// Source
//   Linux 6.4: dup_mmap() held mmap_lock for write, which shuts no fault out that has its VMA's own
//   lock; memory of programs that fork went bad. "fork: lock VMAs of the parent process when
//   forking", July 2023 (20230706011400.2949242-2).
//
// The child must be the parent at one moment. Here a task of the parent touches page 4, then page
// 5; the child that has page 5 and not page 4 is the parent at no moment.
#pragma once

#include "tests/mutants/mutant.hpp"

namespace faultline::mutants {

// fork() of mm/fork.hpp with the page tables, which that one leaves out.
template <class D>
Mm<D>* fork_with_pages(Mm<D>& parent, bool locks_vmas) {
  Mm<D>* child = Mm<D>::create(parent.system);
  parent.mmap_write_lock();
  child->mmap_write_lock();
  for (Vma<D>* vma = parent.tree.find_next(0); vma != nullptr;
       vma = parent.tree.find_next(vma->vm_end.get())) {
    if (locks_vmas) parent.vma_start_write(*vma);
    const std::uint64_t start = vma->vm_start.get();
    const std::uint64_t end = vma->vm_end.get();
    Vma<D>* copy = detail::add_vma(*child, start, end, vma->vm_flags.get());
    copy->anon_vma.store(vma->anon_vma.load(relaxed), relaxed);
    for (std::uint64_t addr = start; addr < end; addr += page_size) {
      if (parent.pages.present(addr)) child->pages.fault_in(addr);
    }
  }
  child->mmap_write_unlock();
  parent.mmap_write_unlock();
  return child;
}

template <class D, bool locks_vmas>
struct ForkCopiesPages : scenarios::OneMm<D> {
  static constexpr checker::Chances chances{0, 0, 0, 0, 0};

  Mm<D>* child = nullptr;

  ForkCopiesPages() { this->mm->pages.zap(scenarios::page(4), scenarios::page(5)); }
  void thread(unsigned i) {
    if (i == 0) {
      child = fork_with_pages(*this->mm, locks_vmas);
    } else {
      this->fault_at(i, 4);
      this->fault_at(i, 5);
    }
  }
  void finish() {
    const bool second = child->pages.present(scenarios::page(5));
    expect(!second || child->pages.present(scenarios::page(4)), Failure::assertion,
           "the child has the page that was touched second, and not the first");
    this->expect_open();
  }
};

template <class Lock>
struct ForkBesideFaults {
  static constexpr const char* name = "fork_beside_faults";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::assertion;

  using Mutant = ForkCopiesPages<RealDesign<Lock>, false>;
  using Fixed = ForkCopiesPages<RealDesign<Lock>, true>;
};

}  // namespace faultline::mutants
