// regression.cpp: the text of a regression test. See regression.hpp.
#include "checker/regression.hpp"

#include <fmt/format.h>

#include "checker/text.hpp"

namespace faultline::checker {

std::string as_test(const ReplayString& replay, const Counterexample& found) {
  std::string story;
  for (const std::string& line : headline(found)) story += "// " + line + "\n";
  return fmt::format(R"(// {0}: found by the model checker with {1}/{2}, {3} threads.
{4}#include <gtest/gtest.h>

#include "checker/scenarios/replay.hpp"

TEST(Regression, {0}With{1}) {{
  const auto replayed = faultline::replay_scenario(
      "{5}");
  EXPECT_NE(replayed.verdict, faultline::checker::Verdict::failed)
      << replayed.counterexample.what;
}}
)",
                     replay.scenario, replay.design, replay.placement, replay.threads, story,
                     format(replay));
}

}  // namespace faultline::checker
