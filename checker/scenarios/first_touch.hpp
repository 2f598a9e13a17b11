// first_touch.hpp: scenarios over what faults make for the first time: pages, their tables, and the
// VMA's anon_vma; and over what is left of it when VMAs are joined or enlarged.
#pragma once

#include <array>

#include "checker/scenarios/address_space.hpp"

namespace faultline::scenarios {

// Nobody has touched pages 8 and 9, nor the table that they are in.
template <class D>
struct Untouched : OneMm<D> {
  Untouched() { mmap(*this->mm, page(8), 2 * page_size, read_write); }

  void expect_present(unsigned number) {
    expect(this->mm->pages.present(page(number)), checker::Failure::assertion,
           "a page that was faulted in is not there");
  }
};

// Two tasks are the first to fault in a VMA, at different pages of one table.
template <class D>
struct FirstFaults : Untouched<D> {
  static constexpr const char* name = "first_faults";
  static constexpr const char* summary = "two tasks are the first to fault in a VMA";
  static constexpr std::array threads{2u};

  std::array<std::uint64_t, checker::threads_max> anon_vma{};

  void thread(unsigned i) {
    expect(this->fault_at(i, 8 + i) == Fault::done, checker::Failure::assertion,
           "a mapped page was not found");
    anon_vma[i] = this->anon_vma_at(8);
  }
  void finish() {
    this->expect_present(8);
    this->expect_present(9);
    expect(anon_vma[0] != 0 && anon_vma[0] == anon_vma[1], checker::Failure::assertion,
           "two faults have seen different anonymous memory");
    this->expect_open();
  }
};

// Two tasks fault at one page: one of them installs its page, the other gives its own back.
template <class D>
struct OnePage : Untouched<D> {
  static constexpr const char* name = "one_page";
  static constexpr const char* summary = "two tasks install the same page";
  static constexpr std::array threads{2u};

  std::array<bool, checker::threads_max> installed{};
  unsigned pages_before = pages();

  unsigned pages() { return checked::execution().heap().live(&this->system.pages); }
  void thread(unsigned i) { installed[i] = this->mm->pages.fault_in(page(8)); }
  void finish() {
    this->expect_present(8);
    expect(pages() == pages_before + 1, checker::Failure::assertion, "a page was lost");
    expect(installed[0] != installed[1], checker::Failure::assertion,
           "not exactly one of two faults has installed its page");
  }
  static int group(unsigned, unsigned) { return 1; }
};

// The VMA below has an anon_vma to share; when it has just been prepared, that is.
template <class D>
struct NeighbourFaults : OneMm<D> {
  static constexpr const char* name = "neighbour_faults";
  static constexpr const char* summary = "first faults in two VMAs that touch";
  static constexpr std::array threads{2u};

  NeighbourFaults() {
    mmap(*this->mm, page(8), page_size, read_write);
    mmap(*this->mm, page(9), page_size, vm_read | vm_write | vm_exec);
  }
  void thread(unsigned i) { this->fault_at(i, 8 + i); }
  void finish() { this->expect_open(); }
};

// A fault next door comes between: then two tasks have found different ones for the same VMA.
template <class D>
struct NeighbourFaultsBefore : NeighbourFaults<D> {
  static constexpr const char* name = "neighbour_faults_before";
  static constexpr const char* summary = "two first faults in a VMA, one after another next door";

  std::uint64_t seen = 0;

  void thread(unsigned i) {
    if (i == 0) {
      this->fault_at(i, 8);
      return;
    }
    this->fault_at(i, 9);
    this->fault_at(i, 8);
    seen = this->anon_vma_at(8);
  }
  void finish() {
    expect(seen == this->anon_vma_at(8), checker::Failure::assertion,
           "a VMA's anonymous memory was replaced by another one");
    this->expect_open();
  }
};

// The first fault in a VMA looks at its neighbours, one of which is being unmapped.
template <class D>
struct NeighbourUnmapped : NeighbourFaults<D> {
  static constexpr const char* name = "neighbour_unmapped";
  static constexpr const char* summary = "a first fault beside a VMA that is unmapped";

