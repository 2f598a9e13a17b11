// busted_test.cpp: every workload catches a lock that does not lock, and passes every lock that
// does.
#include <gtest/gtest.h>

#include "lockimpls/registry.hpp"
#include "runner/cells.hpp"
#include "runner/params.hpp"
#include "runner/yardstick_trial.hpp"
#include "tests/workloads/busted.hpp"
#include "workloads/registry.hpp"

namespace faultline {
namespace {

TrialSpec short_trial(unsigned threads, const WorkloadInfo& info) {
  TrialSpec spec;
  spec.threads = threads;
  spec.seconds = 0.02;
  spec.check_seconds = 0.02;
  spec.seed = threads;
  spec.params = workload_params(info, {});
  return spec;
}

template <Placement placement>
void expect_caught() {
  using D = Design<Native, Busted<Native>, placement>;
  AllWorkloads::each([]<template <class> class W>() {
    for (unsigned threads = 1; threads <= 3; ++threads) {
      const TrialResult result = run_trial<W<D>, D>(short_trial(threads, W<D>::info()));
      EXPECT_EQ(result.failure_kind, "lock")
          << W<D>::info().name << " with " << threads << " threads: " << result.failure;
    }
  });
}

TEST(Busted, IsCaughtInEveryWorkloadEmbedded) {
  expect_caught<Placement::embedded>();
}

TEST(Busted, IsCaughtInEveryWorkloadSeparate) {
  expect_caught<Placement::separate>();
}

// A writer that enters while readers are in: the failure must say so.
TEST(Busted, FailureNamesWhatWasSeen) {
  using D = Design<Native, Busted<Native>, Placement::embedded>;
  const TrialResult result = run_trial<PfShared<D>, D>(short_trial(2, PfShared<D>::info()));
  EXPECT_NE(result.failure.find("the lock does not exclude"), std::string::npos);
}

// Two are let in, now and then, where one should be.
template <Platform P>
class BustedTicket : public TicketLock<P> {
 public:
  using Node = typename TicketLock<P>::Node;
  void acquire(Node&) {}
  void release(Node&) {}
};

// Nobody is kept out, and one of two who come at once is not counted.
template <Platform P>
class LostCounter : public FaaCounter<P> {
 public:
  void release(Nothing&) {}
};

template <class L>
TrialResult pair_trial(unsigned threads) {
  using W = Pair<Native, L>;
  return run_yardstick_trial<W, L>(short_trial(threads, W::info()));
}

TEST(Busted, YardstickThatDoesNotExcludeIsCaught) {
  const TrialResult result = pair_trial<BustedTicket<Native>>(3);
  EXPECT_EQ(result.failure_kind, "lock");
  EXPECT_NE(result.failure.find("the lock does not exclude"), std::string::npos) << result.failure;
}

TEST(Busted, YardstickThatIsNotReleasedIsCaught) {
  for (unsigned threads = 1; threads <= 2; ++threads) {
    const TrialResult result = pair_trial<LostCounter<Native>>(threads);
    EXPECT_EQ(result.failure_kind, "lock");
    EXPECT_NE(result.failure.find("everybody has gone"), std::string::npos) << result.failure;
  }
}

class EveryCell : public testing::TestWithParam<std::size_t> {};

TEST_P(EveryCell, PassesItsCheck) {
  const Cell& cell = all_cells()[GetParam()];
  for (unsigned threads = 1; threads <= 3; ++threads) {
    const TrialResult result = cell.run(short_trial(threads, *find_workload(cell.workload)));
    // On a busy machine a thread may get no time in so short a window: that is not the lock's
    // fault.
    const bool starved =
        result.failure_kind == "silent_thread" || result.failure_kind == "zero_ops";
    EXPECT_TRUE(result.failure.empty() || starved) << threads << " threads: " << result.failure;
    if (find_design(cell.design)->kind == DesignKind::vma) {
      EXPECT_GT(result.pairs, 0u);
      EXPECT_GE(result.writer_sections, 3u);
    } else {
      const bool excludes = cell.design == "ticket" || cell.design == "mcs";
      EXPECT_EQ(result.pairs >= threads, excludes);
      EXPECT_FALSE(result.address_space);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cells, EveryCell, testing::Range<std::size_t>(0, all_cells().size()),
                         [](const testing::TestParamInfo<std::size_t>& number) {
                           const Cell& cell = all_cells()[number.param];
                           return cell.workload + "_" + cell.design + "_" +
                                  placement_name(cell.placement);
                         });

}  // namespace
}  // namespace faultline
