// tracing_test.cpp: tracepoints in a window: what they count, and what is said where they cannot.
#include "runner/kernel/tracing.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <nlohmann/json.hpp>

namespace faultline::kernel {
namespace {

constexpr std::size_t page = 4096;

// Faults that many pages of a mapping of its own in.
void fault_in(std::size_t pages) {
  void* memory = mmap(nullptr, pages * page, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  madvise(memory, pages * page, MADV_NOHUGEPAGE);
  for (std::size_t i = 0; i < pages; ++i) static_cast<volatile char*>(memory)[i * page] = 1;
  munmap(memory, pages * page);
}

TEST(Tracing, WithoutTracefsEverythingIsNullAndAReasonIsGiven) {
  char folder[] = "/tmp/faultline-tracing-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  Tracing tracing(folder);
  tracing.begin();
  fault_in(16);
  tracing.end();
  const auto json = tracing.json();
  for (const char* key : {"page_faults_user", "system_calls", "mmap_lock_read", "mmap_lock_write",
                          "mmap_lock_wait"}) {
    EXPECT_TRUE(json[key].is_null()) << key;
  }
  const std::string reason = json["reason"];
  EXPECT_NE(reason.find("mount -t tracefs"), std::string::npos) << reason;
  rmdir(folder);
}

TEST(Tracing, CountsTheWindowAlone) {
  Tracing tracing;
  fault_in(300);
  tracing.begin();
  fault_in(1000);
  tracing.end();
  fault_in(300);
  const auto json = tracing.json();
  if (json["page_faults_user"].is_null()) {
    ASSERT_FALSE(json["reason"].is_null());
    GTEST_SKIP() << json["reason"].get<std::string>();
  }
  EXPECT_GE(json["page_faults_user"], 1000);
  EXPECT_LT(json["page_faults_user"], 1100);
  if (json["mmap_lock_write"].is_null()) {
    ASSERT_FALSE(json["reason"].is_null());
    GTEST_SKIP() << json["reason"].get<std::string>();
  }
  EXPECT_GE(json["mmap_lock_write"], 2);  // mmap and munmap
  EXPECT_LT(json["mmap_lock_write"], 20);
  EXPECT_LT(json["mmap_lock_read"], 1200);  // a fault may take it, where VMAs have no lock
  ASSERT_FALSE(json["mmap_lock_wait"].is_null()) << json["reason"];
  EXPECT_GE(json["mmap_lock_wait"]["n"], 2);
  EXPECT_GT(json["mmap_lock_wait"]["mean_ns"], 0);
  EXPECT_GE(json["mmap_lock_wait"]["max_ns"], json["mmap_lock_wait"]["p99_ns"]);
}

}  // namespace
}  // namespace faultline::kernel
