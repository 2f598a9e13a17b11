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

}  // namespace
}  // namespace faultline
