// vma_lock_contract_test.cpp: what lock.hpp promises, for every lock word of the registry on every
// platform. A new lock word is tested by its line in the registry.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/lockimpls/vma_locks.hpp"
#include "tests/platform/tasks.hpp"

namespace faultline {
namespace {

template <class Case>
class VmaLockContract : public ::testing::Test {
 protected:
  // liburcu's worker is a thread, so a child must be a process of its own.
  static void SetUpTestSuite() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  using P = typename Case::On;
  static constexpr bool per_vma = Case::Lock::per_vma;
  static constexpr bool tells_gone = Case::tells_gone;
  static constexpr bool on_tiny = std::is_same_v<P, Tiny>;
  // What try_read says when nobody is in the way.
  static constexpr TryRead free_answer = per_vma ? TryRead::ok : TryRead::busy;

  TaskScope<P> scope_;
  TestVma<Case> vma_;
};
TYPED_TEST_SUITE(VmaLockContract, AllLockCases, CaseNames);
template <class Case>
using VmaLockContractDeathTest = VmaLockContract<Case>;
TYPED_TEST_SUITE(VmaLockContractDeathTest, AllLockCases, CaseNames);

TYPED_TEST(VmaLockContract, SaysWhatItIs) {
  using Lock = typename TypeParam::Lock;
  EXPECT_NE(std::string(Lock::name), "");
  EXPECT_NE(std::string(Lock::summary), "");
  std::set<std::string> names;
  for (const NamedWord& word : this->vma_.lock.words()) names.insert(word.name);
  EXPECT_EQ(names.size(), this->vma_.lock.words().size());
  EXPECT_EQ(names.empty(), !Lock::per_vma);
  EXPECT_EQ(names.count(""), 0u);
}

TYPED_TEST(VmaLockContract, IsDetachedUntilItIsAttached) {
  auto& vma = this->vma_;
  for (int round = 0; round < 3; ++round) {
    EXPECT_FALSE(vma.is_attached());
    vma.attach();
    EXPECT_TRUE(vma.is_attached());
    EXPECT_EQ(vma.try_read(), this->free_answer);
    if (this->per_vma) vma.end_read();
    vma.detach();
  }
  EXPECT_FALSE(vma.is_attached());
}

TYPED_TEST(VmaLockContract, ReadersShare) {
  auto& vma = this->vma_;
  vma.attach();
  if constexpr (!TestFixture::per_vma) {
    EXPECT_EQ(vma.try_read(), TryRead::busy);
    return;
  }
  // Twice, since a first reader may leave a trace that is not part of the state (the owner hint).
  std::vector<std::uint64_t> idle[2], held[2];
  for (int round = 0; round < 2; ++round) {
    for (int reader = 0; reader < 3; ++reader) EXPECT_EQ(vma.try_read(), TryRead::ok);
    held[round] = vma.words();
    EXPECT_TRUE(vma.is_attached());
    for (int reader = 0; reader < 3; ++reader) vma.end_read();
    idle[round] = vma.words();
  }
  EXPECT_EQ(held[0], held[1]);
  EXPECT_EQ(idle[0], idle[1]);
  EXPECT_NE(idle[0], held[0]);
}

TYPED_TEST(VmaLockContract, WriterKeepsReadersOut) {
  auto& vma = this->vma_;
  vma.attach();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(vma.exclude(), this->per_vma);
    const auto words = vma.words();
    EXPECT_EQ(vma.try_read(), TryRead::busy);
    EXPECT_EQ(vma.try_read(), TryRead::busy);
    EXPECT_EQ(vma.words(), words);
    EXPECT_TRUE(vma.is_attached());
    if (this->per_vma) vma.admit();
    EXPECT_EQ(vma.try_read(), this->free_answer);
    if (this->per_vma) vma.end_read();
  }
}

TYPED_TEST(VmaLockContract, WriterWaitsForTheLastReader) {
  auto& vma = this->vma_;
  vma.attach();
  if constexpr (!TestFixture::per_vma) {
    EXPECT_FALSE(vma.exclude());  // returns at once: the caller's mmap_lock excludes
    return;
  }
  ASSERT_EQ(vma.try_read(), TryRead::ok);
  ASSERT_EQ(vma.try_read(), TryRead::ok);
  bool excluded = false;
  std::uint64_t seen = 0;
  OtherTask<typename TypeParam::On> writer([&] {
    excluded = vma.exclude();
    seen = vma.start.get();
    vma.start.set(2);
    vma.admit();
  });
  EXPECT_TRUE(writer.still_sleeps());
  const auto words = vma.words();
  EXPECT_EQ(vma.try_read(), TryRead::busy);  // it keeps new readers out while it waits
  EXPECT_EQ(vma.words(), words);
  vma.end_read();
  EXPECT_TRUE(writer.still_sleeps());
  EXPECT_EQ(vma.try_read(), TryRead::busy);
  vma.start.set(1);
  vma.end_read();
  writer.join();
  EXPECT_TRUE(excluded);
  EXPECT_EQ(seen, 1u);
  ASSERT_EQ(vma.try_read(), TryRead::ok);
  EXPECT_EQ(vma.start.get(), 2u);
  vma.end_read();
}

TYPED_TEST(VmaLockContract, KillableWriterWaitsLikeTheOther) {
  using Lock = typename TypeParam::Lock;
  auto& vma = this->vma_;
  if constexpr (!KillableVmaLock<Lock>) {
    EXPECT_FALSE(TestFixture::tells_gone);  // those of today's kernel can
    return;
  } else {
    EXPECT_EQ(vma.lock.exclude_readers_killable(vma.mm), Excluded::detached);
    vma.attach();
    ASSERT_EQ(vma.try_read(), TryRead::ok);
    std::uint64_t seen = 0;
    OtherTask<typename TypeParam::On> writer([&] {
      EXPECT_EQ(vma.lock.exclude_readers_killable(vma.mm), Excluded::yes);
      seen = vma.start.get();
      vma.admit();
    });
    EXPECT_TRUE(writer.still_sleeps());
    EXPECT_EQ(vma.try_read(), TryRead::busy);
    vma.start.set(1);
    vma.end_read();
    writer.join();
    EXPECT_EQ(seen, 1u);
    EXPECT_EQ(vma.try_read(), TryRead::ok);
    vma.end_read();
  }
}

TYPED_TEST(VmaLockContract, WordsThatCanTellRefuseADetachedVma) {
  auto& vma = this->vma_;
  const auto words = vma.words();
  if constexpr (TestFixture::tells_gone) {
    EXPECT_EQ(vma.try_read(), TryRead::gone);
    EXPECT_FALSE(vma.exclude());  // a new VMA is write-locked before it enters the tree
    EXPECT_EQ(vma.words(), words);
    vma.attach();
    vma.detach();
    EXPECT_EQ(vma.try_read(), TryRead::gone);
    EXPECT_EQ(vma.words(), words);
  } else {
    // The others let a reader in, and it asks the flag.
    EXPECT_EQ(vma.try_read(), this->free_answer);
    EXPECT_FALSE(vma.is_attached());
    if (this->per_vma) vma.end_read();
    EXPECT_EQ(vma.exclude(), this->per_vma);
    EXPECT_EQ(vma.try_read(), TryRead::busy);
    if (this->per_vma) vma.admit();
  }
}

TYPED_TEST(VmaLockContract, DetachWaitsForAReaderThatLooksIn) {
  auto& vma = this->vma_;
  vma.attach();
  if constexpr (!TestFixture::per_vma) {
    vma.detach();
    EXPECT_EQ(vma.try_read(), TryRead::busy);
    return;
  }
  ASSERT_EQ(vma.try_read(), TryRead::ok);
  ASSERT_EQ(vma.try_read(), TryRead::ok);
  std::uint64_t seen = 0;
  OtherTask<typename TypeParam::On> writer([&] {
    vma.detach();
    seen = vma.start.get();
  });
  EXPECT_TRUE(writer.still_sleeps());
  EXPECT_EQ(vma.try_read(), TryRead::busy);
  EXPECT_TRUE(vma.is_attached());
  vma.end_read();
  EXPECT_TRUE(writer.still_sleeps());
  vma.start.set(1);
  vma.end_read();
  writer.join();
  EXPECT_EQ(seen, 1u);
  EXPECT_FALSE(vma.is_attached());
  vma.attach();  // detached is not final
  EXPECT_EQ(vma.try_read(), TryRead::ok);
  vma.end_read();
}

TYPED_TEST(VmaLockContractDeathTest, AttachAndDetachTakeTurns) {
  auto& vma = this->vma_;
  EXPECT_DEATH(vma.lock.detach(vma.part, vma.mm), "assertion failed");
  vma.attach();
  EXPECT_DEATH(vma.attach(), "assertion failed");
  vma.detach();
  EXPECT_DEATH(vma.lock.detach(vma.part, vma.mm), "assertion failed");
}

TYPED_TEST(VmaLockContractDeathTest, WhatWasNotTakenIsNotGivenBack) {
  auto& vma = this->vma_;
  vma.attach();
  if constexpr (TestFixture::per_vma) {
    EXPECT_DEATH(vma.admit(), "assertion failed");
    const auto end_two = [&] {
      vma.end_read();
      vma.end_read();
    };
    EXPECT_DEATH(end_two(), "assertion failed");
  } else {
    vma.end_read();
    vma.admit();
    EXPECT_EQ(vma.try_read(), TryRead::busy);
  }
}

// A walk through random operations, against the few lines that say what they mean.
TYPED_TEST(VmaLockContract, DoesWhatItsModelDoes) {
  auto& vma = this->vma_;
  std::mt19937 random(1);
  unsigned readers = 0;
  bool attached = false;
  bool excluded = false;
  for (int step = 0; step < 3000; ++step) {
    switch (random() % 5) {
      case 0: {
        TryRead expected = this->free_answer;
        if (excluded) expected = TryRead::busy;
        if (this->tells_gone && !attached) expected = TryRead::gone;
        ASSERT_EQ(vma.try_read(), expected) << "in step " << step;
        readers += expected == TryRead::ok;
        break;
      }
      case 1:
        if (readers == 0) break;
        vma.end_read();
        --readers;
        break;
      case 2:
        if (excluded || readers != 0) break;
        excluded = this->per_vma && (attached || !this->tells_gone);
        ASSERT_EQ(vma.exclude(), excluded) << "in step " << step;
        break;
      case 3:
        if (excluded) vma.admit();
        excluded = false;
        break;
      default:
        if (excluded || readers != 0) break;
        attached ? vma.detach() : vma.attach();
        attached = !attached;
    }
    ASSERT_EQ(vma.is_attached(), attached) << "in step " << step;
  }
}

// Two tasks, one of them interrupted by the other after each of its first accesses.
template <class Case>
std::string interrupt_each(std::uint64_t steps, bool writer_first, bool detach) {
  TestVma<Case> vma;
  vma.attach();
  const auto writer = [&] {
    if (detach) {
      vma.detach();
    } else if (!vma.exclude()) {
      return;
    }
    vma.start.set(vma.start.get() + 1);
    vma.end.set(vma.end.get() + 1);
    if (!detach) vma.admit();
  };
  unsigned got_in = 0;
  unsigned torn = 0;
  const auto reader = [&] {
    for (int i = 0; i < 2; ++i) {
      if (vma.try_read() != TryRead::ok) continue;
      ++got_in;
      torn += vma.is_attached() && vma.start.get() != vma.end.get();
      vma.end_read();
    }
  };
  std::string stuck = writer_first ? interrupt_after(steps, writer, reader)
                                   : interrupt_after(steps, reader, writer);
  if (torn != 0) stuck += "a reader beside a writer; ";
  if (!stuck.empty()) return stuck;
  EXPECT_EQ(vma.start.get(), Case::Lock::per_vma || detach ? 1u : 0u);
  const bool readers_ran_alone = steps == 0 && writer_first && Case::Lock::per_vma;
  if (readers_ran_alone) {
    EXPECT_EQ(got_in, 2u);
  }
  return stuck;
}

TYPED_TEST(VmaLockContract, NoWakeUpIsLostWhereverATaskIsInterrupted) {
  if constexpr (TestFixture::on_tiny) {
    for (std::uint64_t steps = 0; steps < 60; ++steps) {
      for (const bool writer_first : {false, true}) {
        for (const bool detach : {false, true}) {
          ASSERT_EQ(interrupt_each<TypeParam>(steps, writer_first, detach), "")
              << "after " << steps << " steps of the " << (writer_first ? "writer" : "reader");
        }
      }
    }
  } else {
    // On the host the wake-ups are raced instead: readers come and go as fast as they can.
    auto& vma = this->vma_;
    vma.attach();
    std::atomic<bool> done{false};
    run_crew(2, [&](unsigned i) {
      for (int round = 0; i == 0 && round < 2000; ++round) {
        if (vma.exclude()) vma.admit();
      }
      if (i == 0) done = true;
      while (!done) {
        if (vma.try_read() == TryRead::ok) vma.end_read();
      }
    });
    EXPECT_EQ(vma.try_read(), this->free_answer);
    if (this->per_vma) vma.end_read();
  }
}

TYPED_TEST(VmaLockContract, SurvivesWakeUpsAndFailuresForNothing) {
  auto& vma = this->vma_;
  vma.attach();
  const TryRead answer = vma.try_read();
  EXPECT_EQ(answer, this->free_answer);
  OtherTask<typename TypeParam::On> writer([&] {
    if constexpr (TestFixture::on_tiny) Tiny::self().wakes_spuriously = true;
    if (vma.exclude()) vma.admit();
  });
  if (this->per_vma) {
    if constexpr (TestFixture::on_tiny) {
      for (int i = 0; i < 3; ++i) EXPECT_FALSE(Tiny::run(writer.id).ended());
      Tiny::weak_failures = 3;
    }
    EXPECT_TRUE(writer.still_sleeps());
    vma.end_read();
  }
  writer.join();
  if constexpr (TestFixture::on_tiny) Tiny::weak_failures = 2;
  EXPECT_EQ(vma.try_read(), this->free_answer);
  if (this->per_vma) vma.end_read();
}

TYPED_TEST(VmaLockContract, RefusedReadersWriteNothingAndOrdersAreThere) {
  if constexpr (TestFixture::on_tiny && TestFixture::per_vma) {
    auto& vma = this->vma_;
    const auto counts_of = [](auto operation) {
      Tiny::counts = {};
      operation();
      return Tiny::counts;
    };
    EXPECT_EQ(counts_of([&] { vma.attach(); }).releases, this->tells_gone ? 1u : 0u);
    EXPECT_GE(counts_of([&] { EXPECT_EQ(vma.try_read(), TryRead::ok); }).acquires, 1u);
    EXPECT_GE(counts_of([&] { vma.end_read(); }).releases, 1u);
    EXPECT_GE(counts_of([&] { EXPECT_TRUE(vma.exclude()); }).acquires, 1u);
    const TinyCounts refused = counts_of([&] { EXPECT_EQ(vma.try_read(), TryRead::busy); });
    EXPECT_EQ(refused.writes() + refused.plain_writes + refused.fences, 0u);
    EXPECT_EQ(refused.loads, 1u);
    EXPECT_GE(counts_of([&] { vma.admit(); }).releases, 1u);
    EXPECT_GE(counts_of([&] { vma.detach(); }).acquires, 1u);
    EXPECT_EQ(Tiny::counts.unparks, 0u);  // there was nobody to wake
  } else {
    // The host cannot tell an access from none, but the words can.
    auto& vma = this->vma_;
    vma.attach();
    const bool excluded = vma.exclude();
    const auto words = vma.words();
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(vma.try_read(), TryRead::busy);
    EXPECT_EQ(vma.words(), words);
    if (excluded) vma.admit();
  }
}

}  // namespace
}  // namespace faultline
