// qemu_test.cpp: QEMU's command lines, whole, and values that contradict each other.
#include "runner/kernel/qemu.hpp"

#include <gtest/gtest.h>

#include "runner/errors.hpp"

namespace faultline::kernel {
namespace {

std::string joined(const VmOptions& options) {
  std::string line;
  for (const std::string& word : qemu_args(options, "bzImage")) {
    line += line.empty() ? word : (word.starts_with('-') ? "\n" : " ") + word;
  }
  return line;
}

TEST(Qemu, CommandLineOfTheDeterministicMode) {
  EXPECT_EQ(joined({}), R"(-nodefaults
-no-user-config
-display none
-no-reboot
-machine pc,hpet=off
-accel tcg,thread=single
-icount shift=0,sleep=off
-rtc base=2026-01-01T00:00:00,clock=vm
-cpu max,la57=off,erms=off,fsrm=off
-seed 1
-m 512M
-smp 1,sockets=1,cores=1,threads=1
-kernel bzImage
-initrd /dev/fd/3
-append console=ttyS0 loglevel=4 panic=-1 rdinit=/init nokaslr randomize_kstack_offset=off )"
                        R"(cryptomgr.notests tsc=reliable noapictimer
-chardev file,id=console,path=/dev/fd/4
-serial chardev:console
-chardev file,id=frames_serial,path=/dev/fd/5
-serial chardev:frames_serial
-device virtio-serial-pci,ioeventfd=off
-chardev file,id=frames,path=/dev/fd/5
-device virtserialport,chardev=frames,name=faultline)");
}

TEST(Qemu, CommandLineOfALargeMachine) {
  VmOptions options;
  options.accel = "kvm";
  options.cpus = 8;
  options.sockets = 2;
  options.numa = 2;
  options.memory_mib = 2048;
  options.cmdline = "mitigations=off";
  const std::string line = joined(options);
  EXPECT_NE(line.find("\n-accel kvm\n-cpu host\n"), std::string::npos) << line;
  EXPECT_NE(line.find("\n-smp 8,sockets=2,cores=4,threads=1\n"), std::string::npos) << line;
  EXPECT_NE(line.find("\n-object memory-backend-ram,id=m1,size=1024M\n"
                      "-numa node,nodeid=1,memdev=m1,cpus=4-7\n"),
            std::string::npos)
      << line;
  EXPECT_NE(line.find("randomize_kstack_offset=off mitigations=off\n"), std::string::npos) << line;
}

std::string refusal(const VmOptions& options) {
  try {
    check_vm(options);
  } catch (const Failure& failure) {
    return std::to_string(failure.exit_code()) + " " + failure.what();
  }
  return "accepted";
}

TEST(Qemu, ContradictionsAreRefused) {
  VmOptions options;
  options.cpus = 2;
  EXPECT_TRUE(refusal(options).starts_with("2 --accel icount")) << refusal(options);
  options.accel = "tcg";
  options.sockets = 3;
  EXPECT_TRUE(refusal(options).starts_with("2 --sockets: 2 CPUs")) << refusal(options);
  options.sockets = 1;
  options.numa = 0;
  EXPECT_TRUE(refusal(options).starts_with("2 --numa: ")) << refusal(options);
  options.numa = 2;
  options.memory_mib = 513;
  EXPECT_TRUE(refusal(options).starts_with("2 --memory: 513")) << refusal(options);
  options.memory_mib = 1 << 30;
  EXPECT_TRUE(refusal(options).starts_with("4 --memory: this host has")) << refusal(options);
  options.memory_mib = 512;
  options.cpus = 256;
  EXPECT_TRUE(refusal(options).starts_with("2 --cpus: 256")) << refusal(options);
  options.accel = "hvf";
  EXPECT_TRUE(refusal(options).starts_with("2 --accel: 'hvf'")) << refusal(options);
}

}  // namespace
}  // namespace faultline::kernel
