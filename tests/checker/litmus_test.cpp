// litmus_test.cpp: each search shows all that the litmus tests allow where it is complete, and
// nothing else in any case.
#include <gtest/gtest.h>

#include "tests/checker/axioms.hpp"
#include "tests/checker/litmus_table.hpp"

namespace faultline::litmus {
namespace {

std::string joined(const Outcomes& outcomes) {
  std::string text;
  for (const std::string& outcome : outcomes) text += (text.empty() ? "" : ", ") + outcome;
  return text;
}

class LitmusTest : public ::testing::TestWithParam<Litmus> {
 protected:
  LitmusTest() : program_{GetParam().threads, GetParam().shows_words} {
    allowed_ = GetParam().allowed.empty() ? outcomes_by_axioms(program_) : GetParam().allowed;
  }

  void expect_shows(const Outcomes& expected, const checker::Options& options) const {
    const Explored explored = explore(program_, options);
    EXPECT_EQ(explored.result.verdict, checker::Verdict::verified) << explored.result.reason;
    EXPECT_EQ(joined(explored.outcomes), joined(expected));
  }
  // A search that need not be complete.
  void expect_shows_some(const checker::Options& options) const {
    const Explored explored = explore(program_, options);
    EXPECT_FALSE(explored.outcomes.empty());
    for (const std::string& one : explored.outcomes) EXPECT_EQ(allowed_.count(one), 1u) << one;
  }

  Program program_;
  Outcomes allowed_;
};

TEST_P(LitmusTest, TableAndAxiomsAgree) {
  EXPECT_EQ(joined(allowed_), joined(outcomes_by_axioms(program_)));
  const Outcomes sc = outcomes_of_interleavings(program_);
  for (const char* one : GetParam().never) EXPECT_EQ(allowed_.count(one), 0u) << one;
  for (const char* one : GetParam().weak) {
    EXPECT_EQ(allowed_.count(one), 1u) << one;
    EXPECT_EQ(sc.count(one), 0u) << one;
  }
  for (const std::string& one : sc) EXPECT_EQ(allowed_.count(one), 1u) << one;
  if (!GetParam().allowed.empty()) {
    EXPECT_EQ(sc.size() + GetParam().weak.size(), allowed_.size());
  }
}

TEST_P(LitmusTest, ExhaustiveSearchShowsExactlyWhatIsAllowed) {
  checker::Options options;
  expect_shows(allowed_, options);
  options.rules.prune_stale = false;
  expect_shows(allowed_, options);
}

TEST_P(LitmusTest, StrongMemoryShowsExactlyTheInterleavings) {
  checker::Options options;
  options.rules.weak = false;
  expect_shows(outcomes_of_interleavings(program_), options);
}

// 16 preemptions are more than there are steps, so this is the search without any reduction.
TEST_P(LitmusTest, EveryScheduleShowsExactlyWhatIsAllowed) {
  checker::Options options;
  options.mode = checker::Mode::preemptions;
  options.preemptions = 16;
  expect_shows(allowed_, options);
}

TEST_P(LitmusTest, OtherSearchesShowNothingElse) {
  checker::Options options;
  options.mode = checker::Mode::preemptions;
  for (const unsigned bound : {0u, 1u, 2u, 3u}) {
    options.preemptions = bound;
    expect_shows_some(options);
  }
  options.executions_max = 2000;
  for (const checker::Mode mode : {checker::Mode::random, checker::Mode::pct}) {
    options.mode = mode;
    expect_shows_some(options);
  }
}

// Two threads with few steps: chance finds everything.
TEST_P(LitmusTest, RandomSearchShowsEverythingWithTwoThreads) {
  if (program_.threads.size() > 2) GTEST_SKIP() << "more threads";
  checker::Options options;
  options.mode = checker::Mode::random;
  options.executions_max = 5000;
  EXPECT_EQ(joined(explore(program_, options).outcomes), joined(allowed_));
}

INSTANTIATE_TEST_SUITE_P(, LitmusTest, ::testing::ValuesIn(all_litmus_tests()),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           for (char& c : name) c = c == '+' ? 'p' : c;
                           return name;
                         });

}  // namespace
}  // namespace faultline::litmus
