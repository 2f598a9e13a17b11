// Which mutants there are, how they are hunted, and what passes.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <map>

#include "checker/gate/children.hpp"
#include "checker/gate/failure.hpp"
#include "checker/gate/hunt.hpp"
#include "checker/gate/verdict.hpp"
#include "checker/scenarios/sections.hpp"

namespace faultline {

// The scenarios of this test alone.
const std::vector<ScenarioCell>& all_scenarios();

namespace {

// Hands a plain value over; the stores before it are not needed.
struct Message {
  [[maybe_unused]] static constexpr const char* name = "message";
  Checked::Atomic<std::uint32_t> ready{0};
  Checked::Atomic<std::uint32_t> ignored{0};
  Checked::Plain<std::uint32_t> value{0};

  void thread(unsigned i) {
    if (i == 0) {
      value.set(1);
      ignored.store(1, release);
      ready.store(1, release);
    } else if (ready.load(acquire) == 1) {
      static_cast<void>(value.get());
    }
  }
};

// Ends only if the other thread's store is made.
struct Signal {
  Checked::Atomic<std::uint32_t> ready{0};

  void thread(unsigned i) {
    if (i == 0) {
      ready.store(1, release);
    } else {
      Checked::await("signal", ready, [](std::uint32_t seen) { return seen == 1; }, acquire);
    }
  }
};

// What a task leaves in its own word must be gone in the next execution.
struct Visits {
  Checked::Atomic<std::uint32_t> met{0};

