// check_replay.cpp: replay strings taken apart and carried out.
#include "runner/check_replay.hpp"

#include <fmt/format.h>

#include <fstream>

#include "checker/explain.hpp"
#include "checker/html.hpp"
#include "checker/regression.hpp"
#include "checker/scenarios/replay.hpp"
#include "checker/scenarios/scenario.hpp"
#include "checker/schedule.hpp"
#include "checker/text.hpp"
#include "runner/errors.hpp"

namespace faultline {

namespace {

struct Replayed {
  checker::ReplayString replay;
  checker::Result result;
};

Replayed repeat(const std::string& text, const checker::Mutations& weaker) {
  checker::ReplayString replay;
  const std::string wrong = checker::parse(text, replay);
  if (!wrong.empty()) throw Failure(exit_code::usage, "--replay: " + wrong);
  checker::Result result = replay_scenario(replay, weaker);
  if (!result.reason.empty()) throw Failure(exit_code::usage, "--replay: " + result.reason);
  return {std::move(replay), std::move(result)};
}

// The replay string does not say it, so it is searched for again.
std::string order_missing_in(const checker::ReplayString& replay, const checker::Mutations& weaker,
                             const checker::Counterexample& found) {
  const ScenarioCell* cell = find_scenario(replay.design, replay.placement, replay.scenario);
  checker::Options options;
  options.rules.chances = cell->chances;
  options.rules.prune_stale = replay.pruned;
  options.mutations = weaker.empty() ? nullptr : &weaker;
  return checker::missing_order(cell->program(replay.threads), options, found,
                                checker::seconds_for_order);
}

void write_file(const std::string& path, const std::string& text, const char* option) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) {
    throw Failure(exit_code::environment,
                  fmt::format("{}: cannot write {}; choose another place", option, path));
  }
}

void write_files(const Replayed& done, const std::string& text, const std::string& html,
                 const std::string& emit_test) {
  const checker::Counterexample& found = done.result.counterexample;
  const std::string title =
      fmt::format("{} with {}/{}", done.replay.scenario, done.replay.design, done.replay.placement);
  if (!html.empty()) {
    write_file(html, checker::as_html(found, done.replay.threads, title, text), "--html");
  }
  if (!emit_test.empty()) {
    write_file(emit_test, checker::as_test(done.replay, found), "--emit-test");
  }
}

}  // namespace

void write_story_files(const std::string& replay, const checker::Mutations& weaker,
                       const Background& background, const std::string& html,
                       const std::string& emit_test) {
  if (html.empty() && emit_test.empty()) return;
  Replayed done = repeat(replay, weaker);
  done.result.counterexample.missing_order = background.missing_order;
  done.result.counterexample.preemptions = background.preemptions;
  write_files(done, replay, html, emit_test);
}

int run_replay(const std::string& text, const checker::Mutations& weaker, const std::string& html,
               const std::string& emit_test) {
  Replayed done = repeat(text, weaker);
  const bool failed = done.result.verdict == checker::Verdict::failed;
  const bool same =
      failed && checker::fingerprint(done.result.counterexample.rows) == done.replay.fingerprint;
  if (done.result.strayed || (failed && !same)) {
    throw Failure(exit_code::usage,
                  "--replay: the string is of another build: its steps are not those of this "
                  "one; check the scenario again without --replay");
  }
  if (!failed) {
    fmt::print("it does not fail any more; if it failed with --weaken, give that again\n");
    return exit_code::ok;
  }
  done.result.counterexample.missing_order =
      order_missing_in(done.replay, weaker, done.result.counterexample);
  fmt::print("{}\n", checker::as_text(done.result.counterexample, done.replay.threads));
  write_files(done, text, html, emit_test);
  return exit_code::found;
}

}  // namespace faultline
