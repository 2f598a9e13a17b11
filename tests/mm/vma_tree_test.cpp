// vma_tree_test.cpp: the tree of VMAs against std::map, its shape, and readers beside a writer.
#include "mm/vma_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/mm/heap.hpp"
#include "tests/platform/tasks.hpp"

namespace faultline {
namespace {

// What stands in for a VMA. The tree must never look into it.
struct Item {
  std::uint64_t start;
};
using Tree = VmaTree<Heap, Item>;

class VmaTreeTest : public ::testing::Test {
 protected:
  // Called by the fixtures that do not empty the tree themselves.
  ~VmaTreeTest() override { tree_.clear(); }

  Item* insert(std::uint64_t start, std::uint64_t end) {
    items_.push_back(std::make_unique<Item>(Item{start}));
    tree_.insert(start, end, items_.back().get());
    return items_.back().get();
  }

  NativeTaskScope scope_;
  Tree::NodeCache nodes_;
  Tree tree_{nodes_};
  std::vector<std::unique_ptr<Item>> items_;
};

// The tree and the map that says what it should hold: start -> end and item.
class AgainstMap : public VmaTreeTest {
 protected:
  struct Entry {
    std::uint64_t end;
    Item* item;
  };
  using Map = std::map<std::uint64_t, Entry>;

  Map::iterator next_of(std::uint64_t addr) {
    auto it = map_.upper_bound(addr);
    if (it != map_.begin() && std::prev(it)->second.end > addr) return std::prev(it);
    return it;
  }
  Item* expected_next(std::uint64_t addr) {
    const auto it = next_of(addr);
    return it == map_.end() ? nullptr : it->second.item;
  }
  Item* expected(std::uint64_t addr) {
    const auto it = next_of(addr);
    return it == map_.end() || it->first > addr ? nullptr : it->second.item;
  }
  void look(std::uint64_t addr) {
    ASSERT_EQ(tree_.find(addr), expected(addr)) << "at " << addr;
    ASSERT_EQ(tree_.find_next(addr), expected_next(addr)) << "at " << addr;
  }
  // Everything there is to ask about one entry.
  void look_around(std::uint64_t start, std::uint64_t end) {
    for (const std::uint64_t addr : {start, (start + end) / 2, end - 1, end}) look(addr);
    if (start != 0) look(start - 1);
  }
  void look_at_all() {
    for (const auto& [start, entry] : map_) look_around(start, entry.end);
    Item* at = tree_.find_next(0);
    std::size_t n = 0;
    for (; at != nullptr; ++n) at = tree_.find_next(map_.at(at->start).end);
    EXPECT_EQ(n, map_.size());
  }

  void add(std::uint64_t start, std::uint64_t end) {
    map_[start] = {end, insert(start, end)};
    look_around(start, end);
  }
  void remove(std::uint64_t start) {
    const std::uint64_t end = map_.at(start).end;
    tree_.erase(start);
    map_.erase(start);
    look_around(start, end);
  }
  void change(std::uint64_t old_start, std::uint64_t start, std::uint64_t end) {
    const Entry old = map_.at(old_start);
    tree_.resize(old_start, start, end, old.item);
    map_.erase(old_start);
    old.item->start = start;
    map_[start] = {end, old.item};
    look_around(start, end);
    look_around(old_start, old.end);
  }

  // A free range around addr, as far as `reach` on both sides; empty if addr is covered.
  std::pair<std::uint64_t, std::uint64_t> gap(std::uint64_t addr, std::uint64_t reach) {
    const auto next = next_of(addr);
    if (next != map_.end() && next->first <= addr) return {addr, addr};
    std::uint64_t low = addr < reach ? 0 : addr - reach;
    if (next != map_.begin()) low = std::max(low, std::prev(next)->second.end);
    const std::uint64_t high = addr + reach;
    return {low, next == map_.end() ? high : std::min(high, next->first)};
  }

  void random_step(std::mt19937_64& random, std::uint64_t space, unsigned insert_percent) {
    const std::uint64_t addr = random() % space;
    const auto at = next_of(addr);
    if (random() % 100 < insert_percent || at == map_.end()) {
      const auto [low, high] = gap(addr, 1 + random() % 40);
      if (low < high) add(low, high);
      return;
    }
    if (random() % 2 == 0) {
      remove(at->first);
      return;
    }
    // Grows or shrinks at both ends, up to its neighbours.
    const std::uint64_t start = at->first;
    const std::uint64_t end = at->second.end;
    const std::uint64_t low = at == map_.begin() ? 0 : std::prev(at)->second.end;
    const std::uint64_t high = std::next(at) == map_.end() ? end + 100 : std::next(at)->first;
    const std::uint64_t new_start = low + random() % (end - low);
    const std::uint64_t least_end = new_start + 1;
    change(start, new_start, least_end + random() % (high - least_end + 1));
  }

