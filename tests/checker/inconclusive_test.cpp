// inconclusive_test.cpp: what the checker cannot explore, it says so.
#include <new>

#include "tests/checker/failures.hpp"

namespace faultline::checker {
namespace {

using P = Checked;
using Word = P::Atomic<std::uint32_t>;

struct SetupFails {
  SetupFails() { FL_ASSERT(1 + 1 == 3); }
  void thread(unsigned) {}
};

TEST(Inconclusive, SetupThatFails) {
  expect_inconclusive<SetupFails>("in its setup: 1 + 1 == 3");
}

struct RawSpin {
  Word word{0};
  void thread(unsigned i) {
    if (i == 1) word.store(1, release);
    while (word.load(acquire) == 0) {
    }
  }
};

TEST(Inconclusive, RawSpinThatSomebodyEnds) {
  expect_inconclusive<RawSpin>("write the wait as P::await()");
}

alignas(Word) unsigned char outside[sizeof(Word)];
P::Plain<std::uint32_t>* plain_outside() {
  return reinterpret_cast<P::Plain<std::uint32_t>*>(outside);
}

struct WordOutside {
  Word* word;
  WordOutside() : word(new(outside) Word(0)) {}
  void thread(unsigned) { word->store(1, relaxed); }
};

struct VariableOutside {
  void thread(unsigned) { plain_outside()->get(); }
};

TEST(Inconclusive, StateOutsideOfTheScenario) {
  expect_inconclusive<WordOutside>("a shared word lies outside of the scenario");
  expect_inconclusive<VariableOutside>("a variable lies outside of the scenario");
}

template <unsigned count>
struct ManyWords {
  Word words[count];
  void thread(unsigned) {
    for (Word& word : words) word.store(1, relaxed);
  }
};

TEST(Inconclusive, TooManyWords) {
  expect_inconclusive<ManyWords<words_max + 1>>("more than 128 words", 1);
  expect_verified<ManyWords<words_max - 2>>(1);  // two are the engine's
}

template <unsigned count>
struct ManyValues {
  Word word{0};
  void thread(unsigned) {
    for (unsigned i = 0; i < count; ++i) word.add(1, relaxed);
  }
};

TEST(Inconclusive, TooManyValues) {
  expect_inconclusive<ManyValues<messages_max + 1>>("more than 250 values", 1);
  expect_verified<ManyValues<messages_max - 2>>(1);
}

struct TooLarge {
  char bytes[arena_bytes];
  void thread(unsigned) {}
};

TEST(Inconclusive, TooLargeAScenario) {
  expect_inconclusive<TooLarge>("too large");
}

struct SetupTooLarge {
  P::Cache<TooLarge> cache;
  SetupTooLarge() { cache.alloc(); }
  void thread(unsigned) {}
};

struct FinishTooLarge {
  P::Cache<TooLarge> cache;
  void thread(unsigned) {}
  void finish() { cache.alloc(); }
};

TEST(Inconclusive, SetupOrFinishThatNeedsTooMuchMemory) {
  expect_inconclusive<SetupTooLarge>("in its setup: it needs more memory than there is");
  expect_inconclusive<FinishTooLarge>("it needs more memory than there is");
}

struct SetupEndless {
  Word word{0};
  SetupEndless() {
    while (word.load(relaxed) == 0) {
    }
  }
  void thread(unsigned) {}
};

struct FinishEndless {
  Word word{0};
  void thread(unsigned) {}
  void finish() {
    while (word.fetch_add(0, relaxed) == 0) {
    }
  }
};

TEST(Inconclusive, SetupOrFinishThatDoesNotEnd) {
  expect_inconclusive<SetupEndless>("in its setup: more than 100000 operations outside");
  expect_inconclusive<FinishEndless>("more than 100000 operations outside of its threads");
}

struct Different {
  static inline unsigned runs = 0;
  Word word{0};
  void thread(unsigned i) {
    if (i == 0) ++runs;
    word.fetch_add(1, relaxed);
    if (runs % 2 == 0) word.fetch_add(1, relaxed);
  }
};

TEST(Inconclusive, ScenarioThatDependsOnSomethingElse) {
  expect_inconclusive<Different>("two executions that begin alike went on differently");
}

}  // namespace
}  // namespace faultline::checker
