// initramfs_test.cpp: the archive, read back by a reader of its own and by cpio where there is one.
#include "runner/kernel/initramfs.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "runner/kernel/tool.hpp"

namespace faultline::kernel {
namespace {

struct Entry {
  std::string name;
  unsigned long mode;
  std::string content;
  unsigned long major;
  unsigned long minor;
};

std::size_t padded(std::size_t n) {
  return (n + 3) / 4 * 4;
}

std::vector<Entry> read_back(const std::string& archive) {
  std::vector<Entry> entries;
  std::size_t at = 0;
  while (at + 110 <= archive.size() && archive.compare(at, 6, "070701") == 0) {
    const auto field = [&](std::size_t index) {
      return std::strtoul(archive.substr(at + 6 + 8 * index, 8).c_str(), nullptr, 16);
    };
    const std::size_t name_bytes = field(11);
    const std::size_t content_at = padded(at + 110 + name_bytes);
    entries.push_back({archive.substr(at + 110, name_bytes - 1), field(1),
                       archive.substr(content_at, field(6)), field(9), field(10)});
    at = padded(content_at + field(6));
  }
  EXPECT_EQ(at, archive.size());
  return entries;
}

std::string example() {
  Cpio archive;
  archive.folder("dev");
  archive.character_device("dev/console", 5, 1);
  archive.file("init", "seven b", /*executable=*/true);
  archive.file("job.json", "{}");
  return archive.finish();
}

TEST(Initramfs, EntriesComeBack) {
  const std::vector<Entry> entries = read_back(example());
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_EQ(entries[0].mode, 0040755u);
  EXPECT_EQ(entries[1].name, "dev/console");
  EXPECT_EQ(entries[1].mode, 0020600u);
  EXPECT_EQ(entries[1].major, 5u);
  EXPECT_EQ(entries[1].minor, 1u);
  EXPECT_EQ(entries[2].content, "seven b");
  EXPECT_EQ(entries[2].mode, 0100755u);
  EXPECT_EQ(entries[3].name, "job.json");
  EXPECT_EQ(entries[4].name, "TRAILER!!!");
}

TEST(Initramfs, CpioReadsIt) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "faultline-initramfs-test";
  fs::create_directories(folder);
  std::ofstream(folder / "archive", std::ios::binary) << example();
  const ToolResult listed =
      run_tool({"cpio", "-t", "--quiet", "-F", "archive"}, folder.string(), 20);
  fs::remove_all(folder);
  if (listed.exit == 127) GTEST_SKIP() << "there is no cpio here";
  EXPECT_EQ(listed.output, "dev\ndev/console\ninit\njob.json\n");
}

}  // namespace
}  // namespace faultline::kernel
