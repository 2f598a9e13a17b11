// kernel_workloads_test.cpp: every kernel workload does what it says, on the running kernel.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <tuple>

#include "tests/workloads/kernel/trials.hpp"

namespace faultline::kernel {
namespace {

// A kernel or a sandbox may refuse userfaultfd: then the failure has to say what would help.
bool refused_with_cure(const KernelTrialResult& result) {
  return result.failure_kind == "environment" && result.failure.rfind("userfaultfd: ", 0) == 0 &&
         (result.failure.find("vm.unprivileged_userfaultfd") != std::string::npos ||
          result.failure.find("CONFIG_USERFAULTFD") != std::string::npos);
}

using Case = std::tuple<std::string, Mode, unsigned>;

class EveryKernelWorkload : public testing::TestWithParam<Case> {};

TEST_P(EveryKernelWorkload, MakesTheOperationsItIsAskedFor) {
  const auto& [name, mode, threads] = GetParam();
  const CatalogEntry& entry = find_kernel_workload(name);
  const bool slow = name == "exec_spawn" || name == "fork_many_vmas" || name == "maps_scan";
  const std::uint64_t ops = slow ? 20 : 300;
  const KernelTrialResult result = run_counted(name, mode, threads, ops);
  if (name == "userfaultfd" && refused_with_cure(result)) GTEST_SKIP() << result.failure;
  ASSERT_EQ(result.failure_kind, "") << result.failure;
  EXPECT_EQ(result.thread_ops, std::vector<std::uint64_t>(threads, ops));
  std::uint64_t primary = 0;
  for (unsigned i = 0; i < threads; ++i) {
    primary += std::string(entry.role(i, threads)) == entry.info.primary ? ops : 0;
  }
  EXPECT_EQ(result.ops, primary);
  std::uint64_t others = 0;
  for (const auto& [role, count] : result.secondary) others += count;
  EXPECT_EQ(others, threads * ops - primary);
  EXPECT_GT(result.latency.count(), 0u);
  EXPECT_LE(result.latency.count(), primary);
  EXPECT_GT(result.seconds, 0);
  EXPECT_GT(result.cpu_seconds, 0);
  EXPECT_GT(result.vmas, 4u);
  EXPECT_EQ(result.cpus_seen.size(), threads);
}

std::vector<std::string> names() {
  return kernel_workload_names();
}

INSTANTIATE_TEST_SUITE_P(All, EveryKernelWorkload,
                         testing::Combine(testing::ValuesIn(names()),
                                          testing::Values(Mode::threads, Mode::processes),
                                          testing::Values(1u, 2u)),
                         [](const testing::TestParamInfo<Case>& one) {
                           return std::get<0>(one.param) + "_" + mode_name(std::get<1>(one.param)) +
                                  "_" + std::to_string(std::get<2>(one.param));
                         });

class FaultWorkload : public testing::TestWithParam<std::string> {};

// The kernel's own count of the threads' faults. A few more are the harness's: its code and stack
// are not all there in a process that was forked just now.
TEST_P(FaultWorkload, FaultsAsOftenAsItSays) {
  constexpr std::uint64_t ops = 2000;
  for (const Mode mode : {Mode::threads, Mode::processes}) {
    const KernelTrialResult result = run_counted(GetParam(), mode, 2, ops);
    ASSERT_EQ(result.failure_kind, "") << result.failure;
    EXPECT_GE(result.minor_faults + result.major_faults, 2 * ops) << mode_name(mode);
    EXPECT_LE(result.minor_faults + result.major_faults, 2 * ops + 100) << mode_name(mode);
  }
}

INSTANTIATE_TEST_SUITE_P(All, FaultWorkload,
                         testing::Values("pft", "pf_private", "pf_shared_file", "pf_cow",
                                         "stack_growth", "madvise_dontneed"),
                         [](const auto& one) { return one.param; });

TEST(KernelWorkloads, PageFault1FaultsOnceAPageWithoutHugePages) {
  const KernelTrialResult result =
      run_counted("page_fault1", Mode::threads, 2, 2000, {"pages=500", "thp=0"});
  ASSERT_EQ(result.failure_kind, "") << result.failure;
  EXPECT_GE(result.minor_faults, 4000u);
  EXPECT_LE(result.minor_faults, 4100u);
  EXPECT_GT(result.zap_ns, 0u);
}

// One pass over the pages is pft of mmtests: nothing is given back within the window.
TEST(KernelWorkloads, PftGivesPagesBackOnlyAfterAWholePass) {
  EXPECT_EQ(run_counted("pft", Mode::threads, 1, 512, {"pages=512"}).zap_ns, 0u);
  EXPECT_GT(run_counted("pft", Mode::threads, 1, 513, {"pages=512"}).zap_ns, 0u);
}

std::uint64_t vmas_of(const std::string& workload, unsigned threads,
                      const std::vector<std::string>& set) {
  const KernelTrialResult result = run_counted(workload, Mode::threads, threads, 40, set);
  EXPECT_EQ(result.failure_kind, "") << result.failure;
  return result.vmas;
}

// Each further VMA brings the page behind it along, which has no permissions.
TEST(KernelWorkloads, PrivateVmasAreInTheMapsOfTheProcess) {
  EXPECT_EQ(vmas_of("pf_private", 1, {"vmas=32"}), vmas_of("pf_private", 1, {"vmas=1"}) + 62);
  EXPECT_EQ(vmas_of("pf_private", 2, {"vmas=8"}), vmas_of("pf_private", 2, {"vmas=1"}) + 28);
}

TEST(KernelWorkloads, VmasToForkOrToReadAreInTheMapsOfTheProcess) {
  for (const char* workload : {"fork_many_vmas", "maps_scan"}) {
    EXPECT_EQ(vmas_of(workload, 1, {"vmas=100"}), vmas_of(workload, 1, {"vmas=1"}) + 198);
  }
}

TEST(KernelWorkloads, MixedLaysItsFaultsOutAsItIsTold) {
  const std::uint64_t one_vma = vmas_of("mixed", 3, {"layout=0"});
  EXPECT_EQ(vmas_of("mixed", 3, {"layout=1"}), one_vma + 2);
  EXPECT_EQ(vmas_of("mixed", 3, {"layout=2"}), one_vma + 4);
}

TEST(KernelWorkloads, MixedMakesOnlyTheCallsThatHaveWeight) {
  const KernelTrialResult faults =
      run_counted("mixed", Mode::threads, 1, 1000,
                  {"faults=1", "mmaps=0", "munmaps=0", "mprotects=0", "madvises=0"});
  EXPECT_GE(faults.minor_faults, 1000u);
  const KernelTrialResult calls = run_counted("mixed", Mode::threads, 1, 1000, {"faults=0"});
  EXPECT_EQ(calls.failure_kind, "") << calls.failure;
  EXPECT_LT(calls.minor_faults, 100u);
  const KernelTrialResult nothing =
      run_counted("mixed", Mode::threads, 1, 10,
                  {"faults=0", "mmaps=0", "munmaps=0", "mprotects=0", "madvises=0"});
  EXPECT_EQ(nothing.failure_kind, "environment");
  EXPECT_NE(nothing.failure.find("all weights are 0; set one"), std::string::npos);
}

TEST(KernelWorkloads, TouchedPagesAreFaultedInAndNoMoreThanThereAre) {
  const KernelTrialResult touched =
      run_counted("mmap_munmap", Mode::threads, 1, 100, {"pages=8", "touched=8"});
  EXPECT_GE(touched.minor_faults, 800u);
  EXPECT_LT(run_counted("mmap_munmap", Mode::threads, 1, 100).minor_faults, 100u);
  const KernelTrialResult more =
      run_counted("mmap_munmap", Mode::threads, 1, 100, {"pages=8", "touched=9"});
  EXPECT_EQ(more.failure_kind, "environment");
  EXPECT_NE(more.failure.find("raise pages or lower touched"), std::string::npos);
}

// A fault of 2 MiB brings 512 pages, or one where no huge page is free: both are one operation. A
// kernel without huge pages says so.
TEST(KernelWorkloads, HugePagesAreOneFaultEach) {
  const KernelTrialResult result = run_counted("pft", Mode::threads, 1, 4, {"pages=2048", "thp=1"});
  if (result.failure_kind == "environment") {
    EXPECT_NE(result.failure.find("CONFIG_TRANSPARENT_HUGEPAGE"), std::string::npos);
    return;
  }
  ASSERT_EQ(result.failure_kind, "") << result.failure;
  EXPECT_EQ(result.ops, 4u);
  EXPECT_LT(result.minor_faults, 60u);
}

TEST(KernelWorkloads, BodiesFitIntoAMail) {
  for (const CatalogEntry& entry : all_kernel_workloads()) {
    std::istringstream text(entry.body);
    std::string line;
    int lines = 0;
    while (std::getline(text, line)) {
      ++lines;
      EXPECT_LE(line.size(), 90u) << entry.info.name << ": " << line;
    }
    EXPECT_GE(lines, 3) << entry.info.name;
    EXPECT_LE(lines, 8) << entry.info.name;
  }
}

TEST(KernelWorkloads, NamesAreOfOneWorkloadEachAndDefaultsWithinBounds) {
  std::vector<std::string> all = kernel_workload_names();
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  for (const CatalogEntry& entry : all_kernel_workloads()) {
    for (const Param& param : entry.info.params) {
      EXPECT_LE(param.least, param.value) << entry.info.name << " " << param.name;
      EXPECT_LE(param.value, param.most) << entry.info.name << " " << param.name;
    }
  }
}

}  // namespace
}  // namespace faultline::kernel
