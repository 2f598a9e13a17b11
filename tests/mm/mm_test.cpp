// mm_test.cpp: the address space does what the kernel's does, over every design.
#include <initializer_list>

#include "tests/mm/every_design.hpp"

namespace faultline {
namespace {

template <class D>
class AddressSpace : public AddressSpaceTest<D> {};
TYPED_TEST_SUITE(AddressSpace, EveryDesign, DesignName);

TYPED_TEST(AddressSpace, FaultInstallsOnePage) {
  ASSERT_EQ(this->map(0, 4), MapError::none);
  EXPECT_FALSE(this->mm.pages.present(base));
  EXPECT_EQ(this->touch(0), Fault::done);
  EXPECT_TRUE(this->mm.pages.present(base));
  EXPECT_FALSE(this->mm.pages.present(base + page_size));
  EXPECT_EQ(this->touch(0), Fault::done);
  EXPECT_EQ(this->mm.pages.zap(base, base + pages(4)), 1u);
}

TYPED_TEST(AddressSpace, FaultsCountWhichLockTheyTook) {
  ASSERT_EQ(this->map(0, 4), MapError::none);
  for (std::uint64_t i = 0; i < 4; ++i) ASSERT_EQ(this->touch(i), Fault::done);
  const bool per_vma = TypeParam::Lock::per_vma;
  EXPECT_EQ(this->thread.vma_lock.success, per_vma ? 4u : 0u);
  EXPECT_EQ(this->thread.vma_lock.abort, 0u);
}

TYPED_TEST(AddressSpace, SegvWithoutMappingOrRight) {
  EXPECT_EQ(this->touch(0), Fault::segv);
  ASSERT_EQ(this->map(0, 1, vm_read), MapError::none);
  EXPECT_EQ(this->touch(0, /*write=*/true), Fault::segv);
  EXPECT_EQ(this->touch(0, /*write=*/false), Fault::done);
  EXPECT_EQ(this->touch(1), Fault::segv);
}

TYPED_TEST(AddressSpace, WriteLockedVmaRefusesReaders) {
  ASSERT_EQ(this->map(0, 1), MapError::none);
  this->mm.mmap_write_lock();
  Vma<TypeParam>& vma = *this->vma_at(0);
  EXPECT_FALSE(this->mm.vma_is_write_locked(vma));
  this->mm.vma_start_write(vma);
  EXPECT_TRUE(this->mm.vma_is_write_locked(vma));
  EXPECT_EQ(this->mm.lock_vma_under_rcu(this->thread, base), nullptr);
  EXPECT_EQ(this->thread.vma_lock.abort, 1u);
  this->mm.mmap_write_unlock();
  EXPECT_FALSE(this->mm.vma_is_write_locked(vma));
  if constexpr (TypeParam::Lock::per_vma) {
    Vma<TypeParam>* locked = this->mm.lock_vma_under_rcu(this->thread, base);
    ASSERT_EQ(locked, &vma);
    this->mm.vma_end_read(*locked);
  }
}

TYPED_TEST(AddressSpace, SecondWriteLockInASectionIsNoOperation) {
  ASSERT_EQ(this->map(0, 1), MapError::none);
  this->mm.mmap_write_lock();
  Vma<TypeParam>& vma = *this->vma_at(0);
  this->mm.vma_start_write(vma);
  const std::uint64_t sections = this->mm.check.sections.get();
  this->mm.vma_start_write(vma);
  EXPECT_EQ(this->mm.check.sections.get(), sections);
  this->mm.mmap_write_unlock();
}

TYPED_TEST(AddressSpace, SequenceIsOddWhileWriteHeld) {
  EXPECT_EQ(this->mm.mm_lock_seq.load(relaxed), 0u);
  this->mm.mmap_write_lock();
  EXPECT_EQ(this->mm.mm_lock_seq.load(relaxed), 1u);
  this->mm.mmap_write_downgrade();
  EXPECT_EQ(this->mm.mm_lock_seq.load(relaxed), 2u);
  this->mm.mmap_read_unlock();
  EXPECT_EQ(this->mm.mm_lock_seq.load(relaxed), 2u);
}

TYPED_TEST(AddressSpace, DowngradeAdmitsReaders) {
  ASSERT_EQ(this->map(0, 1), MapError::none);
  this->mm.mmap_write_lock();
  this->mm.vma_start_write(*this->vma_at(0));
  this->mm.mmap_write_downgrade();
  EXPECT_EQ(this->touch(0), Fault::done);
  EXPECT_EQ(this->thread.vma_lock.abort, 0u);
  this->mm.mmap_read_unlock();
}

TYPED_TEST(AddressSpace, StartReadLockedKeepsOnlyTheVmaLock) {
  ASSERT_EQ(this->map(0, 1), MapError::none);
  Vma<TypeParam>* vma = this->mm.lock_vma_under_mmap_lock(base);
  EXPECT_FALSE(this->mm.mmap_lock.is_locked());
  if constexpr (TypeParam::Lock::per_vma) {
    ASSERT_EQ(vma, this->vma_at(0));
    this->mm.vma_end_read(*vma);
  } else {
    EXPECT_EQ(vma, nullptr);
  }
  EXPECT_EQ(this->mm.lock_vma_under_mmap_lock(base + pages(9)), nullptr);
}

TYPED_TEST(AddressSpace, MmapRefusesWhatCannotBe) {
  ASSERT_EQ(this->map(2, 2), MapError::none);
  EXPECT_EQ(this->map(3, 4), MapError::exists);
  EXPECT_EQ(this->map(0, 3), MapError::exists);
  EXPECT_EQ(mmap(this->mm, base + 1, page_size, rw), MapError::invalid);
  EXPECT_EQ(mmap(this->mm, base, 0, rw), MapError::invalid);
  EXPECT_EQ(mmap(this->mm, task_size - page_size, pages(2), rw), MapError::invalid);
  EXPECT_EQ(munmap(this->mm, base, 12), MapError::invalid);
  EXPECT_EQ(mprotect(this->mm, base + 7, page_size, rw), MapError::invalid);
  EXPECT_EQ(this->vmas(), 1u);
}

TYPED_TEST(AddressSpace, MmapMergesNeighbours) {
  ASSERT_EQ(this->map(0, 2), MapError::none);
  ASSERT_EQ(this->map(2, 2), MapError::none);  // behind: the first one grows
  EXPECT_EQ(this->vmas(), 1u);
  ASSERT_EQ(this->map(8, 2), MapError::none);
  ASSERT_EQ(this->map(6, 2), MapError::none);  // in front
  EXPECT_EQ(this->vmas(), 2u);
  ASSERT_EQ(this->map(4, 2), MapError::none);  // between: all one
  EXPECT_EQ(this->vmas(), 1u);
  EXPECT_EQ(this->vma_at(9)->vm_start.get(), base);
  ASSERT_EQ(this->map(10, 1, vm_read), MapError::none);  // other flags
  EXPECT_EQ(this->vmas(), 2u);
  for (std::uint64_t i = 0; i < 10; ++i) EXPECT_EQ(this->touch(i), Fault::done);
}

TYPED_TEST(AddressSpace, MunmapWholePartialAndMiddle) {
  ASSERT_EQ(this->map(0, 10), MapError::none);
  for (std::uint64_t i = 0; i < 10; ++i) ASSERT_EQ(this->touch(i), Fault::done);
  ASSERT_EQ(this->unmap(0, 2), MapError::none);  // the front
  ASSERT_EQ(this->unmap(8, 2), MapError::none);  // the end
  ASSERT_EQ(this->unmap(4, 2), MapError::none);  // the middle: two are left
  EXPECT_EQ(this->vmas(), 2u);
  for (const std::uint64_t gone : std::initializer_list<std::uint64_t>{0, 1, 4, 5, 8, 9}) {
    EXPECT_EQ(this->touch(gone), Fault::segv) << gone;
    EXPECT_FALSE(this->mm.pages.present(base + pages(gone)));
  }
  for (const std::uint64_t kept : std::initializer_list<std::uint64_t>{2, 3, 6, 7}) {
    EXPECT_TRUE(this->mm.pages.present(base + pages(kept))) << kept;
    EXPECT_EQ(this->touch(kept), Fault::done);
  }
  ASSERT_EQ(this->unmap(0, 10), MapError::none);  // several, with holes
  EXPECT_EQ(this->vmas(), 0u);
  EXPECT_EQ(this->unmap(0, 10), MapError::none);  // nothing there: no error
}

TYPED_TEST(AddressSpace, FailedGatherAttachesAgain) {
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_EQ(this->map(4 * i, 2), MapError::none);
  this->mm.fail_gather_at.set(3);
  EXPECT_EQ(this->unmap(0, 20), MapError::no_memory);
  EXPECT_EQ(this->vmas(), 5u);
  EXPECT_EQ(this->mm.vmas_attached.get(), 5u + 3);
  for (std::uint64_t i = 0; i < 5; ++i) EXPECT_EQ(this->touch(4 * i), Fault::done);
  EXPECT_EQ(this->thread.vma_lock.success, TypeParam::Lock::per_vma ? 5u : 0u);
  this->mm.fail_gather_at.set(0);
  EXPECT_EQ(this->unmap(0, 20), MapError::none);
  EXPECT_EQ(this->vmas(), 0u);
}

TYPED_TEST(AddressSpace, MprotectSplitsAndMerges) {
  ASSERT_EQ(this->map(0, 9), MapError::none);
  ASSERT_EQ(this->protect(3, 3, vm_read), MapError::none);
  EXPECT_EQ(this->vmas(), 3u);
  EXPECT_EQ(this->touch(2), Fault::done);
  EXPECT_EQ(this->touch(4), Fault::segv);
  EXPECT_EQ(this->touch(4, /*write=*/false), Fault::done);
  EXPECT_EQ(this->touch(6), Fault::done);
  ASSERT_EQ(this->protect(3, 3, rw), MapError::none);
  EXPECT_EQ(this->vmas(), 1u);
  EXPECT_EQ(this->touch(4), Fault::done);
  ASSERT_EQ(this->protect(0, 9, rw), MapError::none);  // nothing to change
  EXPECT_EQ(this->vmas(), 1u);
}

TYPED_TEST(AddressSpace, MprotectStopsAtAHole) {
  ASSERT_EQ(this->map(0, 2), MapError::none);
  ASSERT_EQ(this->map(4, 2), MapError::none);
  EXPECT_EQ(this->protect(0, 6, vm_read), MapError::no_memory);
  EXPECT_EQ(this->touch(0), Fault::segv);  // before the hole: changed
  EXPECT_EQ(this->touch(4), Fault::done);  // behind it: not
}

TYPED_TEST(AddressSpace, ForkCopiesTheMap) {
  for (std::uint64_t i = 0; i < 40; ++i) ASSERT_EQ(this->map(3 * i, 2), MapError::none);
  const std::uint64_t sections = this->mm.check.sections.get();
  Mm<TypeParam>* child = fork(this->mm);
  EXPECT_EQ(this->mm.check.sections.get(), sections + 40);  // every VMA of the parent was locked
  EXPECT_EQ(child->map_count.get(), 40u);
  MmThread<TypeParam> other;
  for (std::uint64_t i = 0; i < 40; ++i) {
    EXPECT_EQ(fault(*child, other, base + pages(3 * i), true), Fault::done);
    EXPECT_EQ(fault(*child, other, base + pages(3 * i + 2), true), Fault::segv);
  }
  exit_mmap(child);
  EXPECT_EQ(this->touch(0), Fault::done);
}

TYPED_TEST(AddressSpace, MadviseGivesPagesBack) {
  ASSERT_EQ(this->map(0, 8), MapError::none);
  for (std::uint64_t i = 0; i < 8; ++i) ASSERT_EQ(this->touch(i), Fault::done);
  EXPECT_EQ(madvise_dontneed(this->mm, this->thread, base, base + pages(5)), 5u);
  EXPECT_FALSE(this->mm.pages.present(base));
  EXPECT_TRUE(this->mm.pages.present(base + pages(5)));
}

TYPED_TEST(AddressSpace, StackGrowsToTheFault) {
  ASSERT_EQ(this->map(10, 2, rw | vm_growsdown), MapError::none);
  EXPECT_EQ(this->touch(9), Fault::done);
  EXPECT_EQ(fault(this->mm, this->thread, base + pages(6) + 123, true), Fault::done);
  EXPECT_EQ(this->vmas(), 1u);
  const Vma<TypeParam>* stack = this->vma_at(6);
  ASSERT_NE(stack, nullptr);
  EXPECT_EQ(stack->vm_start.get(), base + pages(6));
  EXPECT_EQ(stack->vm_end.get(), base + pages(12));
  EXPECT_EQ(this->vma_at(5), nullptr);
  EXPECT_EQ(this->touch(12), Fault::segv);  // not upwards
  EXPECT_EQ(this->touch(7), Fault::done);
  EXPECT_EQ(this->thread.vma_lock.success, TypeParam::Lock::per_vma ? 1u : 0u);
  EXPECT_FALSE(this->mm.mmap_lock.is_locked());
}

TYPED_TEST(AddressSpace, StackKeepsItsGuardGap) {
  ASSERT_EQ(this->map(0, 1), MapError::none);
  ASSERT_EQ(this->map(10, 1, rw | vm_growsdown), MapError::none);
  EXPECT_EQ(this->touch(1), Fault::segv);
  EXPECT_EQ(this->touch(2), Fault::done);
  EXPECT_EQ(this->touch(1), Fault::segv);
  EXPECT_EQ(this->vmas(), 2u);
  EXPECT_EQ(this->touch(0), Fault::done);
  // Nor does it reach page 0.
  ASSERT_EQ(mmap(this->mm, pages(2), pages(1), rw | vm_growsdown), MapError::none);
  EXPECT_EQ(fault(this->mm, this->thread, pages(1), true), Fault::done);
  EXPECT_EQ(fault(this->mm, this->thread, 0, true), Fault::segv);
  EXPECT_FALSE(this->mm.mmap_lock.is_locked());
}

TYPED_TEST(AddressSpace, StackKeepsItsAccessAndItsKind) {
  ASSERT_EQ(this->map(10, 2, vm_read | vm_growsdown), MapError::none);
  EXPECT_EQ(this->touch(9, /*write=*/true), Fault::segv);
  EXPECT_EQ(this->touch(9, /*write=*/false), Fault::done);
  ASSERT_EQ(this->protect(9, 3, rw), MapError::none);
  EXPECT_EQ(this->vmas(), 1u);
  EXPECT_EQ(this->touch(8), Fault::done);
  ASSERT_EQ(this->protect(8, 2, vm_read), MapError::none);  // in two, and back
  EXPECT_EQ(this->vmas(), 2u);
  EXPECT_EQ(this->touch(7, /*write=*/false), Fault::done);
  ASSERT_EQ(this->protect(7, 5, rw), MapError::none);
  EXPECT_EQ(this->vmas(), 1u);
  // The VMA above a hole must be a stack, not any other.
  ASSERT_EQ(this->map(4, 1), MapError::none);
  EXPECT_EQ(this->touch(3), Fault::segv);
}

TYPED_TEST(AddressSpace, LayoutIsTheKernels) {
  constexpr VmaLayout layout = vma_layout<TypeParam>();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&this->mm.mmap_lock) % cache_line, 56u);
  if constexpr (TypeParam::placement == Placement::embedded) {
    ASSERT_EQ(this->map(0, 1), MapError::none);
    const auto vma = reinterpret_cast<std::uintptr_t>(this->vma_at(0));
    const auto lock = reinterpret_cast<std::uintptr_t>(&this->vma_at(0)->lock());
    EXPECT_EQ(lock - vma, layout.lock_offset);
    EXPECT_EQ(lock % cache_line, 0u);
    EXPECT_EQ(layout.vma_bytes, layout.lock_bytes == 40 ? 256u : 192u);
  } else {
    EXPECT_EQ(layout.vma_bytes, 160u);
  }
}

