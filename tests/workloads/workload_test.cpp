// workload_test.cpp: what the workloads do to the address space, and how a trial is judged.
#include <gtest/gtest.h>

#include <numeric>

#include "runner/cells.hpp"
#include "runner/params.hpp"

namespace faultline {
namespace {

TrialResult run(const std::string& workload, unsigned threads,
                const std::vector<std::string>& set = {}) {
  const Cell& cell = *find_cell("refcount", Placement::embedded, workload);
  TrialSpec spec;
  spec.threads = threads;
  spec.seconds = 0.02;
  spec.check_seconds = 0.001;
  spec.params = workload_params(*find_workload(workload), set);
  return cell.run(spec);
}

std::uint64_t sum(const std::vector<std::uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

// One VMA is always the harness's own.
TEST(Workloads, VmasAreAsManyAsMeant) {
  for (unsigned n = 1; n <= 3; ++n) {
    EXPECT_EQ(run("pf_shared", n).vmas, 1u + 1);
    EXPECT_EQ(run("pf_private", n).vmas, 2u * n + 1);  // each with its guard, none merged
    EXPECT_EQ(run("pf_vs_mprotect", n).vmas, 1u + 1);
    EXPECT_EQ(run("mmap_churn", n).vmas, 1u);
    EXPECT_EQ(run("thread_storm", n).vmas, 1u);
    EXPECT_EQ(run("fork_storm", n, {"vmas=50"}).vmas, 50u + 2 * (n - 1) + 1);
  }
}

TEST(Workloads, OpsAreThoseOfThePrimaryRole) {
  for (const char* name : {"pf_shared", "pf_private", "mmap_churn", "thread_storm"}) {
    const TrialResult result = run(name, 3);
    EXPECT_EQ(result.ops, sum(result.thread_ops)) << name;
    EXPECT_TRUE(result.secondary.empty()) << name;
  }
  const TrialResult mprotect = run("pf_vs_mprotect", 3);
  EXPECT_EQ(mprotect.secondary.at("mprotect"), mprotect.thread_ops[0]);
  EXPECT_EQ(mprotect.ops, mprotect.thread_ops[1] + mprotect.thread_ops[2]);
  const TrialResult fork = run("fork_storm", 3);
  EXPECT_EQ(fork.ops, fork.thread_ops[0]);
  EXPECT_EQ(fork.secondary.at("fault"), fork.thread_ops[1] + fork.thread_ops[2]);
}

TEST(Workloads, OneThreadDoesWhatItCan) {
  EXPECT_EQ(run("pf_vs_mprotect", 1, {"faults_per_mprotect=7"}).ops % 7, 0u);
  EXPECT_TRUE(run("fork_storm", 1).secondary.empty());
}

TEST(Workloads, FaultsGoThroughTheVmaLock) {
  const TrialResult result = run("pf_private", 2, {"pages_per_thread=64"});
  EXPECT_GE(result.vma_lock.success + 2, result.ops);
  EXPECT_GT(result.ops, 4 * 64u);  // the pages went round
}

TEST(Workloads, FaultWorkMakesFaultsLonger) {
  const TrialResult result = run("pf_shared", 1, {"fault_work_ns=100000"});
  EXPECT_LE(static_cast<double>(result.ops), result.seconds / 100e-6 + 1);
}

TEST(Workloads, TouchedPagesAreFaulted) {
  const TrialResult churn = run("mmap_churn", 1, {"map_pages=8", "touch_pages=5"});
  const std::uint64_t faults = churn.vma_lock.success + churn.vma_lock.retry + churn.vma_lock.abort;
  EXPECT_EQ(faults, 5 * churn.ops);
  EXPECT_EQ(run("mmap_churn", 1, {"touch_pages=0"}).vma_lock.success, 0u);
}

TrialThread busy_thread() {
  TrialThread thread;
  thread.ops = 100;
  thread.begin_ns = 1000;
  thread.end_ns = 2000;
  thread.cpu_ns = 900;
  thread.cpu_seen = 0;
  return thread;
}

TrialResult judge(const std::vector<TrialThread>& threads, std::vector<int> cpus = {}) {
  TrialSpec spec;
  spec.threads = static_cast<unsigned>(threads.size());
  spec.cpus = std::move(cpus);
  TrialResult result;
  for (const TrialThread& thread : threads) result.ops += thread.ops;
  summarize(spec, threads, result);
  return result;
}

TEST(Judgement, AddsUpGoodThreads) {
  std::vector<TrialThread> threads(2, busy_thread());
  threads[1].begin_ns = 1500;
  threads[1].end_ns = 2500;
  const TrialResult result = judge(threads, {0, 0});
  EXPECT_EQ(result.failure_kind, "");
  EXPECT_NEAR(result.seconds, 1500e-9, 1e-15);
  EXPECT_NEAR(result.cpu_seconds, 1800e-9, 1e-15);
  EXPECT_NEAR(result.overlap, 1.0 / 3, 1e-9);
}

TEST(Judgement, SilentThreadIsAFailure) {
  std::vector<TrialThread> threads(3, busy_thread());
  threads[1].ops = 0;
  EXPECT_EQ(judge(threads).failure_kind, "silent_thread");
  EXPECT_NE(judge(threads).failure.find("thread 1"), std::string::npos);
}

TEST(Judgement, ZeroOpsAreAFailure) {
  TrialSpec spec;
  TrialResult result;  // the primary role did nothing, though its thread counted something
  summarize(spec, {busy_thread()}, result);
  EXPECT_EQ(result.failure_kind, "zero_ops");
}

TEST(Judgement, RefusedPinningIsTheEnvironments) {
  std::vector<TrialThread> threads(1, busy_thread());
  threads[0].pin_error = "CPU 0: Operation not permitted";
  EXPECT_EQ(judge(threads, {0}).failure_kind, "environment");
}

TEST(Judgement, AnotherCpuThanPinnedIsNoticed) {
  std::vector<TrialThread> threads(1, busy_thread());
  threads[0].cpu_seen = 1;
  EXPECT_EQ(judge(threads, {0}).failure_kind, "environment");
  EXPECT_EQ(judge(threads).failure_kind, "");  // not pinned: any CPU will do
}

}  // namespace
}  // namespace faultline
