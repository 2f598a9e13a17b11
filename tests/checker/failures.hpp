// failures.hpp: what tests say about what comes out of exploring a program.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "checker/explore.hpp"
#include "platform/checked.hpp"

namespace faultline::checker {

template <class S>
Result explored(unsigned threads = 2, Options options = {}) {
  return explore(program_of<S>(threads), options);
}

// Found by the exhaustive search, with and without pruning, and with few preemptions; the text
// says what.
template <class S>
void expect_failure(Failure failure, const char* text, unsigned threads = 2) {
  Options options;
  const auto expect = [&](const char* how) {
    const Result result = explored<S>(threads, options);
    EXPECT_EQ(result.verdict, Verdict::failed) << how << ": " << result.reason;
    EXPECT_STREQ(failure_name(result.counterexample.failure), failure_name(failure)) << how;
    EXPECT_NE(result.counterexample.what.find(text), std::string::npos)
        << how << ": " << result.counterexample.what;
  };
  expect("pruned");
  options.rules.prune_stale = false;
  expect("not pruned");
  options.mode = Mode::preemptions;
  expect("two preemptions");
}

template <class S>
void expect_verified(unsigned threads = 2) {
  Options options;
  for (const bool prune : {true, false}) {
    options.rules.prune_stale = prune;
    const Result result = explored<S>(threads, options);
    EXPECT_EQ(result.verdict, Verdict::verified)
        << result.reason << failure_name(result.counterexample.failure) << ": "
        << result.counterexample.what;
  }
}

template <class S>
void expect_inconclusive(const char* text, unsigned threads = 2, Options options = {}) {
  const Result result = explored<S>(threads, options);
  EXPECT_EQ(result.verdict, Verdict::inconclusive) << result.counterexample.what;
  EXPECT_NE(result.reason.find(text), std::string::npos) << result.reason;
}

}  // namespace faultline::checker
