// replay_test.cpp: what a counterexample decided leads to the same failure again, and to nothing
// else in another program.
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>

#include "checker/explore.hpp"
#include "platform/checked.hpp"

namespace faultline::checker {
namespace {

using P = Checked;
using Word = P::Atomic<std::uint32_t>;

// Three threads, so that there is something to decide.
template <auto release_order>
struct Relay {
  P::Plain<std::uint32_t> data{0};
  Word first{0}, second{0};

  void thread(unsigned i) {
    if (i == 0) {
      data.set(1);
      first.store(1, release_order);
    } else if (i == 1) {
      if (first.load(acquire) != 0) second.store(1, release);
    } else if (second.load(acquire) != 0) {
      data.get();
    }
  }
};

template <bool checks_again>
struct Sleeper {
  Word ready{0};

  void thread(unsigned i) {
    if (i == 1) {
      ready.store(1, relaxed);
      P::unpark(P::task(0));
      return;
    }
    while (ready.load(acquire) == 0) {
      P::prepare_to_park("ready");
      if (!checks_again || ready.load(acquire) == 0) P::park();
      P::finish_park();
    }
  }
};

// Fails in an order of the adds that is explored only because somebody can tell.
template <bool tells>
struct ToldApart {
  Word x{0}, y{0}, z{0};

  void thread(unsigned i) {
    if (i < 2) {
      x.add(i + 1, relaxed);
      (i == 0 ? y : z).store(1, relaxed);
    } else if (y.load(relaxed) != 0 && z.load(relaxed) != 0) {
      const std::uint32_t seen = x.load(relaxed);
      FL_ASSERT(!tells || seen != 2);
    }
  }
};

struct Case {
  const char* name;
  unsigned threads;
  Program failing;
  Program fixed;
  Failure failure;

  friend void PrintTo(const Case& which, std::ostream* out) { *out << which.name; }
};

template <class Failing, class Fixed>
Case make_case(const char* name, unsigned threads, Failure failure) {
  return {name, threads, program_of<Failing>(threads), program_of<Fixed>(threads), failure};
}

class ReplayTest : public ::testing::TestWithParam<Case> {
 protected:
  static Counterexample find(Mode mode, const Rules& rules = {}) {
    Options options;
    options.mode = mode;
    options.rules = rules;
    options.preemptions = 3;
    options.executions_max = 200'000;
    const Result result = explore(GetParam().failing, options);
    EXPECT_EQ(result.verdict, Verdict::failed) << mode_name(mode) << result.reason;
    return result.counterexample;
  }
  static Result replay(const Program& program, const Decisions& decisions,
                       const Rules& rules = {}) {
    Options options;
    options.mode = Mode::replay;
    options.rules = rules;
    options.replay = decisions;
    return explore(program, options);
  }
};

TEST_P(ReplayTest, FailsInTheSameWay) {
  for (const Mode mode : {Mode::exhaustive, Mode::preemptions, Mode::random, Mode::pct}) {
    const Counterexample found = find(mode);
    EXPECT_STREQ(failure_name(found.failure), failure_name(GetParam().failure));
    const Result again = replay(GetParam().failing, found.decisions);
    EXPECT_EQ(again.verdict, Verdict::failed) << mode_name(mode);
    EXPECT_FALSE(again.strayed) << mode_name(mode);
    EXPECT_EQ(again.executions, 1u);
    EXPECT_EQ(again.counterexample.failure, found.failure);
    EXPECT_EQ(again.counterexample.what, found.what);
    EXPECT_EQ(again.counterexample.events, found.events);
    ASSERT_EQ(again.counterexample.rows.size(), found.rows.size());
    for (std::size_t i = 0; i < found.rows.size(); ++i) {
      EXPECT_EQ(again.counterexample.rows[i].thread, found.rows[i].thread);
      EXPECT_EQ(again.counterexample.rows[i].before, found.rows[i].before);
      EXPECT_EQ(again.counterexample.rows[i].after, found.rows[i].after);
      EXPECT_EQ(again.counterexample.rows[i].reads_from, found.rows[i].reads_from);
    }
  }
}

TEST_P(ReplayTest, DoesNotFailInTheProgramPutRight) {
  const Result fixed = replay(GetParam().fixed, find(Mode::exhaustive).decisions);
  EXPECT_EQ(fixed.verdict, Verdict::bounded) << fixed.counterexample.what;
  EXPECT_EQ(fixed.executions, 1u);
}

TEST_P(ReplayTest, NoDecisionsAreAnOrdinaryExecution) {
  const Result result = replay(GetParam().fixed, {});
  EXPECT_EQ(result.verdict, Verdict::bounded);
  EXPECT_FALSE(result.strayed);
}

INSTANTIATE_TEST_SUITE_P(
    , ReplayTest,
    ::testing::Values(make_case<Relay<relaxed>, Relay<release>>("race", 3, Failure::data_race),
                      make_case<Sleeper<false>, Sleeper<true>>("sleep", 2, Failure::lost_wakeup),
                      make_case<ToldApart<true>, ToldApart<false>>("blind", 3, Failure::assertion)),
    [](const auto& test) { return std::string(test.param.name); });

struct OneStep {
  Word word{0};
  void thread(unsigned) { word.store(1, relaxed); }
};

TEST(Replay, StraysInAnotherProgram) {
  Options options;
  const Result failed = explore(program_of<Relay<relaxed>>(3), options);
  options.mode = Mode::replay;
  options.replay = failed.counterexample.decisions;
  EXPECT_TRUE(explore(program_of<OneStep>(2), options).strayed);
  options.replay = {{true, 7}};
  EXPECT_TRUE(explore(program_of<OneStep>(2), options).strayed);
  options.replay = {{true, 1}, {false, 1}};
  EXPECT_TRUE(explore(program_of<OneStep>(2), options).strayed);
  options.replay = {{true, 1}, {true, 0}};
  EXPECT_FALSE(explore(program_of<OneStep>(2), options).strayed);
}

}  // namespace
}  // namespace faultline::checker
