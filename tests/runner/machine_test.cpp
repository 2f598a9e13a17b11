// machine_test.cpp: machine and kernel facts read from fake trees and synthetic topologies.
#include "runner/machine.hpp"

#include <gtest/gtest.h>
#include <sys/utsname.h>
#include <zlib.h>

#include <nlohmann/json.hpp>

#include "runner/cpus.hpp"
#include "runner/kernel.hpp"
#include "runner/sha256.hpp"
#include "tests/runner/fake_root.hpp"

namespace faultline {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* server = "package:2 l3:1(size=33554432) core:4 l1d:1(size=32768) pu:2";

std::string x86_cpuinfo(const std::string& flags) {
  const std::string block =
      "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7763\n"
      "stepping\t: 1\nmicrocode\t: 0xa0011d1\ncpu MHz\t\t: 2445.424\nflags\t\t: " +
      flags + "\n";
  return "processor\t: 0\n" + block + "\nprocessor\t: 1\n" + block;
}

Json machine_of(const FakeRoot& root, const std::string& topology = server) {
  return machine_json(load_hwloc(topology).get(), root.path());
}

std::string release() {
  utsname names{};
  EXPECT_EQ(uname(&names), 0);
  return names.release;
}

TEST(Machine, ReadsX86) {
  const FakeRoot root;
  root.write("/proc/cpuinfo", x86_cpuinfo("fpu sse2"));
  root.write("/proc/meminfo", "MemTotal:       24410000 kB\nMemFree: 1 kB\n");
  const Json machine = machine_of(root);
  const Json& cpu = machine["cpu"];
  EXPECT_EQ(cpu["model"], "AMD EPYC 7763");
  EXPECT_EQ(cpu["vendor"], "AuthenticAMD");
  EXPECT_EQ(cpu["family"], 25);
  EXPECT_EQ(cpu["stepping"], 1);
  EXPECT_EQ(cpu["microcode"], "0xa0011d1");
  EXPECT_EQ(cpu["sockets"], 2);
  EXPECT_EQ(cpu["cores"], 8);
  EXPECT_EQ(cpu["threads"], 16);
  EXPECT_EQ(cpu["numa_nodes"], 1);
  EXPECT_EQ(machine["memory_bytes"], 24410000LL * 1024);
  EXPECT_EQ(machine["hypervisor"], nullptr);
  ASSERT_EQ(cpu["caches"].size(), 2u);
  EXPECT_EQ(cpu["caches"][0]["type"], "data");
  EXPECT_EQ(cpu["caches"][0]["bytes"], 32768);
  EXPECT_EQ(cpu["caches"][0]["shared_by"], 2);
  EXPECT_EQ(cpu["caches"][1]["level"], 3);
  EXPECT_EQ(cpu["caches"][1]["type"], "unified");
  EXPECT_EQ(cpu["caches"][1]["shared_by"], 8);
}

TEST(Machine, ReadsArm64) {
  const FakeRoot root;
  root.write("/proc/cpuinfo",
             "processor\t: 0\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n"
             "CPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n");
  root.write("/sys/class/dmi/id/sys_vendor", "QEMU\n");
  root.write("/sys/class/dmi/id/product_name", "KVM Virtual Machine\n");
  const Json machine = machine_of(root, "core:4 pu:1");
  const Json& cpu = machine["cpu"];
  EXPECT_EQ(cpu["model"], "part 0xd0c variant 0x3");
  EXPECT_EQ(cpu["vendor"], "implementer 0x41");
  EXPECT_EQ(cpu["family"], 8);
  EXPECT_EQ(cpu["stepping"], 1);
  EXPECT_EQ(cpu["microcode"], nullptr);
  EXPECT_EQ(machine["hypervisor"], "kvm");
}

TEST(Machine, UnreadableIsNull) {
  const FakeRoot root;
  const Json machine = machine_of(root, "core:2 pu:1");
  const Json& cpu = machine["cpu"];
  for (const char* key : {"model", "vendor", "family", "stepping", "microcode", "sockets"}) {
    EXPECT_EQ(cpu[key], nullptr) << key;
  }
  EXPECT_EQ(machine["memory_bytes"], nullptr);
  EXPECT_EQ(machine["hypervisor"], nullptr);
}

TEST(Machine, IdDependsOnStableFactsOnly) {
  const FakeRoot root;
  root.write("/proc/cpuinfo", x86_cpuinfo("fpu"));
  root.write("/proc/meminfo", "MemTotal: 24410000 kB\n");
  const Json first = machine_of(root);
  const std::string id = first["id"];
  EXPECT_EQ(id.size(), 16u);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);

  std::string other_clock = x86_cpuinfo("fpu");
  other_clock.replace(other_clock.find("2445.424"), 8, "1500.000");
  other_clock.replace(other_clock.find("0xa0011d1"), 9, "0xa0011d2");
  root.write("/proc/cpuinfo", other_clock);
  root.write("/proc/meminfo", "MemTotal: 24400000 kB\n");
  EXPECT_EQ(machine_of(root)["id"], id);

  const Json half = machine_of(root, "package:1 l3:1(size=33554432) core:4 l1d:1(size=32768) pu:2");
  EXPECT_NE(half["id"], id);
  EXPECT_NE(half["cpu"]["topology_sha256"], first["cpu"]["topology_sha256"]);
  const Json small_cache =
      machine_of(root, "package:2 l3:1(size=16777216) core:4 l1d:1(size=32768) pu:2");
  EXPECT_NE(small_cache["id"], id);
  root.write("/proc/meminfo", "MemTotal: 48000000 kB\n");
  EXPECT_NE(machine_of(root)["id"], id);
}