  void thread(unsigned i) {
    if (i == 0) {
      munmap(*this->mm, page(9), page_size);
    } else {
      this->fault_at(i, 8);
    }
  }
};

// madvise looks for pages where another fault is just making the tables.
template <class D>
struct MadviseFirstFault : Untouched<D> {
  static constexpr const char* name = "madvise_first_fault";
  static constexpr const char* summary = "madvise where another task faults for the first time";
  static constexpr std::array threads{2u};

  void thread(unsigned i) {
    if (i == 0) {
      madvise_dontneed(*this->mm, this->in[i], page(8), page(10));
    } else {
      this->fault_at(i, 8);
    }
  }
  void finish() { this->expect_open(); }
};

// A VMA that nobody has touched swallows the one behind it, which has pages.
template <class D>
struct MergeInherits : OneMm<D> {
  static constexpr const char* name = "merge_inherits";
  static constexpr const char* summary = "an untouched VMA is joined with one that has pages";
  static constexpr std::array threads{2u};

  MergeInherits() { mmap(*this->mm, page(3), page_size, vm_read); }
  void thread(unsigned i) {
    if (i == 0) {
      mprotect(*this->mm, page(3), page_size, read_write);
    } else {
      this->fault_at(i, 5);
    }
  }
  void finish() {
    expect(this->anon_vma_at(3) != 0 && this->anon_vma_at(3) == this->anon_vma_at(5),
           checker::Failure::assertion, "a joined VMA has lost its anonymous memory");
    this->expect_open();
  }
};

// The VMA in which the fault is swallows the one behind it.
template <class D>
struct MergeBelow : OneMm<D> {
  static constexpr const char* name = "merge_below";
  static constexpr const char* summary = "a fault in a VMA that swallows the next one";
  static constexpr std::array threads{2u};

  MergeBelow() { mprotect(*this->mm, page(5), page_size, vm_read); }
  void thread(unsigned i) {
    if (i == 0) {
      mprotect(*this->mm, page(5), page_size, read_write);
    } else {
      this->fault_at(i, 4);
    }
  }
  void finish() { this->expect_open(); }
};

template <class D>
struct MapEnlarges : OneMm<D> {
  static constexpr const char* name = "map_enlarges";
  static constexpr const char* summary = "a fault in a VMA that mmap enlarges upwards";
  static constexpr std::array threads{2u};

  void thread(unsigned i) {
    i == 0 ? void(mmap(*this->mm, page(6), page_size, read_write)) : void(this->fault_at(i, 5));
  }
  void finish() { this->expect_open(); }
};

template <class D>
struct MapEnlargesDown : MapEnlarges<D> {
  static constexpr const char* name = "map_enlarges_down";
  static constexpr const char* summary = "a fault in a VMA that mmap enlarges downwards";

  void thread(unsigned i) {
    i == 0 ? void(mmap(*this->mm, page(3), page_size, read_write)) : void(this->fault_at(i, 5));
  }
};

// The next writer's number, too, says that the stamps of the last one have fallen. (No fall-back to
// mmap_lock, which has nothing to do with it.)
template <class D>
struct NextWriter : OneMm<D> {
  static constexpr const char* name = "next_writer";
  static constexpr const char* summary = "a VMA is read-locked that the writer before has enlarged";
  static constexpr std::array threads{2u};
  static constexpr bool applies = D::Lock::per_vma;

  void thread(unsigned i) {
    if (i == 0) {
      mmap(*this->mm, page(6), page_size, read_write);
      this->mm->mmap_write_lock();
      this->mm->mmap_write_unlock();
      return;
    }
    Vma<D>* vma = this->mm->lock_vma_under_rcu(this->in[i], page(5));
    if (vma != nullptr) this->mm->vma_end_read(*vma);
  }
  void finish() { this->expect_open(); }
};

}  // namespace faultline::scenarios
