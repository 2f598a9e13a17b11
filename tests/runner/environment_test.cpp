// environment_test.cpp: disturbances read from fake trees, and the class they lead to; the canary.
#include "runner/environment.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runner/canary.hpp"
#include "runner/cpus.hpp"
#include "tests/runner/fake_root.hpp"

namespace faultline {
namespace {

using Json = nlohmann::ordered_json;
using Reasons = std::vector<std::string>;

constexpr const char* cpu_directory = "/sys/devices/system/cpu";

void write_cpu(const FakeRoot& root, const std::string& file, const std::string& text) {
  root.write(std::string(cpu_directory) + file, text);
}

TEST(Environment, NothingReadableIsNullAndNeverZero) {
  const FakeRoot root;
  const Json env = environment_json(root.path());
  EXPECT_EQ(env.size(), 19u);
  for (const auto& [key, value] : env.items()) {
    if (key == "temp_c" || key == "mhz") {
      EXPECT_EQ(value, Json::array()) << key;
    } else if (key == "cpuset") {
      EXPECT_EQ(value, cpu_list_text(allowed_cpus()));
    } else {
      EXPECT_EQ(value, nullptr) << key;
    }
  }
  EXPECT_EQ(read_steal_ticks(root.path()), std::nullopt);
  EXPECT_EQ(read_throttle_count(root.path()), std::nullopt);
}

TEST(Environment, ReadsClockSettings) {
  const FakeRoot root;
  write_cpu(root, "/cpufreq/policy0/scaling_governor", "performance\n");
  write_cpu(root, "/cpufreq/policy4/scaling_governor", "performance\n");
  write_cpu(root, "/cpufreq/policy0/scaling_driver", "acpi-cpufreq\n");
  write_cpu(root, "/cpufreq/policy0/scaling_cur_freq", "2445500\n");
  write_cpu(root, "/cpufreq/boost", "0\n");
  write_cpu(root, "/smt/control", "off\n");
  Json env = environment_json(root.path());
  EXPECT_EQ(env["governor"], "performance");
  EXPECT_EQ(env["driver"], "acpi-cpufreq");
  EXPECT_EQ(env["boost"], false);
  EXPECT_EQ(env["smt"], "off");
  EXPECT_EQ(env["mhz"], Json({2445.5}));

  write_cpu(root, "/cpufreq/policy4/scaling_governor", "powersave\n");
  write_cpu(root, "/intel_pstate/no_turbo", "0\n");
  root.write("/proc/cpuinfo", "cpu MHz\t\t: 1000.5\n\ncpu MHz\t\t: 2000\n");
  env = environment_json(root.path());
  EXPECT_EQ(env["governor"], "mixed");
  EXPECT_EQ(env["boost"], true);
  EXPECT_EQ(env["mhz"], Json({1000.5, 2000.0}));
}

TEST(Environment, ReadsKernelSettings) {
  const FakeRoot root;
  root.write("/proc/sys/kernel/randomize_va_space", "2\n");
  root.write("/proc/sys/kernel/numa_balancing", "0\n");
  root.write("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
  root.write("/proc/loadavg", "0.25 0.20 0.10 3/85 4886\n");
  root.write("/proc/uptime", "86400.50 1234.00\n");
  root.write("/proc/stat", "cpu  1 2 3 4 5 6 7 120 0 0\ncpu0 1 2 3 4 5 6 7 60 0 0\n");
  root.write("/proc/12/comm", "bash\n");
  Json env = environment_json(root.path());
  EXPECT_EQ(env["aslr"], 2);
  EXPECT_EQ(env["numa_balancing"], 0);
  EXPECT_EQ(env["thp"], "madvise");
  EXPECT_EQ(env["load1"], 0.25);
  EXPECT_EQ(env["runnable"], 3);
  EXPECT_EQ(env["uptime_s"], 86400.5);
  EXPECT_EQ(env["steal_ticks"], 120);
  EXPECT_EQ(env["irqbalance"], false);
  root.write("/proc/300/comm", "irqbalance\n");
  EXPECT_EQ(environment_json(root.path())["irqbalance"], true);
}

TEST(Environment, ReadsIsolation) {
  const FakeRoot root;
  root.write("/proc/cmdline", "quiet isolcpus=2-3 rcu_nocbs=1\n");
  Json env = environment_json(root.path());
  EXPECT_EQ(env["isolated"], "2-3");
  EXPECT_EQ(env["nohz_full"], "");
  EXPECT_EQ(env["rcu_nocbs"], "1");
  root.write("/proc/cmdline", "quiet\n");
  write_cpu(root, "/isolated", "\n");
  write_cpu(root, "/nohz_full", "  (null)\n");
  env = environment_json(root.path());
  EXPECT_EQ(env["isolated"], "");
  EXPECT_EQ(env["nohz_full"], "");
  EXPECT_EQ(env["rcu_nocbs"], nullptr);
}

TEST(Environment, ReadsProcessorSensorsFirst) {
  const FakeRoot root;
  root.write("/sys/class/thermal/thermal_zone0/temp", "27800\n");
  EXPECT_EQ(environment_json(root.path())["temp_c"], Json({27.8}));
  root.write("/sys/class/hwmon/hwmon0/name", "nvme\n");
  root.write("/sys/class/hwmon/hwmon0/temp1_input", "40000\n");
  root.write("/sys/class/hwmon/hwmon1/name", "k10temp\n");
  root.write("/sys/class/hwmon/hwmon1/temp1_input", "51250\n");
  EXPECT_EQ(environment_json(root.path())["temp_c"], Json({51.25}));
}

TEST(Environment, FindsTheTightestQuotaOfCgroupV2) {
  const FakeRoot root;
  root.write("/proc/self/cgroup", "0::/a/b\n");
  root.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  root.write("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(environment_json(root.path())["cgroup_cpu_max"], "max");
  root.write("/sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  EXPECT_EQ(environment_json(root.path())["cgroup_cpu_max"], "150000 100000");
  root.write("/sys/fs/cgroup/a/b/cpu.max", "100000 50000\n");
  EXPECT_EQ(environment_json(root.path())["cgroup_cpu_max"], "150000 100000");
  root.write("/sys/fs/cgroup/a/b/cpu.max", "25000 50000\n");
  EXPECT_EQ(environment_json(root.path())["cgroup_cpu_max"], "25000 50000");
}

TEST(Environment, FindsTheQuotaOfCgroupV1) {
  const FakeRoot root;
  root.write("/proc/self/cgroup", "4:memory:/m\n3:cpu,cpuacct:/box\n0::/\n");
  root.write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  root.write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(environment_json(root.path())["cgroup_cpu_max"], "max");
  root.write("/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "50000\n");
  root.write("/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(environment_json(root.path())["cgroup_cpu_max"], "50000 100000");
}

TEST(Environment, FindsCgroupV2BesideV1) {
  const FakeRoot root;
  root.write("/proc/self/cgroup", "1:name=systemd:/u\n0::/u\n");
  root.write("/sys/fs/cgroup/unified/cgroup.controllers", "cpu\n");
  root.write("/sys/fs/cgroup/unified/u/cpu.max", "90000 100000\n");
  EXPECT_EQ(environment_json(root.path())["cgroup_cpu_max"], "90000 100000");
}

TEST(Throttle, AddsCgroupsAndCores) {
  const FakeRoot root;
  root.write("/proc/self/cgroup", "0::/a\n");
  root.write("/sys/fs/cgroup/cgroup.controllers", "cpu\n");
  root.write("/sys/fs/cgroup/a/cpu.stat", "usage_usec 5\nnr_periods 9\nnr_throttled 7\n");
  EXPECT_EQ(read_throttle_count(root.path()), 7u);
  write_cpu(root, "/cpu0/thermal_throttle/core_throttle_count", "3\n");
  write_cpu(root, "/cpu10/thermal_throttle/core_throttle_count", "1\n");
  EXPECT_EQ(read_throttle_count(root.path()), 11u);
}

TEST(Environment, OfThisSystemIsReadable) {
  const Json env = environment_json();
  EXPECT_GT(env["uptime_s"], 0.0);
  EXPECT_TRUE(env["load1"].is_number());
  EXPECT_TRUE(read_steal_ticks().has_value());
}

// An environment in which nothing is wrong.
class Classes : public testing::Test {
 protected:
  EnvironmentClass classify() const { return environment_class(env_, machine_, kernel_); }
  Json& before() { return env_["before"]; }

  Json env_ = {{"before",
                {{"governor", "performance"},
                 {"boost", false},
                 {"thp", "madvise"},
                 {"isolated", ""},
                 {"cgroup_cpu_max", "max"},
                 {"cpuset", "0-3"},
                 {"load1", 0.5},
                 {"steal_ticks", 100}}},
               {"after", nullptr}};
  Json machine_ = {{"cpu", {{"threads", 4}}}, {"hypervisor", nullptr}};
  Json kernel_ = {{"config", {{"LOCKDEP", false}}}};
};

TEST_F(Classes, Fit) {
  EXPECT_EQ(classify().name, "fit");
  EXPECT_EQ(classify().reasons, Reasons{});
}

TEST_F(Classes, EachDisturbanceDegrades) {
  machine_["hypervisor"] = "kvm";
  before()["governor"] = "powersave";
  before()["boost"] = true;
  before()["thp"] = "always";
  before()["cgroup_cpu_max"] = "350000 100000";
  env_["after"] = {{"steal_ticks", 103}};
  EXPECT_EQ(classify().name, "degraded");
  EXPECT_EQ(classify().reasons, (Reasons{"virtual machine (kvm)",
                                         "cgroup quota of 3.50 CPUs, below the 4 of the cpuset",
                                         "steal during the session (3 ticks)", "governor powersave",
                                         "boost on", "transparent huge pages always"}));
}

TEST_F(Classes, UnknownClockDegrades) {
  before()["governor"] = nullptr;
  before()["boost"] = nullptr;
  EXPECT_EQ(classify().name, "degraded");
  EXPECT_EQ(classify().reasons, (Reasons{"governor unknown", "boost unknown"}));
}

TEST_F(Classes, StealBeforeTheSessionDoesNotCount) {
  env_["after"] = {{"steal_ticks", 100}};
  EXPECT_EQ(classify().name, "fit");
}

TEST_F(Classes, QuotaBelowOneCpuIsUnfit) {
  before()["cgroup_cpu_max"] = "50000 100000";
  EXPECT_EQ(classify().name, "unfit");
  EXPECT_EQ(classify().reasons, Reasons{"cgroup quota of 0.50 CPU, below one"});
}

TEST_F(Classes, ForeignLoadIsUnfit) {
  before()["load1"] = 4.0;
  EXPECT_EQ(classify().name, "fit");
  before()["load1"] = 4.01;
  EXPECT_EQ(classify().name, "unfit");
  // Our own threads make the load afterwards.
  before()["load1"] = 0.5;
  env_["after"] = {{"load1", 9.0}};
  EXPECT_EQ(classify().name, "fit");
}

TEST_F(Classes, LockdepIsUnfitAndOtherReasonsFollow) {
  kernel_["config"]["LOCKDEP"] = true;
  machine_["hypervisor"] = "kvm";
  EXPECT_EQ(classify().name, "unfit");
  EXPECT_EQ(classify().reasons, (Reasons{"kernel with LOCKDEP", "virtual machine (kvm)"}));
}

TEST_F(Classes, NothingKnownIsNeverFit) {
  EXPECT_EQ(environment_class(nullptr, nullptr, nullptr).name, "degraded");
}

// Fewer than a tenth of a nanosecond an addition means that the compiler removed them.
TEST(Canary, DoesItsWork) {
  EXPECT_GT(canary_ns(), canary_adds / 10);
}

}  // namespace
}  // namespace faultline