TEST(Machine, NamesTheHypervisor) {
  const FakeRoot root;
  root.write("/proc/cpuinfo", x86_cpuinfo("fpu hypervisor sse2"));
  EXPECT_EQ(machine_of(root)["hypervisor"], "unknown hypervisor");
  root.write("/sys/class/dmi/id/sys_vendor", "QEMU\n");
  root.write("/sys/class/dmi/id/product_name", "Standard PC (Q35 + ICH9, 2009)\n");
  EXPECT_EQ(machine_of(root)["hypervisor"], "qemu");
  root.write("/sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n");
  root.write("/sys/class/dmi/id/product_name", "Virtual Machine\n");
  EXPECT_EQ(machine_of(root)["hypervisor"], "hyperv");
  root.write("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
  root.write("/sys/class/dmi/id/product_name", "c6a.large\n");
  EXPECT_EQ(machine_of(root)["hypervisor"], "kvm");
  root.write("/proc/cpuinfo", x86_cpuinfo("fpu sse2"));
  EXPECT_EQ(machine_of(root)["hypervisor"], nullptr);
  root.write("/sys/hypervisor/type", "xen\n");
  EXPECT_EQ(machine_of(root)["hypervisor"], "xen");
}

TEST(Machine, OddBytesStayValidJson) {
  const FakeRoot root;
  root.write("/proc/cpuinfo", "model name\t: Caf\xe9 \x01\n");
  const Json machine = machine_of(root);
  EXPECT_EQ(machine["cpu"]["model"], "Caf? ?");
  EXPECT_NO_THROW(static_cast<void>(machine.dump()));
}

TEST(Machine, OfThisSystemCountsItsThreads) {
  const Json machine = machine_json();
  EXPECT_GE(machine["cpu"]["threads"], allowed_cpus().size());
  EXPECT_EQ(machine["id"], machine_json()["id"]);
  EXPECT_GT(machine["memory_bytes"], 0);
}

constexpr const char* config_text =
    "# Linux/x86 6.1 Kernel Configuration\nCONFIG_PREEMPT_BUILD=y\nCONFIG_PREEMPT_VOLUNTARY=y\n"
    "CONFIG_HZ_250=y\nCONFIG_HZ=250\nCONFIG_PER_VMA_LOCK=y\n# CONFIG_DEBUG_SPINLOCK is not set\n"
    "CONFIG_LOCKDEP_SUPPORT=y\n";

TEST(Kernel, ReadsPlainConfig) {
  const FakeRoot root;
  root.write("/boot/config-" + release(), config_text);
  const Json kernel = kernel_json(root.path());
  EXPECT_EQ(kernel["config_sha256"], sha256_hex(config_text));
  EXPECT_EQ(kernel["config"], Json({{"PREEMPT", "voluntary"},
                                    {"HZ", 250},
                                    {"PER_VMA_LOCK", true},
                                    {"PARAVIRT_SPINLOCKS", false},
                                    {"LOCKDEP", false},
                                    {"DEBUG_SPINLOCK", false}}));
}

TEST(Kernel, PrefersTheRunningKernelsConfig) {
  const FakeRoot root;
  root.write("/boot/config-" + release(), "CONFIG_PREEMPT_NONE=y\n");
  root.write("/proc/config.gz", "");
  const std::string text = "CONFIG_PREEMPT=y\nCONFIG_PREEMPT_DYNAMIC=y\nCONFIG_LOCKDEP=y\n";
  const std::string path = root.path() + "/proc/config.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  ASSERT_GT(gzputs(file, text.c_str()), 0);
  ASSERT_EQ(gzclose(file), Z_OK);
  const Json kernel = kernel_json(root.path());
  EXPECT_EQ(kernel["config_sha256"], sha256_hex(text));
  EXPECT_EQ(kernel["config"]["PREEMPT"], "dynamic");
  EXPECT_EQ(kernel["config"]["HZ"], nullptr);
  EXPECT_EQ(kernel["config"]["LOCKDEP"], true);

  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 9);
  EXPECT_EQ(kernel_json(root.path())["config"]["PREEMPT"], "none");
}

TEST(Kernel, UnreadableIsNull) {
  const FakeRoot root;
  const Json kernel = kernel_json(root.path());
  for (const char* key : {"cmdline", "config_sha256", "mitigations", "taint", "clocksource"}) {
    EXPECT_EQ(kernel[key], nullptr) << key;
  }
  EXPECT_EQ(kernel["config"].size(), 6u);
  for (const auto& [key, value] : kernel["config"].items()) EXPECT_EQ(value, nullptr) << key;
}

TEST(Kernel, ReadsProcAndSys) {
  const FakeRoot root;
  root.write("/proc/cmdline", "quiet mitigations=auto\n");
  root.write("/proc/sys/kernel/tainted", "4097\n");
  root.write("/sys/devices/system/cpu/vulnerabilities/retbleed", "Mitigation: untrained\n");
  root.write("/sys/devices/system/cpu/vulnerabilities/l1tf", "Not affected\n");
  root.write("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
  const Json kernel = kernel_json(root.path());
  EXPECT_EQ(kernel["release"], release());
  EXPECT_EQ(kernel["cmdline"], "quiet mitigations=auto");
  EXPECT_EQ(kernel["taint"], 4097);
  EXPECT_EQ(kernel["mitigations"],
            Json({{"l1tf", "Not affected"}, {"retbleed", "Mitigation: untrained"}}));
  EXPECT_EQ(kernel["clocksource"], "tsc");
}

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const FakeRoot root;
  root.write("/file", "abc");
  EXPECT_EQ(sha256_file(root.path() + "/file"), sha256_hex("abc"));
  EXPECT_EQ(sha256_file(root.path() + "/absent"), std::nullopt);
  EXPECT_EQ(sha256_file(root.path()), std::nullopt);
}

}  // namespace
}  // namespace faultline