// A VMA that moved to another mm between a reader's walk and its lock: the reader must let go of it
// without a trace.
TEST(TypeStableReuse, ForeignVmaIsRefusedAndReleased) {
  using D = Design<Native, VmaRefcount<Native>, Placement::embedded>;
  const NativeTaskScope task;
  System<D> system;
  Mm<D>& a = *Mm<D>::create(system);
  Mm<D>& b = *Mm<D>::create(system);
  ASSERT_EQ(mmap(b, base, pages(1), rw), MapError::none);
  Vma<D>* vma = b.tree.find(base);
  a.mmap_write_lock();
  a.tree.insert(base, base + pages(1), vma);  // what a's reader saw before the VMA was reused
  a.mmap_write_unlock();
  MmThread<D> thread;
  EXPECT_EQ(a.lock_vma_under_rcu(thread, base), nullptr);
  EXPECT_EQ(thread.vma_lock.abort, 1u);
  EXPECT_EQ(vma->lock().words()[0].value, 1u);  // attached, no reader
  a.mmap_write_lock();
  a.tree.erase(base);
  a.mmap_write_unlock();
  exit_mmap(&b);
  exit_mmap(&a);
}

TEST(TypeStableReuse, FreedVmaIsReusedAtOnce) {
  using D = Design<Native, VmaRefcount<Native>, Placement::embedded>;
  const NativeTaskScope task;
  System<D> system;
  Mm<D>& mm = *Mm<D>::create(system);
  ASSERT_EQ(mmap(mm, base, pages(1), rw), MapError::none);
  const Vma<D>* before = mm.tree.find(base);
  ASSERT_EQ(munmap(mm, base, pages(1)), MapError::none);
  ASSERT_EQ(mmap(mm, base + pages(5), pages(1), rw), MapError::none);
  EXPECT_EQ(mm.tree.find(base + pages(5)), before);
  exit_mmap(&mm);
}

}  // namespace
}  // namespace faultline
