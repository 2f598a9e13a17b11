// image_test.cpp: which files are kernels to boot, and which packages of Debian.
#include "runner/kernel/image.hpp"

#include <gtest/gtest.h>

#include "runner/errors.hpp"

namespace faultline::kernel {
namespace {

// The first sectors of a bzImage with what faultline looks at.
std::string boot_sectors() {
  std::string head(4096, '\0');
  head[0x1fe] = '\x55';
  head[0x1ff] = '\xaa';
  head.replace(0x202, 4, "HdrS");
  head[0x206] = '\x0f';  // protocol 2.15
  head[0x207] = '\x02';
  head[0x20f] = '\x04';  // version at 0x200 + 0x400
  head[0x236] = '\x3f';  // loaded by 64-bit code
  head.replace(0x600, 30, "6.12.3-test (me@here) #1 SMP x");
  return head;
}

std::string refusal(const std::string& head) {
  try {
    read_boot_header(head, "FILE");
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.exit_code(), exit_code::usage);
    return failure.what();
  }
  return "taken for a kernel";
}

TEST(Image, ABootHeaderSaysTheVersion) {
  const BootHeader header = read_boot_header(boot_sectors(), "FILE");
  EXPECT_EQ(header.release, "6.12.3-test");
  EXPECT_EQ(header.version, "6.12.3-test (me@here) #1 SMP x");
}

TEST(Image, OtherFilesAreNamed) {
  EXPECT_NE(refusal("").find("is no kernel"), std::string::npos);
  EXPECT_NE(refusal("hello world\n").find("is no kernel"), std::string::npos);
  EXPECT_NE(refusal("\177ELF" + std::string(4000, 'x')).find("ELF"), std::string::npos);
  EXPECT_NE(refusal("\x1f\x8b" + std::string(4000, 'x')).find("gzip"), std::string::npos);
  std::string arm(4096, '\0');
  arm.replace(0x38, 4, "ARM\x64");
  EXPECT_NE(refusal(arm).find("arm64"), std::string::npos);
}

TEST(Image, KernelsOf32BitsAreRefused) {
  std::string head = boot_sectors();
  head[0x236] = '\0';
  EXPECT_NE(refusal(head).find("32-bit"), std::string::npos);
  head = boot_sectors();
  head[0x206] = '\x08';
  EXPECT_NE(refusal(head).find("32-bit"), std::string::npos);
}

TEST(Image, AVersionOutsideOfTheFileIsRefused) {
  std::string head = boot_sectors();
  head[0x20f] = '\x7f';
  EXPECT_NE(refusal(head).find("which version"), std::string::npos);
  head[0x20f] = '\0';
  EXPECT_NE(refusal(head).find("which version"), std::string::npos);
}

TEST(Image, TheNewestPackageOfAVersion) {
  const std::vector<std::string> names = {"linux-image-cloud-amd64",
                                          "linux-image-6.12-cloud-amd64",
                                          "linux-image-6.1.0-9-cloud-amd64",
                                          "linux-image-6.1.0-50-cloud-amd64",
                                          "linux-image-6.1.0-50-amd64",
                                          "linux-image-6.12.100+deb12-cloud-amd64",
                                          "linux-image-6.12.99+deb12-cloud-amd64",
                                          "linux-image-6.1.0-60-cloud-amd64-dbg"};
  EXPECT_EQ(newest_package(names, "6.1"), "linux-image-6.1.0-50-cloud-amd64");
  EXPECT_EQ(newest_package(names, "6.12"), "linux-image-6.12.100+deb12-cloud-amd64");
  EXPECT_EQ(newest_package(names, "6.1.0-9"), "linux-image-6.1.0-9-cloud-amd64");
  EXPECT_EQ(newest_package(names, "6.13"), std::nullopt);
  EXPECT_EQ(newest_package(names, "6"), "linux-image-6.12.100+deb12-cloud-amd64");
  EXPECT_EQ(newest_package({}, "6.1"), std::nullopt);
}

TEST(Image, WhatAGuestNeedsOfAConfiguration) {
  std::string config;
  for (const char* option : {"64BIT", "BLK_DEV_INITRD", "BINFMT_ELF", "PROC_FS", "SYSFS",
                             "DEVTMPFS", "TMPFS", "SERIAL_8250", "SERIAL_8250_CONSOLE"}) {
    EXPECT_EQ(missing_option(config), config.empty() ? "" : std::string("CONFIG_") + option);
    config += std::string("CONFIG_") + option + "=y\n";
  }
  EXPECT_EQ(missing_option(config), "");
  EXPECT_EQ(missing_option("# CONFIG_64BIT is not set\n" + config.substr(15)), "CONFIG_64BIT");
}

}  // namespace
}  // namespace faultline::kernel
