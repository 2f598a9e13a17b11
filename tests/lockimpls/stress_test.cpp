// stress_test.cpp: real threads, odd numbers of them and more than there are CPUs, on every lock.
// Meant to run under ThreadSanitizer as well: the data are plain variables.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "lockimpls/rwsem.hpp"
#include "platform/native.hpp"
#include "tests/lockimpls/vma_locks.hpp"
#include "tests/platform/tasks.hpp"

namespace faultline {
namespace {

using std::chrono::milliseconds;

// Equal except while a writer is at work.
struct PairedCounters {
  NativePlain<std::uint64_t> first{0};
  NativePlain<std::uint64_t> second{0};

  void add() {
    first.set(first.get() + 1);
    native_pause();
    second.set(second.get() + 1);
  }
  bool agree() const { return first.get() == second.get(); }
};

struct alignas(2 * cache_line) Tally {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t refused = 0;
  std::uint64_t torn = 0;

  Tally& operator+=(const Tally& other) {
    reads += other.reads;
    writes += other.writes;
    refused += other.refused;
    torn += other.torn;
    return *this;
  }
};

using Tallies = std::array<Tally, 16>;
Tally sum(const Tallies& tallies) {
  Tally all;
  for (const Tally& tally : tallies) all += tally;
  return all;
}

// What a thread does next with the semaphore; `per_mille` of the operations write.
void use_rwsem(RwSem<Native>& sem, PairedCounters& counters, Tally& mine, unsigned per_mille) {
  const std::uint64_t draw = Native::random();
  const bool writes = draw % 1000 < per_mille;
  const unsigned how = static_cast<unsigned>(draw >> 32) % 4;
  if (!writes) {
    if (how == 0 && !sem.down_read_trylock()) {
      ++mine.refused;
      return;
    }
    if (how != 0) sem.down_read();
    mine.torn += !counters.agree();
    ++mine.reads;
    sem.up_read();
    return;
  }
  if (how == 0 && !sem.down_write_trylock()) {
    ++mine.refused;
    return;
  }
  if (how != 0) sem.down_write();
  counters.add();
  ++mine.writes;
  if (how != 3) {
    sem.up_write();
    return;
  }
  const std::uint64_t seen = counters.first.get();
  sem.downgrade_write();
  mine.torn += seen != counters.first.get();  // no other writer came in between
  ++mine.reads;
  sem.up_read();
}

struct Mix {
  unsigned threads;
  unsigned per_mille;
  friend void PrintTo(const Mix& mix, std::ostream* out) {
    *out << mix.threads << " threads, " << mix.per_mille << " writes in 1000";
  }
};
class RwSemStress : public ::testing::TestWithParam<Mix> {};

TEST_P(RwSemStress, WritersAreAloneAndNobodyIsLost) {
  RwSem<Native> sem;
  PairedCounters counters;
  Tallies tallies;
  const auto end = Clock::now() + milliseconds(200);
  run_crew(GetParam().threads, [&](unsigned i) {
    do {
      use_rwsem(sem, counters, tallies.at(i), GetParam().per_mille);
    } while (Clock::now() < end);
  });
  const Tally all = sum(tallies);
  EXPECT_EQ(all.torn, 0u);
  EXPECT_EQ(counters.first.get(), all.writes);
  EXPECT_EQ(counters.second.get(), all.writes);
  EXPECT_GT(all.writes, 0u);
  EXPECT_GT(all.reads, 0u);
  EXPECT_EQ(sem.words()[0].value, 0u);
}
INSTANTIATE_TEST_SUITE_P(, RwSemStress,
                         ::testing::Values(Mix{1, 500}, Mix{2, 500}, Mix{3, 20}, Mix{3, 900},
                                           Mix{4, 100}, Mix{5, 300}, Mix{8, 20}, Mix{8, 500}),
                         [](const auto& test) {
                           return std::to_string(test.param.threads) + "threads" +
                                  std::to_string(test.param.per_mille) + "writes";
                         });

// Sections long enough for sleeping, and for the 4 ms after which the lock is handed over.
TEST(RwSemSlow, WritersAreNotStarvedByReadersWhoOverlap) {
  RwSem<Native> sem;
  PairedCounters counters;
  std::atomic<bool> done{false};
  Tallies tallies;
  run_crew(5, [&](unsigned i) {
    if (i == 0) {
      for (int round = 0; round < 20; ++round) {
        sem.down_write();
        counters.add();
        sem.up_write();
        std::this_thread::yield();
      }
      done = true;
    }
    while (!done) {
      sem.down_read();
      tallies.at(i).torn += !counters.agree();
      Native::work(100'000);
      sem.up_read();
    }
  });
  EXPECT_EQ(sum(tallies).torn, 0u);
  EXPECT_EQ(counters.first.get(), 20u);
}

template <class Case>
void change(TestVma<Case>& vma) {
  vma.start.set(vma.start.get() + 1);
  native_pause();
  vma.end.set(vma.end.get() + 1);
}

// Returns how often the VMA was changed meanwhile. A flag beside the word is written with readers
// kept out, as it is under the stamps of the mm.
template <class Case>
unsigned take_out_and_put_back(TestVma<Case>& vma) {
  const bool excluded = !Case::tells_gone && vma.exclude();
  vma.lock.detach(vma.part, vma.mm);
  if (Case::Lock::per_vma) change(vma);
  vma.attach();
  if (excluded) vma.admit();
  return Case::Lock::per_vma ? 1 : 0;
}

// One writer, who also takes the VMA out of the tree and puts it back, and N readers.
template <class Case>
void stress_vma(unsigned readers, milliseconds how_long) {
  constexpr bool per_vma = Case::Lock::per_vma;
  TestVma<Case> vma;
  vma.attach();
  Tallies tallies;
  std::atomic<bool> done{false};
  const auto end = Clock::now() + how_long;
  run_crew(readers + 1, [&](unsigned i) {
    Tally& mine = tallies.at(i);
    while (i == 0 && !done) {
      if (vma.exclude()) {
        change(vma);
        ++mine.writes;
        vma.admit();
      }
      if (Native::random() % 4 == 0) mine.writes += take_out_and_put_back(vma);
      std::this_thread::yield();
      done = Clock::now() > end;
    }
    while (i != 0 && !done) {
      if (vma.try_read() != TryRead::ok) {
        ++mine.refused;
        continue;
      }
      ++mine.reads;
      mine.torn += vma.is_attached() && vma.start.get() != vma.end.get();
      vma.end_read();
    }
  });
  const Tally all = sum(tallies);
  EXPECT_EQ(all.torn, 0u);
  EXPECT_EQ(vma.start.get(), all.writes);
  EXPECT_EQ(vma.end.get(), all.writes);
  EXPECT_EQ(all.writes > 0, per_vma);
  EXPECT_EQ(all.reads > 0, per_vma);
  EXPECT_EQ(vma.try_read(), per_vma ? TryRead::ok : TryRead::busy);
}

template <class Case>
class VmaLockStress : public ::testing::Test {};
TYPED_TEST_SUITE(VmaLockStress, NativeLockCases, CaseNames);

TYPED_TEST(VmaLockStress, ReadersNeverSeeAWriterAtWork) {
  NativeTaskScope scope;
  for (const unsigned readers : {1u, 2u, 3u, 4u, 7u}) {
    SCOPED_TRACE(readers);
    stress_vma<TypeParam>(readers, milliseconds(100));
  }
}

template <class L>
class SmallWordStress : public ::testing::Test {};
using SmallWords = ::testing::Types<BasicVmaRefcount<Native, 3>, BasicVmaAtomic<Native, 3>>;
struct LockNames {
  template <class L>
  static std::string GetName(int) {
    return L::name;
  }
};
TYPED_TEST_SUITE(SmallWordStress, SmallWords, LockNames);

// Each reader takes several shares, so that together they want more than the word can count.
TYPED_TEST(SmallWordStress, RefusesAtItsLimitAndNeverWraps) {
  using Case = LockCase<TypeParam, Native>;
  NativeTaskScope scope;
  TestVma<Case> vma;
  vma.attach();
  const std::vector<std::uint64_t> idle = vma.words();
  constexpr int shares = 4;
  std::atomic<int> inside{0};
  std::atomic<bool> done{false};
  Tallies tallies;
  const auto end = Clock::now() + milliseconds(300);
  run_crew(4, [&](unsigned i) {
    Tally& mine = tallies.at(i);
    while (i == 0 && !done) {
      if (vma.exclude()) {
        mine.torn += inside.load() != 0;
        ++mine.writes;
        vma.admit();
      }
      std::this_thread::sleep_for(std::chrono::microseconds(50));
      done = Clock::now() > end;
    }
    while (i != 0 && !done) {
      int got = 0;
      for (int share = 0; share < shares; ++share) {
        if (vma.try_read() == TryRead::ok) {
          ++got;
          ++inside;
        } else {
          ++mine.refused;
        }
      }
      mine.reads += static_cast<unsigned>(got);
      mine.torn += inside.load() > 7;
      std::this_thread::yield();  // so that others want theirs meanwhile
      for (; got > 0; --got) {
        --inside;
        vma.end_read();
      }
    }
  });
  const Tally all = sum(tallies);
  EXPECT_EQ(all.torn, 0u);
  EXPECT_GT(all.refused, 0u);
  EXPECT_GT(all.reads, 0u);
  EXPECT_GT(all.writes, 0u);
  EXPECT_EQ(vma.words(), idle);
}

}  // namespace
}  // namespace faultline
