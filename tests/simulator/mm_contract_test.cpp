// mm_contract_test.cpp: every design in every placement on the simulator: tasks at random in one
// address space, with the pairs of counters that measured trials have on the host (mm/check.hpp).
#include "tests/mm/every_design.hpp"
#include "tests/simulator/world.hpp"

namespace faultline {
namespace {

using simulator::ParkFlavour;
using simulator::TaskId;
using simulator::World;

constexpr std::uint64_t slots = 8;
constexpr std::uint64_t slot_pages = 4;
constexpr std::uint64_t shared = base - pages(64);

// A task's own arena, of slots with guards between them, and one VMA that all fault in.
template <class D>
class Actor {
 public:
  Actor(Mm<D>& mm, unsigned index) : mm_(mm), index_(index) {}

  void act() {
    const std::uint64_t draw = Simulated::random();
    const std::uint64_t slot = draw % slots;
    const std::uint64_t addr = start(slot);
    switch ((draw >> 32) % 10) {
      case 0:
        toggle(slot);
        break;
      case 1:
        if (!mapped_[slot]) break;
        EXPECT_EQ(mprotect(mm_, addr + page_size, pages(2), vm_read), MapError::none);
        EXPECT_EQ(fault(mm_, thread, addr + page_size, true), Fault::segv);
        EXPECT_EQ(mprotect(mm_, addr + page_size, pages(2), rw), MapError::none);
        break;
      case 2:
        if (index_ == 0) exit_mmap(fork(mm_));
        break;
      case 3:
        madvise_dontneed(mm_, thread, shared + pages(index_), shared + pages(index_ + 1));
        break;
      default:
        EXPECT_EQ(fault(mm_, thread, shared + pages((draw >> 40) % 64), true), Fault::done);
        EXPECT_EQ(fault(mm_, thread, addr, true), mapped_[slot] ? Fault::done : Fault::segv);
        EXPECT_EQ(mm_.pages.present(addr), mapped_[slot]);
    }
  }

  MmThread<D> thread;

 private:
  std::uint64_t start(std::uint64_t slot) const {
    return base + (index_ * slots + slot) * pages(slot_pages + 1);
  }
  void toggle(std::uint64_t slot) {
    const std::uint64_t addr = start(slot);
    EXPECT_EQ(mapped_[slot] ? munmap(mm_, addr, pages(slot_pages))
                            : mmap(mm_, addr, pages(slot_pages), rw),
              MapError::none);
    mapped_[slot] = !mapped_[slot];
    EXPECT_FALSE(mm_.pages.present(addr));
  }

  Mm<D>& mm_;
  unsigned index_;
  bool mapped_[slots] = {};
};

template <class D>
void check(World& world, unsigned tasks) {
  auto& system = world.make<System<D>>();
  Mm<D>& mm = *Mm<D>::create(system);
  ASSERT_EQ(mmap(mm, shared, pages(64), rw), MapError::none);
  std::vector<std::unique_ptr<Actor<D>>> actors;
  for (unsigned i = 0; i < tasks; ++i) actors.push_back(std::make_unique<Actor<D>>(mm, i));
  world.run([&](TaskId task) {
    for (int i = 0; i < 40; ++i) actors[task]->act();
  });
  std::uint64_t in_tree = 0;
  for (const Vma<D>* vma = mm.tree.find_next(0); vma != nullptr;
       vma = mm.tree.find_next(vma->vm_end.get())) {
    ++in_tree;
  }
  std::uint64_t success = 0;
  for (const auto& actor : actors) {
    EXPECT_EQ(actor->thread.check.torn, 0u);
    EXPECT_EQ(actor->thread.check.strays, 0u);
    EXPECT_GT(actor->thread.check.pairs, 0u);
    success += actor->thread.vma_lock.success;
  }
  EXPECT_EQ(mm.map_count.get(), in_tree);
  EXPECT_EQ(mm.vmas_attached.get() - mm.vmas_detached.get(), in_tree);
  EXPECT_EQ(success > 0, D::Lock::per_vma);
  actors.clear();
  exit_mmap(&mm);
  system.~System<D>();
}

template <class D>
class SimulatedMm : public testing::Test {};
TYPED_TEST_SUITE(SimulatedMm, EveryDesignOn<Simulated>, DesignName);

TYPED_TEST(SimulatedMm, InvariantsHoldUnderRandomChanges) {
  struct {
    unsigned cpus;
    unsigned tasks;
    ParkFlavour park;
  } const crowds[] = {{1, 1, ParkFlavour::kernel},
                      {4, 4, ParkFlavour::kernel},
                      {24, 24, ParkFlavour::kernel},
                      {4, 8, ParkFlavour::kernel},
                      {4, 8, ParkFlavour::futex}};
  for (const auto& crowd : crowds) {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
      SCOPED_TRACE(testing::Message()
                   << crowd.tasks << " tasks on " << crowd.cpus << " CPUs, seed " << seed);
      simulator::Machine machine = simulator::lively_machine(crowd.cpus);
      machine.scheduler.slice = 10'000'000;
      machine.rcu.grace_period = 20'000'000;
      machine.pair_prefetch = seed % 2 == 0;
      World world(machine, crowd.cpus, crowd.tasks, seed, crowd.park);
      check<TypeParam>(world, crowd.tasks);
    }
  }
}

}  // namespace
}  // namespace faultline
