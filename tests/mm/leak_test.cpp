// leak_test.cpp: what the address spaces have borrowed from the object caches goes back. The heap
// platform's caches end the program when it does not.
#include <gtest/gtest.h>

#include <cstdint>

#include "tests/mm/every_design.hpp"
#include "tests/mm/heap.hpp"

namespace faultline {
namespace {

template <class D>
class Leaks : public testing::Test {
 protected:
  static void SetUpTestSuite() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  NativeTaskScope task_;
};
TYPED_TEST_SUITE(Leaks, EveryDesignOn<Heap>, DesignName);

template <class D>
void use(System<D>& system) {
  MmThread<D> thread;
  for (int round = 0; round < 3; ++round) {
    Mm<D>& mm = *Mm<D>::create(system);
    for (std::uint64_t i = 0; i < 5; ++i) {
      EXPECT_EQ(mmap(mm, base + pages(2 * i), pages(1), rw), MapError::none);
      EXPECT_EQ(fault(mm, thread, base + pages(2 * i), true), Fault::done);
    }
    EXPECT_EQ(munmap(mm, base, pages(3)), MapError::none);
    exit_mmap(fork(mm));
    exit_mmap(&mm);
  }
}

TYPED_TEST(Leaks, NothingIsLeftWhenTheSystemGoes) {
  System<TypeParam> system;
  use(system);
  EXPECT_EQ(system.vmas.live(), 0);
  EXPECT_EQ(system.mms.live(), 0);
  EXPECT_EQ(system.pages.live(), 0);
  // A type-stable VMA keeps its parts for the next one, so there are no more of them than VMAs were
  // in use at a time: two maps of five.
  const long kept = System<TypeParam>::type_stable ? 10 : 0;
  EXPECT_LE(system.pairs.live(), kept);
  EXPECT_LE(system.locks.live(), kept);
}

// The caches would tell.
TYPED_TEST(Leaks, WhatIsNotGivenBackIsNoticed) {
  const auto lose_a_vma = [] {
    System<TypeParam> system;
    Mm<TypeParam>& mm = *Mm<TypeParam>::create(system);
    EXPECT_EQ(mmap(mm, base, pages(1), rw), MapError::none);
    mm.tree.clear();
    mm.mmdrop();
  };
  EXPECT_DEATH(lose_a_vma(), "assertion failed");
}

}  // namespace
}  // namespace faultline
