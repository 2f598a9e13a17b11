// address_space.hpp: scenarios over a whole design: page faults against everything that changes the
// map. Addresses are pages 0 to 15, so that the page tables stay small.
#pragma once

#include <array>

#include "checker/scenarios/sections.hpp"
#include "mm/page_table.hpp"
#include "mm/vma_tree.hpp"

namespace faultline {

template <>
inline constexpr unsigned page_table_bits<Checked> = 1;
template <>
inline constexpr unsigned tree_fanout<Checked> = 4;

}  // namespace faultline

#include "mm/fault.hpp"
#include "mm/fork.hpp"
#include "mm/mapping.hpp"
#include "mm/stack.hpp"

namespace faultline::scenarios {

constexpr std::uint64_t page(unsigned number) {
  return number * page_size;
}
inline constexpr std::uint64_t read_write = vm_read | vm_write;

// An mm with one VMA, pages 4 and 5, in which a page was faulted in before.
template <class D>
struct OneMm {
  using P = Checked;
  System<D> system;
  Mm<D>* mm;
  std::array<MmThread<D>, checker::threads_max> in{};

  OneMm() : mm(Mm<D>::create(system)) {
    mmap(*mm, page(4), 2 * page_size, read_write);
    fault(*mm, in[0], page(4), true);
  }

  // What its VMA has there; 0 without one.
  std::uint64_t anon_vma_at(unsigned number) {
    const Vma<D>* vma = mm->tree.find(page(number));
    return vma == nullptr ? 0 : vma->anon_vma.load(relaxed);
  }
  Fault fault_at(unsigned thread, unsigned number, bool write = true) {
    return fault(*mm, in[thread], page(number), write);
  }
  // Nobody is there any more: every VMA lets readers in, and mmap_lock is free.
  void expect_open() {
    for (Vma<D>* vma = mm->tree.find_next(0); vma != nullptr;
         vma = mm->tree.find_next(vma->vm_end.get())) {
      expect(!mm->vma_is_write_locked(*vma), checker::Failure::leaked_exclusion,
             "a VMA is still write-locked");
      if constexpr (D::Lock::per_vma) {
        const bool open = mm->vma_start_read_locked(*vma);
        expect(open, checker::Failure::leaked_exclusion,
               "a VMA still refuses readers though its writer has gone");
        if (open) mm->vma_end_read(*vma);
      }
    }
    expect(!mm->mmap_lock.is_locked() && !mm->mmap_lock.has_waiters(),
           checker::Failure::leaked_exclusion, "mmap_lock is still held or waited for");
  }
};

template <class D>
struct FaultMunmap : OneMm<D> {
  static constexpr const char* name = "fault_munmap";
  static constexpr const char* summary = "faults against munmap of their VMA";
  static constexpr std::array threads{2u, 3u};

  void thread(unsigned i) {
    if (i == 0) {
      munmap(*this->mm, page(4), 2 * page_size);
    } else {
      this->fault_at(i, 4);
    }
  }
  void finish() {
    expect(this->mm->tree.find(page(4)) == nullptr, checker::Failure::assertion,
           "it is still mapped");
    this->expect_open();
  }
  static int group(unsigned i, unsigned) { return i == 0 ? -1 : 1; }
};

template <class D>
struct FaultSplit : OneMm<D> {
  static constexpr const char* name = "fault_split";
  static constexpr const char* summary = "a fault against mprotect, which splits its VMA";
  static constexpr std::array threads{2u};

  Fault got{};

  void thread(unsigned i) {
    if (i == 0) {
      mprotect(*this->mm, page(5), page_size, vm_read);
    } else {
      got = this->fault_at(i, 5, /*write=*/false);
    }
  }
  void finish() {
    expect(got == Fault::done, checker::Failure::assertion, "a mapped page could not be read");
    expect(this->anon_vma_at(4) == this->anon_vma_at(5), checker::Failure::assertion,
           "the halves of a VMA have different anonymous memory");
    this->expect_open();
  }
};

template <class D>
struct FaultMerge : OneMm<D> {
  static constexpr const char* name = "fault_merge";
  static constexpr const char* summary = "a fault against mmap of the hole between two VMAs";
  static constexpr std::array threads{2u};

  Fault got{};

