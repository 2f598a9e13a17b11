// invariant_stress_test.cpp: threads at random in one address space, and an invariant checker.
//
//   no fault sees a VMA that a writer owns           paired counters, torn
//   no reader holds a detached or a foreign VMA      strays
//   no page is lost                                  what was faulted in and not unmapped is there
//   attach and detach are counted                    attached - detached == VMAs in the tree
#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include "tests/mm/every_design.hpp"

namespace faultline {
namespace {

template <class D>
class Invariants : public testing::Test {};
TYPED_TEST_SUITE(Invariants, EveryDesign, DesignName);

constexpr unsigned thread_count = 4;
constexpr std::uint64_t slots = 16;
constexpr std::uint64_t slot_pages = 4;

// A thread's own arena, of slots with guards between them, and one VMA that all fault in.
template <class D>
class Actor {
 public:
  Actor(Mm<D>& mm, unsigned index) : mm_(mm), index_(index), random_(index + 1) {}

  void act() {
    const std::uint64_t slot = random_() % slots;
    const std::uint64_t addr = start(slot);
    switch (random_() % 10) {
      case 0:
        toggle(slot);
        break;
      case 1:
        if (mapped_[slot]) {
          EXPECT_EQ(mprotect(mm_, addr + page_size, pages(2), vm_read), MapError::none);
          EXPECT_EQ(fault(mm_, thread, addr + page_size, true), Fault::segv);
          EXPECT_EQ(mprotect(mm_, addr + page_size, pages(2), rw), MapError::none);
        }
        break;
      case 2:
        if (index_ == 0) exit_mmap(fork(mm_));
        break;
      case 3:
        madvise_dontneed(mm_, thread, shared + pages(index_), shared + pages(index_ + 1));
        break;
      case 4:
        check_pages(slot);
        break;
      default:
        EXPECT_EQ(fault(mm_, thread, shared + pages(random_() % 64), true), Fault::done);
        EXPECT_EQ(fault(mm_, thread, addr, true), mapped_[slot] ? Fault::done : Fault::segv);
    }
  }

  static constexpr std::uint64_t shared = base - pages(64);
  MmThread<D> thread;

 private:
  std::uint64_t start(std::uint64_t slot) const {
    return base + (index_ * slots + slot) * pages(slot_pages + 1);
  }
  void toggle(std::uint64_t slot) {
    const std::uint64_t addr = start(slot);
    const MapError error = mapped_[slot] ? munmap(mm_, addr, pages(slot_pages))
                                         : mmap(mm_, addr, pages(slot_pages), rw);
    EXPECT_EQ(error, MapError::none);
    mapped_[slot] = !mapped_[slot];
    EXPECT_FALSE(mm_.pages.present(addr));
  }
  void check_pages(std::uint64_t slot) {
    if (!mapped_[slot]) return;
    for (std::uint64_t i = 0; i < slot_pages; ++i) {
      EXPECT_EQ(fault(mm_, thread, start(slot) + pages(i), true), Fault::done);
    }
    for (std::uint64_t i = 0; i < slot_pages; ++i) {
      EXPECT_TRUE(mm_.pages.present(start(slot) + pages(i)));
    }
  }

  Mm<D>& mm_;
  unsigned index_;
  std::mt19937_64 random_;
  bool mapped_[slots] = {};
};

TYPED_TEST(Invariants, HoldUnderRandomChanges) {
  using D = TypeParam;
  const NativeTaskScope task;
  System<D> system;
  Mm<D>& mm = *Mm<D>::create(system);
  ASSERT_EQ(mmap(mm, Actor<D>::shared - pages(1), pages(1), 0), MapError::none);
  ASSERT_EQ(mmap(mm, Actor<D>::shared, pages(63), rw), MapError::none);
  ASSERT_EQ(mmap(mm, Actor<D>::shared + pages(63), pages(1), rw | vm_exec), MapError::none);
  std::atomic<bool> stop{false};
  std::vector<VmaLockEvents> events(thread_count);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < thread_count; ++i) {
    threads.emplace_back([&, i] {
      const NativeTaskScope own(i + 10);
      Actor<D> actor(mm, i);
      while (!stop.load(std::memory_order_relaxed)) actor.act();
      EXPECT_EQ(actor.thread.check.torn, 0u);
      EXPECT_EQ(actor.thread.check.strays, 0u);
      EXPECT_GT(actor.thread.check.pairs, 0u);
      events[i] = actor.thread.vma_lock;
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  stop.store(true);
  for (std::thread& thread : threads) thread.join();

  std::uint64_t in_tree = 0;
  for (const Vma<D>* vma = mm.tree.find_next(0); vma != nullptr;
       vma = mm.tree.find_next(vma->vm_end.get())) {
    ++in_tree;
  }
  EXPECT_EQ(mm.map_count.get(), in_tree);
  EXPECT_EQ(mm.vmas_attached.get() - mm.vmas_detached.get(), in_tree);
  EXPECT_EQ(events[0].success > 0, D::Lock::per_vma);
  exit_mmap(&mm);
}

// One mm recycles the VMAs of another that exits at the same time.
TEST(TypeStableStress, TwoMmsReuseEachOthersVmas) {
  using D = Design<Native, VmaRefcount<Native>, Placement::embedded>;
  const NativeTaskScope task;
  System<D> system;
  std::atomic<bool> stop{false};
  auto churn = [&](unsigned seed) {
    const NativeTaskScope own(seed);
    MmThread<D> thread;
    while (!stop.load(std::memory_order_relaxed)) {
      Mm<D>* mm = Mm<D>::create(system);
      for (std::uint64_t i = 0; i < 8; ++i) {
        EXPECT_EQ(mmap(*mm, base + pages(2 * i), pages(1), rw), MapError::none);
        EXPECT_EQ(fault(*mm, thread, base + pages(2 * i), true), Fault::done);
      }
      EXPECT_EQ(munmap(*mm, base, pages(8)), MapError::none);
      exit_mmap(mm);
    }
    EXPECT_EQ(thread.check.torn + thread.check.strays, 0u);
  };
  std::thread one(churn, 1);
  std::thread two(churn, 2);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  stop.store(true);
  one.join();
  two.join();
}

}  // namespace
}  // namespace faultline
