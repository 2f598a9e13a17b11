// cpus_test.cpp: CPU placement on synthetic machines, and the parsing of CPU and thread lists.
#include "runner/cpus.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <numeric>
#include <thread>

#include "runner/errors.hpp"

namespace faultline {
namespace {

using Cpus = std::vector<int>;

// Two packages of two cores of two siblings: CPUs 0,1 are the first core, 4-7 the second package.
Topology two_packages() {
  return read_topology(load_hwloc("package:2 core:2 pu:2").get());
}

Cpus first_cpus(int count) {
  Cpus cpus(static_cast<size_t>(count));
  std::iota(cpus.begin(), cpus.end(), 0);
  return cpus;
}

// The message of the Failure that `call` throws; its exit code must be the expected one.
template <class Call>
std::string failure_of(int expected_code, Call call) {
  try {
    call();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.exit_code(), expected_code) << failure.what();
    return failure.what();
  }
  ADD_FAILURE() << "no Failure thrown";
  return "";
}

TEST(Topology, FollowsHwloc) {
  const Topology topology = two_packages();
  ASSERT_EQ(topology.cpus.size(), 8u);
  const Cpu& last = topology.cpus.back();
  EXPECT_EQ(last.os_index, 7);
  EXPECT_EQ(last.package, 1);
  EXPECT_EQ(last.core, 3);
  EXPECT_EQ(last.smt, 1);
}

TEST(Topology, MachineWithoutCoresHasOneForEachCpu) {
  const Topology topology = read_topology(load_hwloc("pu:3").get());
  ASSERT_EQ(topology.cpus.size(), 3u);
  EXPECT_EQ(plan_cpus("cores", 3, topology, first_cpus(3)).cpu_of_thread, (Cpus{0, 1, 2}));
  EXPECT_NE(topology.cpus[0].core, topology.cpus[1].core);
}

TEST(Topology, HasTheCpusOfThisProcess) {
  const Topology topology = read_topology(load_hwloc().get());
  const Cpus allowed = allowed_cpus();
  ASSERT_FALSE(allowed.empty());
  EXPECT_EQ(plan_cpus("compact", static_cast<int>(allowed.size()), topology, allowed)
                .cpu_of_thread.size(),
            allowed.size());
}

TEST(Topology, RefusesNonsense) {
  failure_of(exit_code::usage, [] { load_hwloc("core:no"); });
}

TEST(PlanCpus, Compact) {
  EXPECT_EQ(plan_cpus("compact", 5, two_packages(), first_cpus(8)).cpu_of_thread,
            (Cpus{0, 1, 2, 3, 4}));
}

TEST(PlanCpus, CoresTakesSiblingsLast) {
  EXPECT_EQ(plan_cpus("cores", 8, two_packages(), first_cpus(8)).cpu_of_thread,
            (Cpus{0, 2, 4, 6, 1, 3, 5, 7}));
}

TEST(PlanCpus, ScatterAlternatesPackages) {
  EXPECT_EQ(plan_cpus("scatter", 8, two_packages(), first_cpus(8)).cpu_of_thread,
            (Cpus{0, 4, 2, 6, 1, 5, 3, 7}));
}

// CPUs of a real x86 server: siblings are numbered n apart, packages alternate.
TEST(PlanCpus, UsesTopologyAndNotCpuNumbers) {
  const Topology topology{{{0, 0, 0, 0},
                           {4, 0, 0, 1},
                           {2, 0, 1, 0},
                           {6, 0, 1, 1},
                           {1, 1, 2, 0},
                           {5, 1, 2, 1},
                           {3, 1, 3, 0},
                           {7, 1, 3, 1}}};
  EXPECT_EQ(plan_cpus("compact", 4, topology, first_cpus(8)).cpu_of_thread, (Cpus{0, 4, 2, 6}));
  EXPECT_EQ(plan_cpus("cores", 4, topology, first_cpus(8)).cpu_of_thread, (Cpus{0, 2, 1, 3}));
  EXPECT_EQ(plan_cpus("scatter", 4, topology, first_cpus(8)).cpu_of_thread, (Cpus{0, 1, 2, 3}));
}

TEST(PlanCpus, StaysInsideTheCpuset) {
  // CPU 1 is a second sibling, but the only one of its core that is allowed: it is no late choice.
  const Cpus allowed{1, 2, 3, 6};
  EXPECT_EQ(plan_cpus("cores", 4, two_packages(), allowed).cpu_of_thread, (Cpus{1, 2, 6, 3}));
  EXPECT_EQ(plan_cpus("scatter", 4, two_packages(), allowed).cpu_of_thread, (Cpus{1, 6, 2, 3}));
  EXPECT_EQ(plan_cpus("compact", 4, two_packages(), allowed).cpu_of_thread, (Cpus{1, 2, 3, 6}));
}

TEST(PlanCpus, WrapsAroundWhenOversubscribed) {
  const CpuPlan full = plan_cpus("compact", 2, two_packages(), {4, 5});
  EXPECT_TRUE(full.pinned);
  EXPECT_FALSE(full.oversubscribed);
  const CpuPlan over = plan_cpus("compact", 3, two_packages(), {4, 5});
  EXPECT_TRUE(over.oversubscribed);
  EXPECT_EQ(over.cpu_of_thread, (Cpus{4, 5, 4}));
}

TEST(PlanCpus, NoneDoesNotPin) {
  const CpuPlan plan = plan_cpus("none", 2, two_packages(), {0, 1});
  EXPECT_FALSE(plan.pinned);
  EXPECT_FALSE(plan.oversubscribed);
  EXPECT_TRUE(plan.cpu_of_thread.empty());
  EXPECT_TRUE(plan_cpus("none", 3, two_packages(), {0, 1}).oversubscribed);
}

TEST(PlanCpus, ExplicitListKeepsItsOrder) {
  const CpuPlan plan = plan_cpus("6,0-1", 4, two_packages(), first_cpus(8));
  EXPECT_EQ(plan.cpu_of_thread, (Cpus{6, 0, 1, 6}));
  EXPECT_TRUE(plan.oversubscribed);
}

TEST(PlanCpus, RefusesCpuOutsideOfTheCpuset) {
  const std::string message =
      failure_of(exit_code::environment, [] { plan_cpus("0,7", 2, two_packages(), Cpus{0, 1}); });
  EXPECT_EQ(message,
            "--pin: CPU 7 is not in this process's cpuset 0-1; choose from it or use --pin cores");
}

TEST(PlanCpus, RefusesUnknownPolicy) {
  for (const char* policy : {"", "core", "1,", "a-b", "3-1", "-1", "0,0", "0-3,2", "99999"}) {
    const std::string message =
        failure_of(exit_code::usage, [&] { plan_cpus(policy, 1, two_packages(), first_cpus(8)); });
    EXPECT_NE(message.find("--pin: '" + std::string(policy) + "'"), std::string::npos);
  }
}

TEST(PlanCpus, SaysWhenNoCpuIsKnown) {
  failure_of(exit_code::environment, [] { plan_cpus("cores", 1, two_packages(), Cpus{64}); });
}

TEST(PlanCpus, OfThisMachineStaysInItsCpuset) {
  const Cpus allowed = allowed_cpus();
  for (const char* policy : {"compact", "scatter", "cores"}) {
    const CpuPlan plan = plan_cpus(policy, static_cast<int>(allowed.size()));
    Cpus used = plan.cpu_of_thread;
    std::sort(used.begin(), used.end());
    EXPECT_EQ(used, allowed) << policy;
  }
}

TEST(PinSelf, MovesTheThreadThere) {
  const int cpu = allowed_cpus().back();
  std::thread([cpu] {
    EXPECT_EQ(pin_self(cpu), std::nullopt);
    EXPECT_EQ(sched_getcpu(), cpu);
    EXPECT_EQ(allowed_cpus(), Cpus{cpu});
  }).join();
}

TEST(PinSelf, SaysWhatRefused) {
  EXPECT_NE(pin_self(-1), std::nullopt);
  const std::optional<std::string> error = pin_self(8191);
  ASSERT_TRUE(error);
  EXPECT_NE(error->find("cannot pin to CPU 8191: "), std::string::npos);
}

TEST(CpuList, RoundTrips) {
  EXPECT_EQ(cpu_list_text({}), "");
  EXPECT_EQ(cpu_list_text({3}), "3");
  EXPECT_EQ(cpu_list_text({7, 0, 2, 5, 4, 6}), "0,2,4-7");
  EXPECT_EQ(parse_cpu_list("0,2,4-7"), (Cpus{0, 2, 4, 5, 6, 7}));
  EXPECT_EQ(parse_cpu_list("0-4000000000"), std::nullopt);
}

TEST(DefaultThreads, LadderEndsAtCpusAndOneMore) {
  EXPECT_EQ(default_threads(1), (Cpus{1, 2}));
  EXPECT_EQ(default_threads(2), (Cpus{1, 2, 3}));
  EXPECT_EQ(default_threads(3), (Cpus{1, 2, 3, 4}));
  EXPECT_EQ(default_threads(4), (Cpus{1, 2, 3, 4, 5}));
  EXPECT_EQ(default_threads(10), (Cpus{1, 2, 3, 4, 6, 8, 10, 11}));
  EXPECT_EQ(default_threads(64), (Cpus{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 65}));
  EXPECT_EQ(default_threads(1024).back(), 1024);
  EXPECT_EQ(default_threads(4096).back(), 1024);
}

TEST(ParseThreads, Accepts) {
  EXPECT_EQ(parse_threads("auto", 4), (Cpus{1, 2, 3, 4, 5}));
  EXPECT_EQ(parse_threads("4,1,2,1", 8), (Cpus{1, 2, 4}));
  EXPECT_EQ(parse_threads("auto,2n", 4), (Cpus{1, 2, 3, 4, 5, 8}));
  EXPECT_EQ(parse_threads("1-4", 2), (Cpus{1, 2, 3, 4}));
  EXPECT_EQ(parse_threads("n", 6), Cpus{6});
  EXPECT_EQ(parse_threads("n+1", 6), Cpus{7});
  EXPECT_EQ(parse_threads("2n+3", 6), Cpus{15});
  EXPECT_EQ(parse_threads("2-2n", 2), (Cpus{2, 3, 4}));
  EXPECT_EQ(parse_threads("1024", 2), Cpus{1024});
}

TEST(ParseThreads, RefusesNamingTermAndCure) {
  for (const char* term :
       {"", "0", "-1", "1025", "x", "1.5", "1e3", "4-1", "n+", "n-1", "n-4", "nn", "+1", "0n",
        "600n", "1 ", "99999999999999999999", "9223372036854775807n"}) {
    const std::string message =
        failure_of(exit_code::usage, [&] { parse_threads(std::string("1,") + term, 2); });
    EXPECT_EQ(message, "--threads: '" + std::string(term) +
                           "' is no thread count from 1 to 1024; give such as 1,2,4 or 1-4, auto, "
                           "n, n+1 or 2n");
  }
}

}  // namespace
}  // namespace faultline
