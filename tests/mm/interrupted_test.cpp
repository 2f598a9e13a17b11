// interrupted_test.cpp: tasks of one address space interrupted wherever they touch memory, on the
// tiny platform.
#include <gtest/gtest.h>

#include <cstdint>

#include "lockimpls/registry.hpp"
#include "mm/fault.hpp"
#include "mm/mapping.hpp"
#include "tests/mm/every_design.hpp"
#include "tests/platform/tasks.hpp"
#include "tests/platform/tiny.hpp"

namespace faultline {
namespace {

template <class D>
class Interrupted : public testing::Test {
 protected:
  Interrupted() : mm_(*Mm<D>::create(system_)) {}
  ~Interrupted() override {
    EXPECT_EQ(thread_.check.torn + thread_.check.strays, 0u);
    exit_mmap(&mm_);
  }

  TaskScope<Tiny> scope_;
  System<D> system_;
  Mm<D>& mm_;
  MmThread<D> thread_;
};
using PerVmaDesigns = testing::Types<Design<Tiny, VmaRwsem<Tiny>, Placement::separate>,
                                     Design<Tiny, VmaAtomic<Tiny>, Placement::embedded>,
                                     Design<Tiny, VmaRefcount<Tiny>, Placement::separate>,
                                     Design<Tiny, VmaRefcount<Tiny>, Placement::embedded>>;
TYPED_TEST_SUITE(Interrupted, PerVmaDesigns, DesignName);

// A reader that finds a detached VMA looks again, and says that it does.
TYPED_TEST(Interrupted, ReaderThatMissesItsVmaRetries) {
  std::uint64_t misses = 0;
  for (std::uint64_t steps = 0; steps < 60; ++steps) {
    ASSERT_EQ(mmap(this->mm_, base, page_size, rw), MapError::none);
    this->thread_.vma_lock = {};
    Tiny::counts = {};
    Vma<TypeParam>* locked = nullptr;
    const auto read = [&] {
      locked = this->mm_.lock_vma_under_rcu(this->thread_, base);
      if (locked != nullptr) this->mm_.vma_end_read(*locked);
    };
    const auto unmap = [&] { EXPECT_EQ(munmap(this->mm_, base, page_size), MapError::none); };
    ASSERT_EQ(interrupt_after(steps, read, unmap), "") << "after " << steps << " steps";
    EXPECT_EQ(Tiny::counts.retries, this->thread_.vma_lock.miss);
    EXPECT_EQ(this->thread_.vma_lock.abort, locked == nullptr ? 1u : 0u);
    misses += this->thread_.vma_lock.miss;
  }
  EXPECT_GT(misses, 0u);
}

// A writer that is killed while a reader is in leaves no trace, if its lock word can give up;
// otherwise it waits all the same.
TYPED_TEST(Interrupted, KilledWriterLeavesTheVmaAsItWas) {
  constexpr bool killable = KillableVmaLock<typename TypeParam::Lock>;
  auto& mm = this->mm_;
  ASSERT_EQ(mmap(mm, base, page_size, rw), MapError::none);
  const std::uint64_t sections = mm.check.sections.get();
  Vma<TypeParam>* vma = mm.lock_vma_under_rcu(this->thread_, base);
  ASSERT_NE(vma, nullptr);
  bool locked = false;
  bool stamped = false;
  Tiny::start(1, [&] {
    mm.mmap_write_lock();
    locked = mm.vma_start_write_killable(*vma);
    stamped = mm.vma_is_write_locked(*vma);
    mm.mmap_write_unlock();
  });
  EXPECT_TRUE(Tiny::run_until_asleep(1).asleep());
  Tiny::task(1).fatal_signal = true;
  EXPECT_EQ(Tiny::run(1).ended(), killable);
  if (killable) {
    EXPECT_EQ(fault(mm, this->thread_, base, true), Fault::done);  // beside the other reader
    EXPECT_EQ(this->thread_.vma_lock.success, 1u);
  }
  mm.vma_end_read(*vma);
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_EQ(locked, !killable);
  EXPECT_EQ(stamped, locked);
  EXPECT_EQ(mm.check.sections.get(), sections + (locked ? 1 : 0));

  mm.mmap_write_lock();
  EXPECT_TRUE(mm.vma_start_write_killable(*vma));
  EXPECT_TRUE(mm.vma_is_write_locked(*vma));
  EXPECT_TRUE(mm.vma_start_write_killable(*vma));  // no operation
  mm.mmap_write_unlock();
}

// Since Linux 6.5 a stack grows as any other change of the map: not beside readers.
TYPED_TEST(Interrupted, StackGrowsUnderTheWriteLocks) {
  auto& mm = this->mm_;
  ASSERT_EQ(mmap(mm, base, page_size, rw | vm_growsdown), MapError::none);
  Vma<TypeParam>* vma = mm.lock_vma_under_rcu(this->thread_, base);
  ASSERT_NE(vma, nullptr);
  MmThread<TypeParam> other;
  Fault faulted = Fault::segv;
  Tiny::start(1, [&] { faulted = fault(mm, other, base - 1, true); });
  EXPECT_TRUE(Tiny::run_until_asleep(1).asleep());
  EXPECT_TRUE(mm.mmap_lock.is_write_locked());
  EXPECT_EQ(vma->vm_start.get(), base);  // as long as we look at it
  mm.vma_end_read(*vma);
  EXPECT_TRUE(Tiny::run(1).ended());
  EXPECT_EQ(faulted, Fault::done);
  EXPECT_EQ(vma->vm_start.get(), base - page_size);
  EXPECT_FALSE(mm.mmap_lock.is_locked());
  EXPECT_EQ(other.check.torn + other.check.strays, 0u);
}

// What the fault has seen under mmap_lock held for read need not be so when it has it for write.
TYPED_TEST(Interrupted, StackThatChangesWhileTheLockIsExchanged) {
  auto& mm = this->mm_;
  for (const bool grows : {true, false}) {
    unsigned done = 0;
    for (std::uint64_t steps = 0; steps < 120; ++steps) {
      ASSERT_EQ(mmap(mm, base, 2 * page_size, rw | vm_growsdown), MapError::none);
      MmThread<TypeParam> other;
      Fault faulted = Fault::segv;
      const auto change = [&] {
        if (grows) {
          EXPECT_EQ(fault(mm, this->thread_, base - 2 * page_size, true), Fault::done);
        } else {
          EXPECT_EQ(munmap(mm, base, 2 * page_size), MapError::none);
        }
      };
      ASSERT_EQ(interrupt_after(
                    steps, [&] { faulted = fault(mm, other, base - page_size, true); }, change),
                "")
          << "after " << steps << " steps";
      done += faulted == Fault::done;
      EXPECT_EQ(other.check.torn + other.check.strays, 0u);
      EXPECT_FALSE(mm.mmap_lock.is_locked());
      if (faulted == Fault::done) {
        EXPECT_TRUE(mm.pages.present(base - page_size));
      }
      ASSERT_EQ(munmap(mm, base - 2 * page_size, 4 * page_size), MapError::none);
      EXPECT_EQ(mm.map_count.get(), 0u);
    }
    EXPECT_GT(done, 0u);
    EXPECT_EQ(done == 120, grows);
  }
}

}  // namespace
}  // namespace faultline