  void thread(unsigned) {
    auto& mine = Checked::per_task<Checked::Atomic<std::uint32_t>>(Checked::self().id());
    expect(mine.load(relaxed) == 0, checker::Failure::assertion, "it was here before");
    mine.store(1, relaxed);
    met.add(1, relaxed);
  }
};

template <class S>
ScenarioCell cell(const char* name, const char* placement) {
  ScenarioCell made;
  made.scenario = name;
  made.design = "none";
  made.placement = placement;
  made.threads = {2};
  made.program = &checker::program_of<S>;
  return made;
}

}  // namespace

const std::vector<ScenarioCell>& all_scenarios() {
  static const std::vector<ScenarioCell> cells{cell<Message>("message", "usual"),
                                               cell<Signal>("signal", "usual"),
                                               cell<Signal>("elsewhere", "other")};
  return cells;
}

namespace gate {

namespace {

using checker::Kind;
using checker::Mo;

std::vector<std::string> changes(Kind kind, const char* action, Mo order) {
  std::vector<std::string> all;
  checker::Surveyed operation;
  operation.place = {"mm/x.hpp", 1, 2};
  operation.kind = kind;
  operation.action = action;
  operation.order = order;
  for (const Mutant& mutant : mutants_of(operation)) {
    EXPECT_EQ(mutant.mutation.drop, mutant.to == "dropped");
    if (!mutant.mutation.drop) {
      EXPECT_EQ(order_name(mutant.mutation.order), mutant.to);
    }
    all.push_back(mutant.to);
  }
  return all;
}

using Names = std::vector<std::string>;

TEST(Mutants, AreTheWeakerOrdersAndWhatCanBeLeftOut) {
  EXPECT_EQ(changes(Kind::load, "load", Mo::relaxed), Names{});
  EXPECT_EQ(changes(Kind::load, "load", Mo::acquire), Names{"relaxed"});
  EXPECT_EQ(changes(Kind::store, "store", Mo::relaxed), Names{"dropped"});
  EXPECT_EQ(changes(Kind::store, "store", Mo::release), (Names{"relaxed", "dropped"}));
  EXPECT_EQ(changes(Kind::rmw, "add", Mo::relaxed), Names{});
  EXPECT_EQ(changes(Kind::rmw, "add", Mo::release), Names{"relaxed"});
  EXPECT_EQ(changes(Kind::rmw, "add", Mo::acq_rel), (Names{"acquire", "release"}));
  EXPECT_EQ(changes(Kind::update, "update", Mo::full), (Names{"acq_rel", "acquire", "release"}));
  EXPECT_EQ(changes(Kind::fence, "fence", Mo::full), (Names{"acq_rel", "dropped"}));
  EXPECT_EQ(changes(Kind::fence, "fence", Mo::release), Names{"dropped"});
  EXPECT_EQ(changes(Kind::unpark, "unpark", Mo::full), Names{"dropped"});
  EXPECT_EQ(changes(Kind::prepare, "prepare_to_park", Mo::full), Names{"dropped"});
  EXPECT_EQ(changes(Kind::free_rcu, "free_rcu", Mo::relaxed), Names{"dropped"});
  EXPECT_EQ(changes(Kind::await, "await", Mo::acquire), Names{"relaxed"});
}

TEST(Mutants, OnlyOfTheLockCodeAndTheAddressSpace) {
  EXPECT_TRUE(in_scope("lockimpls/osq.hpp"));
  EXPECT_TRUE(in_scope("mm/mm.hpp"));
  EXPECT_FALSE(in_scope("mm/check.hpp"));
  EXPECT_FALSE(in_scope("checker/scenarios/word.hpp"));
}

TEST(Mutants, AreNumberedByTheirPlace) {
  std::vector<Mutant> mutants(3);
  mutants[0].place = {"mm/b.hpp", 1, 1};
  mutants[1].place = {"mm/a.hpp", 9, 2};
  mutants[2].place = {"mm/a.hpp", 9, 1};
  sort_and_number(mutants);
  EXPECT_EQ(mutants[0].place.column, 1u);
  EXPECT_EQ(mutants[2].place.file, "mm/b.hpp");
  EXPECT_EQ(mutants[2].number, 3u);
}

// --- children ---

std::map<std::size_t, Ended> ends_of(std::size_t count, double silence,
                                     std::function<void(std::size_t, std::FILE*)> run) {
  std::map<std::size_t, Ended> ends;
  Work work;
  work.run = std::move(run);
  work.line = [](std::size_t i, const std::string& line) { EXPECT_EQ(line, std::to_string(i)); };
  work.end = [&](std::size_t i, Ended ended, int) { ends[i] = ended; };
  run_in_children(count, 2, silence, work);
  return ends;
}

TEST(Children, SayHowTheyEnd) {
  const auto ends = ends_of(5, 1, [](std::size_t i, std::FILE* out) {
    std::fprintf(out, "%zu\n", i);
    std::fflush(out);
    if (i == 1) raise(SIGSEGV);
    if (i == 2) throw std::string("an exception");
    if (i == 3) sleep(30);
  });
  EXPECT_EQ(ends, (std::map<std::size_t, Ended>{{0, Ended::well},
                                                {1, Ended::crashed},
                                                {2, Ended::crashed},
                                                {3, Ended::hung},
                                                {4, Ended::well}}));
}

TEST(Children, NoWorkIsDoneAtOnce) {
  EXPECT_TRUE(ends_of(0, 1, [](std::size_t, std::FILE*) {}).empty());
}

// --- the hunt ---

struct Hunted {
  std::vector<Mutant> mutants;
  std::vector<Outcome> outcomes;
};

Hunted hunt_all() {
  const Limits limits;
  const Baseline baseline = survey(candidates_of(all_scenarios()), limits);
  Hunted hunted;
  for (const checker::Surveyed& one : baseline.places) {
    for (Mutant& mutant : mutants_of(one)) hunted.mutants.push_back(std::move(mutant));
  }
  sort_and_number(hunted.mutants);
  hunted.outcomes.resize(hunted.mutants.size());
  hunt(hunted.mutants, baseline, limits,
       [&](std::size_t i, const Outcome& outcome) { hunted.outcomes[i] = outcome; });
  return hunted;
}

// Each candidate is explored where the last one was.
TEST(Hunt, ExplorationsKnowNothingOfEachOther) {
  for (int i = 0; i < 3; ++i) {
    const checker::Result result =
        checker::explore(checker::program_of<Visits>(2), checker::Options{});
    EXPECT_EQ(result.verdict, checker::Verdict::verified) << result.reason;
  }
}

TEST(Hunt, TheUsualPlacementIsEnough) {
  const std::vector<Candidate> candidates = candidates_of(all_scenarios());
  ASSERT_EQ(candidates.size(), 2u);
  EXPECT_EQ(candidates[1].cell->scenario, "signal");
}

TEST(Hunt, FindsWhatIsNeededAndWhatIsNot) {
  const Hunted hunted = hunt_all();
  std::vector<std::string> fates;
  for (std::size_t i = 0; i < hunted.mutants.size(); ++i) {
    const Outcome& outcome = hunted.outcomes[i];
    fates.push_back(hunted.mutants[i].what + " " + (outcome.killed ? outcome.by : "lives"));
  }
  EXPECT_EQ(fates, (Names{"store: release -> relaxed lives", "store: dropped lives",
                          "store: release -> relaxed data_race", "store: dropped lives",
                          "load: acquire -> relaxed data_race", "store: release -> relaxed lives",
                          "store: dropped deadlock", "await: acquire -> relaxed lives"}));
  EXPECT_EQ(hunted.outcomes[2].scenario, "message");
  EXPECT_EQ(hunted.outcomes[2].threads, 2u);
  EXPECT_GE(hunted.outcomes[0].executions, 2u);
  EXPECT_EQ(hunted.outcomes[0].complete, 1u);
}

TEST(Hunt, NothingIsFoundInAnUnchangedSource) {
  const Outcome outcome = hunt_unchanged(candidates_of(all_scenarios()), Limits{});
  EXPECT_FALSE(outcome.killed);
  EXPECT_EQ(outcome.cells, 2u);
  EXPECT_EQ(outcome.complete, 2u);
}

// --- the verdict ---

Mutant mutant_at(unsigned line, const char* to) {
  Mutant mutant;
  mutant.place = {"mm/x.hpp", line, 1};
  mutant.to = to;
  mutant.what = std::string("store: ") + to;
  return mutant;
}

Outcome outcome_of(bool killed) {
  Outcome outcome;
  outcome.ran = true;
  outcome.killed = killed;
  outcome.by = killed ? "data_race" : "";
  outcome.design = "refcount";
  outcome.scenario = "message";
  return outcome;
}

Sources source_of(const std::string& text) {
  Sources sources;
  sources.emplace("mm/x.hpp", SourceText("mm/x.hpp", text));
  return sources;
}

TEST(Verdicts, ASurvivorNeedsAReason) {
  const std::vector<Mutant> mutants{mutant_at(1, "relaxed"), mutant_at(2, "relaxed")};
  const std::vector<Outcome> outcomes{outcome_of(true), outcome_of(false)};
  const Verdict bare = judge(mutants, outcomes, source_of("a;\nb;\n"), true);
  EXPECT_FALSE(bare.passes());
  EXPECT_EQ(bare.count(State::survivor), 1u);
  EXPECT_NE(text_of(bare, false).find("SURVIVES"), std::string::npos);
  const Verdict reasoned =
      judge(mutants, outcomes, source_of("a;\nb;  // unforced: a hint\n"), true);
  EXPECT_TRUE(reasoned.passes());
  EXPECT_EQ(reasoned.rows[1].reason, "a hint");
  EXPECT_NE(markdown_of(reasoned, "made\n").find("* line 2, store: relaxed: a hint"),
            std::string::npos);
  EXPECT_NE(json_of(reasoned).find("\"reason\": \"a hint\""), std::string::npos);
}

TEST(Verdicts, AReasonWithoutASurvivorIsStale) {
  const std::vector<Mutant> mutants{mutant_at(1, "relaxed"), mutant_at(1, "dropped")};
  const Sources sources = source_of("a;  // unforced(relaxed): a hint\n");
  const std::vector<Outcome> killed{outcome_of(true), outcome_of(true)};
  const Verdict stale = judge(mutants, killed, sources, true);
  EXPECT_FALSE(stale.passes());
  ASSERT_EQ(stale.stale.size(), 1u);
  EXPECT_NE(text_of(stale, false).find("mm/x.hpp:1: STALE"), std::string::npos);
  // One mutant alone says nothing about it, nor do mutants that were not run.
  EXPECT_TRUE(judge(mutants, killed, sources, false).passes());
  EXPECT_TRUE(judge(mutants, {Outcome{}, outcome_of(true)}, sources, true).passes());
  // The other one lives: the reason is not about it.
  EXPECT_EQ(
      judge(mutants, {outcome_of(false), outcome_of(false)}, sources, true).count(State::survivor),
      1u);
}

TEST(Verdicts, AnOperationThatNobodyExecutesIsASurvivor) {
  const Sources sources = source_of("a.store(1, release);\nb.load(acquire);\n");
  checker::Surveyed reached;
  reached.place = {"mm/x.hpp", 1, 3};
  const auto never = unreached(sources, {reached});
  ASSERT_EQ(never.size(), 1u);
  EXPECT_EQ(never[0].place.line, 2u);
  const Verdict verdict = judge(never, {Outcome{}}, sources, true);
  EXPECT_EQ(verdict.count(State::survivor), 1u);
}

}  // namespace

}  // namespace gate

}  // namespace faultline