  Map map_;
};

TEST_F(AgainstMap, EmptyTreeHasNothing) {
  look(0);
  look(12345);
  EXPECT_EQ(tree_.depth(), 0u);
  EXPECT_EQ(nodes_.live(), 0);
}

TEST_F(AgainstMap, AgreesAfterEveryRandomStep) {
  for (const std::uint64_t space : {200u, 3000u, 100'000u}) {
    for (const unsigned insert_percent : {20u, 50u, 90u}) {
      std::mt19937_64 random(space + insert_percent);
      for (int step = 0; step < 5000; ++step) {
        random_step(random, space, insert_percent);
        if (HasFatalFailure()) {
          FAIL() << "step " << step << ", space " << space << ", " << insert_percent << "% inserts";
        }
      }
      look_at_all();
    }
    while (!map_.empty()) remove(map_.begin()->first);
    EXPECT_EQ(tree_.depth(), 0u);
    EXPECT_EQ(nodes_.live(), 0);
  }
}

// A VMA that grows over the place where another one was, the first of the next leaf: no address of
// it may lead into that leaf any more.
TEST_F(AgainstMap, GrowsOverTheBoundOfALeaf) {
  for (std::uint64_t i = 0; i < 400; ++i) add(100 * i, 100 * i + 100);
  for (std::uint64_t i = 0; i + 1 < 400; ++i) {
    remove(100 * (i + 1));
    change(100 * i, 100 * i, 100 * (i + 2));
    change(100 * i, 100 * i, 100 * (i + 1));
    add(100 * (i + 1), 100 * (i + 2));
    ASSERT_FALSE(HasFatalFailure()) << i;
  }
  look_at_all();
}

// The same for a new VMA where several were, and for one that grows downwards.
TEST_F(AgainstMap, CoversWhereManyWere) {
  for (std::uint64_t i = 0; i < 1000; ++i) add(100 * i, 100 * i + 50);
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t first = random() % 900;
    const std::uint64_t n = 1 + random() % 80;
    const std::uint64_t start = 100 * first;
    const std::uint64_t end = 100 * (first + n);
    for (auto at = map_.lower_bound(start); at != map_.end() && at->first < end;) {
      remove((at++)->first);
    }
    if (round % 2 == 0) {
      add(start, end);
    } else {
      add(end - 1, end);
      change(end - 1, start, end);
    }
    ASSERT_FALSE(HasFatalFailure()) << round;
    look_at_all();
    remove(start);
    for (std::uint64_t i = first; i < first + n; ++i) add(100 * i, 100 * i + 50);
    ASSERT_FALSE(HasFatalFailure()) << round;
  }
}

enum class Pattern { ascending, descending, random };
class VmaTreeShape : public AgainstMap, public ::testing::WithParamInterface<Pattern> {
 protected:
  static std::vector<std::uint64_t> order(std::uint64_t n) {
    std::vector<std::uint64_t> starts;
    for (std::uint64_t i = 0; i < n; ++i) starts.push_back(10 * i);
    if (GetParam() == Pattern::descending) std::reverse(starts.begin(), starts.end());
    if (GetParam() == Pattern::random) {
      std::shuffle(starts.begin(), starts.end(), std::mt19937_64(3));
    }
    return starts;
  }
};

TEST_P(VmaTreeShape, IsShallowAndEmptiesCompletely) {
  const auto starts = order(100'000);
  std::uint64_t inserted = 0;
  for (const std::uint64_t start : starts) {
    insert(start, start + 5);
    ++inserted;
    if (inserted <= Tree::fanout) {
      ASSERT_EQ(tree_.depth(), 1u);
      ASSERT_EQ(nodes_.live(), 1);
    }
  }
  EXPECT_LE(tree_.depth(), 6u);  // half-full nodes at worst: 8^6 > 100,000
  EXPECT_GE(tree_.depth(), 5u);  // 16^4 is less
  for (std::uint64_t i = 0; i < 100'000; i += 97) {
    ASSERT_EQ(tree_.find(10 * i + 4)->start, 10 * i);
    ASSERT_EQ(tree_.find(10 * i + 5), nullptr);
    ASSERT_EQ(tree_.find_next(10 * i + 5) == nullptr, i == 99'999);
  }
  unsigned deepest = tree_.depth();
  for (const std::uint64_t start : starts) {
    tree_.erase(start);
    const unsigned depth = tree_.depth();
    ASSERT_LE(depth, deepest);  // it never grows while it empties
    deepest = depth;
  }
  EXPECT_EQ(tree_.depth(), 0u);
  EXPECT_EQ(tree_.find_next(0), nullptr);
  EXPECT_EQ(nodes_.live(), 0);
}

// Most VMAs of a process that shrinks go: what stays must not keep the nodes of all.
TEST_P(VmaTreeShape, GivesNodesBackAsItEmpties) {
  auto starts = order(10'000);
  for (const std::uint64_t start : starts) insert(start, start + 5);
  const long full_nodes = nodes_.live();
  while (starts.size() > 100) {
    tree_.erase(starts.back());
    starts.pop_back();
  }
  EXPECT_LT(nodes_.live(), full_nodes / 10);
  for (const std::uint64_t start : starts) ASSERT_EQ(tree_.find(start)->start, start);
}

std::string pattern_name(const ::testing::TestParamInfo<Pattern>& param) {
  if (param.param == Pattern::random) return "Random";
  return param.param == Pattern::ascending ? "Ascending" : "Descending";
}
INSTANTIATE_TEST_SUITE_P(Inserts, VmaTreeShape,
                         ::testing::Values(Pattern::ascending, Pattern::descending,
                                           Pattern::random),
                         pattern_name);

// A change that fits in its leaf copies that leaf and nothing else: other readers' paths stay.
TEST_F(VmaTreeTest, CopiesOneNodeForAnOrdinaryChange) {
  for (std::uint64_t i = 0; i < 1000; ++i) insert(10 * i, 10 * i + 5);
  const long nodes = nodes_.live();
  long copied = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const long before = nodes_.allocated();
    tree_.resize(10 * i, 10 * i, 10 * i + 7, items_[i].get());
    tree_.resize(10 * i, 10 * i + 1, 10 * i + 7, items_[i].get());
    ASSERT_EQ(nodes_.allocated() - before, 2) << i;
    ASSERT_EQ(nodes_.live(), nodes);
    tree_.erase(10 * i + 1);
    insert(10 * i + 1, 10 * i + 7);
    copied += nodes_.allocated() - before - 2;
  }
  EXPECT_LT(copied, 2500);  // 2 a round, and a few splits and merges
}

// Readers walk while a writer changes. What never changes must be found at once, always; what comes
// and goes is found as itself or not at all. Freed nodes are overwritten: see heap.hpp.
void read_beside_writer(const Tree& tree, std::uint64_t fixed, std::atomic<bool>& done,
                        std::atomic<std::uint64_t>& wrong) {
  std::uint64_t bad = 0;
  while (!done) {
    const std::uint64_t i = Native::random() % fixed;
    RcuReader<Heap> reader;
    const Item* stays = tree.find(1000 * i + 1);
    bad += stays == nullptr || stays->start != 1000 * i;
    const Item* may_be = tree.find(1000 * i + 500);
    bad += may_be != nullptr && (may_be->start < 1000 * i || may_be->start > 1000 * i + 500);
    const Item* next = tree.find_next(1000 * i);
    bad += next == nullptr || next->start != 1000 * i;
  }
  wrong += bad;
}

TEST(VmaTreeStress, ReadersWalkWhileAWriterChanges) {
  NativeTaskScope scope;
  Tree::NodeCache nodes;
  Tree tree(nodes);
  constexpr std::uint64_t fixed = 300;
  // Between two entries that stay is room for eight that come and go.
  constexpr unsigned room = 8;
  std::vector<Item> stay(fixed);
  std::vector<Item> move(fixed * room);
  for (std::uint64_t i = 0; i < fixed; ++i) {
    stay[i].start = 1000 * i;
    for (unsigned k = 0; k < room; ++k) move[i * room + k].start = 1000 * i + 100 * (k + 1);
    tree.insert(1000 * i, 1000 * i + 10, &stay[i]);
  }
  std::vector<bool> in(move.size());
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> wrong{0};
  const auto end = Clock::now() + std::chrono::milliseconds(500);
  run_crew(3, [&](unsigned task) {
    if (task != 0) return read_beside_writer(tree, fixed, done, wrong);
    for (std::uint64_t wave = 0; Clock::now() < end; ++wave) {
      // Fills up and empties in turn, so that nodes split and merge.
      for (int step = 0; step < 3000; ++step) {
        const std::uint64_t at = Native::random() % move.size();
        const bool want = Native::random() % 8 == 0 ? wave % 2 != 0 : wave % 2 == 0;
        if (in[at] == want) continue;
        in[at] = want;
        const std::uint64_t start = move[at].start;
        want ? tree.insert(start, start + 100, &move[at]) : tree.erase(start);
      }
    }
    done = true;
  });
  EXPECT_EQ(wrong.load(), 0u);
  tree.clear();
}

}  // namespace
}  // namespace faultline