  FaultMerge() {
    mmap(*this->mm, page(7), page_size, read_write);
    fault(*this->mm, this->in[0], page(7), true);
    // So that the two halves may merge.
    this->mm->tree.find(page(7))->anon_vma.store(
        this->mm->tree.find(page(4))->anon_vma.load(relaxed), relaxed);
  }
  void thread(unsigned i) {
    if (i == 0) {
      mmap(*this->mm, page(6), page_size, read_write);
    } else {
      got = this->fault_at(i, 7);
    }
  }
  void finish() {
    expect(got == Fault::done, checker::Failure::assertion, "a mapped page was not found");
    this->expect_open();
  }
};

template <class D>
struct FaultFork : OneMm<D> {
  static constexpr const char* name = "fault_fork";
  static constexpr const char* summary = "a fault against fork, which copies its VMA";
  static constexpr std::array threads{2u};

  Fault got{};

  void thread(unsigned i) {
    if (i != 0) {
      got = this->fault_at(i, 4);
      return;
    }
    Mm<D>* child = fork(*this->mm);
    expect(child->tree.find(page(4))->anon_vma.load(relaxed) == this->anon_vma_at(4),
           checker::Failure::assertion, "the copy of a VMA has different anonymous memory");
    exit_mmap(child);
  }
  void finish() {
    expect(got == Fault::done, checker::Failure::assertion, "a mapped page was not found");
    this->expect_open();
  }
};

// The last user of an mm empties it: nothing of the others may be left in it.
template <class D>
struct FaultExit : OneMm<D> {
  static constexpr const char* name = "fault_exit";
  static constexpr const char* summary = "two tasks fault and leave, the last one ends the mm";
  static constexpr std::array threads{2u};

  Checked::Atomic<std::uint32_t> mm_users{2};

  void thread(unsigned i) {
    this->fault_at(i, 4);
    if (mm_users.fetch_sub(1, acq_rel) == 1) exit_mmap(this->mm);
  }
  static int group(unsigned, unsigned) { return 1; }
};

// A VMA that a reader has found is unmapped, becomes one of another mm, and that mm exits.
template <class D>
struct RecycledVma : OneMm<D> {
  static constexpr const char* name = "recycled_vma";
  static constexpr const char* summary = "a VMA goes to another mm, which exits, under a fault";
  static constexpr std::array threads{2u};

  Mm<D>* other = nullptr;

  RecycledVma() { other = Mm<D>::create(this->system); }
  void thread(unsigned i) {
    if (i != 0) {
      this->fault_at(i, 4);
      return;
    }
    munmap(*this->mm, page(4), 2 * page_size);
    mmap(*other, page(4), page_size, read_write);
    exit_mmap(other);
  }
  void finish() { this->expect_open(); }
};

// The same, and the other mm lives and works on. Its mm_lock_seq is the number that the VMA was
// stamped with.
template <class D>
struct ReusedVma : OneMm<D> {
  static constexpr const char* name = "reused_vma";
  static constexpr const char* summary =
      "a VMA goes to another mm, which changes it, under a fault";
  static constexpr std::array threads{2u};

  Mm<D>* other = nullptr;

  ReusedVma() {
    other = Mm<D>::create(this->system);
    mmap(*other, page(0), page_size, vm_read);
  }
  void thread(unsigned i) {
    if (i != 0) {
      this->fault_at(i, 4);
      return;
    }
    munmap(*this->mm, page(4), 2 * page_size);
    mmap(*other, page(8), 2 * page_size, read_write);
    expect(other->tree.find(page(8))->anon_vma.load(relaxed) == 0, checker::Failure::assertion,
           "a new VMA has anonymous memory of its previous life");
    mprotect(*other, page(8), 2 * page_size, vm_read);
  }
  void finish() { this->expect_open(); }
};

// A munmap that runs out of memory attaches again what it has detached.
template <class D>
struct MunmapFails : OneMm<D> {
  static constexpr const char* name = "munmap_fails";
  static constexpr const char* summary = "a fault against a munmap that fails half-way";
  static constexpr std::array threads{2u};

  Fault got{};

