// stores_test.cpp: posted stores: in order, seen by their own CPU at once and by others later.
#include "tests/simulator/world.hpp"

namespace faultline::simulator {
namespace {

TEST(Stores, ArePostedAndTheOwnCpuSeesThem) {
  World world(flat_machine(2), 2);
  auto& word = world.make<LoneWord>(1u);
  world.run([&](TaskId task) {
    if (task == 1) {
      world.wait_until(step + 10'000);
      EXPECT_EQ(word.load(relaxed), 2u) << "came to the home after the store";
      return;
    }
    word.load(relaxed);
    world.wait_until(step);
    EXPECT_EQ(world.time_of([&] { word.store(2, relaxed); }), 500u);
    EXPECT_EQ(world.time_of([&] { EXPECT_EQ(word.load(relaxed), 2u); }), 1'000u);
  });
}

// The first store misses, the second would hit: nobody sees the second one before the first.
TEST(Stores, BecomeVisibleInOrder) {
  World world(plain_machine(), 8);
  auto& data = world.make<LoneWord>();
  auto& flag = world.make<LoneWord>();
  unsigned early = 0;
  world.run([&](TaskId task) {
    if (task == 7) {  // far from the data's owner
      flag.fetch_add(0, relaxed);
      world.wait_until(step);
      data.store(1, relaxed);
      flag.store(1, relaxed);
    } else if (task == 0) {
      data.fetch_add(0, relaxed);
    } else {
      world.wait_until(step);
      while (flag.load(relaxed) == 0) {
      }
      early += data.load(relaxed) == 0;
    }
  });
  EXPECT_EQ(early, 0u);
}

TEST(Stores, AFenceAndALockedOperationWaitForThem) {
  for (const bool fence : {false, true}) {
    World world(flat_machine(2), 2);
    auto& word = world.make<LoneWord>();
    auto& own = world.make<LoneWord>();
    world.run([&](TaskId task) {
      if (task == 0) word.fetch_add(1, relaxed);
      if (task == 0) return;
      own.fetch_add(1, relaxed);
      world.wait_until(step);
      const Picoseconds time = world.time_of([&] {
        word.store(5, relaxed);
        fence ? world.engine.fence() : void(own.fetch_add(1, relaxed));
      });
      EXPECT_EQ(time, 500u + 20'000u + (fence ? 7'000u : 5'000u));
    });
    EXPECT_EQ(word.load(relaxed), 5u);
  }
}

TEST(Stores, AFullBufferWaitsForItsOldest) {
  World world(flat_machine(1), 1);
  constexpr unsigned more = 4;
  std::vector<LoneWord*> words;
  for (unsigned i = 0; i < StoreBuffer::capacity + more; ++i)
    words.push_back(&world.make<LoneWord>());
  world.run([&](TaskId) {
    const Picoseconds time = world.time_of([&] {
      for (LoneWord* word : words) word->store(3, relaxed);
    });
    EXPECT_GE(time, more * 80'000u);
    EXPECT_LT(time, (more + 1) * 80'000u);
  });
  for (LoneWord* word : words) EXPECT_EQ(word->load(relaxed), 3u);
}

// Dekker: with a fence between store and load, one of the two sees the other's store.
TEST(Stores, AFenceOrdersThemBeforeLaterLoads) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World world(lively_machine(2), 2, 2, seed);
    LoneWord* words[] = {&world.make<LoneWord>(), &world.make<LoneWord>()};
    std::uint64_t seen[2] = {};
    world.run([&](TaskId task) {
      words[1 - task]->load(relaxed);
      world.wait_until(step);
      words[task]->store(1, relaxed);
      world.engine.fence();
      seen[task] = words[1 - task]->load(relaxed);
    });
    EXPECT_NE(seen[0] + seen[1], 0u);
  }
}

// A task's own store is older than what it waits for.
TEST(Stores, AWaitSeesTheOwnStore) {
  World world(flat_machine(2), 2);
  auto& word = world.make<LoneWord>(0u);
  world.run([&](TaskId task) {
    if (task == 0) word.fetch_add(0, relaxed);
    world.wait_until(step);
    if (task == 0) {
      world.wait_until(2 * step);
      word.store(2, relaxed);
      return;
    }
    word.store(1, relaxed);
    const std::uint64_t seen =
        Simulated::await("not 1", word, [](std::uint64_t value) { return value != 1; }, relaxed);
    EXPECT_EQ(seen, 2u);
  });
}

}  // namespace
}  // namespace faultline::simulator
