// names_test.cpp: near names, parameters, plans: what the command line is turned into.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "runner/errors.hpp"
#include "runner/near_names.hpp"
#include "runner/params.hpp"
#include "runner/plan.hpp"
#include "runner/progress.hpp"

namespace faultline {
namespace {

int exit_code_of(const RunOptions& options) {
  try {
    make_plan(options);
  } catch (const Failure& failure) {
    return failure.exit_code();
  }
  return 0;
}

TEST(NearNames, TypoFindsTheName) {
  const std::vector<std::string> names = {"mmap_lock", "rwsem", "atomic", "refcount"};
  EXPECT_EQ(near_names("refcnt", names).front(), "refcount");
  EXPECT_EQ(near_names("rwsme", names).front(), "rwsem");
  EXPECT_TRUE(near_names("zzzzzz", names).empty());
  EXPECT_NE(unknown_name("design", "refcnt", names).find("did you mean refcount"),
            std::string::npos);
  EXPECT_NE(unknown_name("design", "zzzzzz", names).find("there are mmap_lock"), std::string::npos);
}

TEST(Params, DefaultsAreChangedByName) {
  const WorkloadInfo& info = *find_workload("mmap_churn");
  EXPECT_EQ(workload_params(info, {}).at("map_pages"), 16u);
  EXPECT_EQ(workload_params(info, {"map_pages=7", "vmas=3"}).at("map_pages"), 7u);
  EXPECT_THROW(workload_params(info, {"map_pages=0"}), Failure);
  EXPECT_THROW(workload_params(info, {"map_pages=1x"}), Failure);
  EXPECT_THROW(workload_params(info, {"map_pages"}), Failure);
  EXPECT_THROW(check_params({&info}, {"vmas=3"}), Failure);
}

TEST(Params, VersionFollowsTheParameters) {
  const WorkloadInfo& info = *find_workload("mmap_churn");
  const std::string one = workload_version(info, workload_params(info, {}));
  EXPECT_EQ(one, workload_version(info, workload_params(info, {})));
  EXPECT_NE(one, workload_version(info, workload_params(info, {"map_pages=7"})));
}

TEST(Plan, HasEveryCombinationOnce) {
  RunOptions options;
  options.threads = "1,2";
  options.seed = 7;
  const Plan plan = make_plan(options);
  EXPECT_EQ(plan.configs.size(),
            design_names(DesignKind::vma).size() * workload_names(DesignKind::vma).size() * 2);
  std::set<std::string> ids;
  for (const Config& config : plan.configs) ids.insert(config.id());
  EXPECT_EQ(ids.size(), plan.configs.size());
}

TEST(Plan, RoundsAreShuffledTheSameWayForTheSameSeed) {
  RunOptions options;
  options.threads = "1";
  options.seed = 7;
  const Plan plan = make_plan(options);
  const Plan again = make_plan(options);
  EXPECT_EQ(plan.order(3), again.order(3));
  EXPECT_NE(plan.order(3), plan.order(4));
  auto sorted = plan.order(3);
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) EXPECT_EQ(sorted[i], i);
  EXPECT_NE(plan.run_seed(0, 1), plan.run_seed(1, 1));
  options.seed = 8;
  EXPECT_NE(plan.order(3), make_plan(options).order(3));
}

TEST(Plan, PlacementsKeepTheControl) {
  RunOptions options;
  options.threads = "1";
  options.workloads = {"pf_shared"};
  options.placements = {"separate", "embedded"};
  EXPECT_EQ(make_plan(options).configs.size(), 7u);  // three words in two places, and the control
  options.placements = {"kernel"};
  EXPECT_EQ(make_plan(options).configs.size(), 4u);
}

// Names of the plan's workloads with their designs, in order: "pair/ticket".
std::vector<std::string> pairs_of(const std::vector<std::string>& designs,
                                  const std::vector<std::string>& workloads) {
  RunOptions options;
  options.threads = "1";
  options.designs = designs;
  options.workloads = workloads;
  std::vector<std::string> names;
  for (const Config& config : make_plan(options).configs) {
    names.push_back(config.cell->workload + "/" + config.cell->design);
  }
  return names;
}

TEST(Plan, YardsticksTakePartOnlyWhereTheyAreNamed) {
  using Names = std::vector<std::string>;
  for (const std::string& name : pairs_of({}, {})) EXPECT_EQ(name.find("pair/"), std::string::npos);
  EXPECT_EQ(pairs_of({}, {"pf_shared"}).size(), design_names(DesignKind::vma).size());
  EXPECT_EQ(pairs_of({}, {"pair"}), (Names{"pair/faa", "pair/cas", "pair/cas_reuse", "pair/ticket",
                                           "pair/cas_rw", "pair/mcs"}));
  EXPECT_EQ(pairs_of({"mcs"}, {}), Names{"pair/mcs"});
  EXPECT_EQ(pairs_of({"mcs", "rwsem"}, {"pair", "pf_shared"}),
            (Names{"pair/mcs", "pf_shared/rwsem"}));
  EXPECT_EQ(pairs_of({"ticket", "rwsem"}, {}).size(), 1 + workload_names(DesignKind::vma).size());
}

TEST(Plan, RefusesKindsThatDoNotRunTogether) {
  RunOptions options;
  options.workloads = {"pair"};
  options.designs = {"refcount"};
  EXPECT_EQ(exit_code_of(options), exit_code::usage);
  options.designs = {"ticket", "refcount"};
  EXPECT_EQ(exit_code_of(options), exit_code::usage);
  options.workloads = {"pair", "pf_shared"};
  EXPECT_EQ(exit_code_of(options), exit_code::ok);
  options.designs = {"ticket"};
  EXPECT_EQ(exit_code_of(options), exit_code::usage);
}

TEST(Plan, RefusesWhatCannotBe) {
  RunOptions options;
  options.designs = {"refcnt"};
  EXPECT_EQ(exit_code_of(options), exit_code::usage);
  options = {};
  options.threads = "0";
  EXPECT_EQ(exit_code_of(options), exit_code::usage);
  options = {};
  options.rounds = 0;
  EXPECT_EQ(exit_code_of(options), exit_code::usage);
  options = {};
  options.pin = "8000";
  EXPECT_EQ(exit_code_of(options), exit_code::environment);
}

TEST(Progress, NumbersAreShort) {
  EXPECT_EQ(short_number(9'996'000), "10.0M");
  EXPECT_EQ(short_number(1'234'567), "1.23M");
  EXPECT_EQ(short_number(45'600), "45.6k");
  EXPECT_EQ(short_number(789), "789");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(61), "1 min 1 s");
  EXPECT_EQ(duration_text(3720), "1 h 2 min");
}

}  // namespace
}  // namespace faultline