  MunmapFails() { this->mm->fail_gather_at.set(1); }
  void thread(unsigned i) {
    if (i == 0) {
      munmap(*this->mm, page(4), 2 * page_size);
    } else {
      got = this->fault_at(i, 4);
    }
  }
  void finish() {
    expect(got == Fault::done, checker::Failure::assertion, "a mapped page was not found");
    this->expect_open();
  }
};

// Faults that are refused queue up behind the writer in mmap_lock.
template <class D>
struct FallbackConvoy : OneMm<D> {
  static constexpr const char* name = "fallback_convoy";
  static constexpr const char* summary = "refused faults queue behind the writer in mmap_lock";
  static constexpr std::array threads{2u, 3u};

  std::array<Fault, checker::threads_max> got{};

  void thread(unsigned i) {
    if (i == 0) {
      mprotect(*this->mm, page(4), 2 * page_size, vm_read);
    } else {
      got[i] = this->fault_at(i, 4, /*write=*/false);
    }
  }
  void finish() {
    expect(got[1] == Fault::done, checker::Failure::assertion, "a mapped page was not found");
    this->expect_open();
  }
  static int group(unsigned i, unsigned) { return i == 0 ? -1 : 1; }
};

// StackRot: a stack grows while another task looks for a VMA in the tree.
template <class D>
struct StackGrowth : OneMm<D> {
  static constexpr const char* name = "stack_growth";
  static constexpr const char* summary = "a stack grows while another task faults in it";
  static constexpr std::array threads{2u};

  std::array<Fault, checker::threads_max> got{};

  StackGrowth() {
    mmap(*this->mm, page(10), page_size, read_write | vm_growsdown);
    fault(*this->mm, this->in[0], page(10), true);
  }
  void thread(unsigned i) { got[i] = this->fault_at(i, i == 0 ? 9 : 10); }
  void finish() {
    expect(got[0] == Fault::done && got[1] == Fault::done, checker::Failure::assertion,
           "the stack could not be used");
    this->expect_open();
  }
};

// Two tasks find different pages below the stack: one may find it grown beyond its own.
template <class D>
struct StackGrownTwice : StackGrowth<D> {
  static constexpr const char* name = "stack_grown_twice";
  static constexpr const char* summary = "two tasks fault just below a stack";

  void thread(unsigned i) { this->got[i] = this->fault_at(i, 9 - i); }
};

// userfaultfd's way in: mmap_lock first, then only the VMA's read lock.
template <class D>
struct ReadLockedMunmap : OneMm<D> {
  static constexpr const char* name = "read_locked_munmap";
  static constexpr const char* summary = "a VMA read-locked under mmap_lock against munmap";
  static constexpr std::array threads{2u};
  static constexpr bool applies = D::Lock::per_vma;

  void thread(unsigned i) {
    if (i == 0) {
      munmap(*this->mm, page(4), 2 * page_size);
      return;
    }
    Vma<D>* vma = this->mm->lock_vma_under_mmap_lock(page(4));
    if (vma == nullptr) return;
    D::Check::reader_enters(*vma->pair);
    D::Check::reader_leaves(this->in[i].check, *vma->pair, 0, vma->vm_mm.get() != this->mm);
    this->mm->vma_end_read(*vma);
  }
  void finish() { this->expect_open(); }
};

// A fatal signal may end the wait for the VMA's readers.
template <class D>
struct KillableWrite : OneMm<D> {
  static constexpr const char* name = "killable_write";
  static constexpr const char* summary = "a fault against a write lock that a signal may end";
  static constexpr std::array threads{2u};
  static constexpr bool applies = KillableVmaLock<typename D::Lock>;

  void thread(unsigned i) {
    if (i != 0) {
      this->fault_at(i, 4);
      return;
    }
    this->mm->mmap_write_lock();
    Vma<D>* vma = this->mm->tree.find(page(4));
    if (this->mm->vma_start_write_killable(*vma)) vma->vm_flags.set(vm_read);
    this->mm->mmap_write_unlock();
  }
  void finish() { this->expect_open(); }
};

template <class D>
struct MadviseMunmap : OneMm<D> {
  static constexpr const char* name = "madvise_munmap";
  static constexpr const char* summary = "madvise under the VMA lock against munmap";
  static constexpr std::array threads{2u};
  static constexpr bool applies = D::Lock::per_vma;

  void thread(unsigned i) {
    if (i == 0) {
      munmap(*this->mm, page(4), 2 * page_size);
    } else {
      madvise_dontneed(*this->mm, this->in[i], page(4), page(5));
    }
  }
  void finish() { this->expect_open(); }
};

}  // namespace faultline::scenarios
