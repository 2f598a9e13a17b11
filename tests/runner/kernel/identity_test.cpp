// identity_test.cpp: generations of the per-VMA lock, told from what a kernel shows of itself.
#include "runner/kernel/identity.hpp"

#include <gtest/gtest.h>

namespace faultline::kernel {
namespace {

struct Case {
  const char* release;
  std::optional<bool> per_vma_lock;
  bool vmstat_counts;
  const char* generation;
  const char* says;  // a part of decided_by
};

class Generation : public testing::TestWithParam<Case> {};

TEST_P(Generation, IsTold) {
  const Case& one = GetParam();
  const VmaLock lock = vma_lock_of({one.release, one.per_vma_lock, one.vmstat_counts});
  EXPECT_STREQ(lock.generation, one.generation);
  EXPECT_NE(lock.decided_by.find(one.says), std::string::npos) << lock.decided_by;
}

INSTANTIATE_TEST_SUITE_P(
    Kernels, Generation,
    testing::Values(Case{"6.1.0-56-cloud-amd64", false, false, "mmap_lock", "is not set"},
                    Case{"6.1.0-56-cloud-amd64", std::nullopt, false, "mmap_lock", "version alone"},
                    // A distribution's own: which of them cannot be told.
                    Case{"5.14.0-503.el9.x86_64", true, false, "unknown", "none upstream"},
                    Case{"5.14.0-503.el9.x86_64", std::nullopt, true, "unknown", "none upstream"},
                    Case{"6.3.13", true, false, "unknown", "none upstream"},
                    Case{"6.4.0", true, false, "rwsem", "CONFIG_PER_VMA_LOCK=y"},
                    Case{"6.12.117+deb12-cloud-amd64", std::nullopt, true, "rwsem", "/proc/vmstat"},
                    Case{"6.14.11", std::nullopt, false, "rwsem", "version alone"},
                    Case{"6.15.0-rc1", true, false, "refcount", "CONFIG_PER_VMA_LOCK=y"},
                    Case{"6.18.44-fc-v657", std::nullopt, false, "refcount", "version alone"},
                    Case{"6.18.44", false, false, "mmap_lock", "is not set"},
                    Case{"7.0.1", true, false, "refcount", "CONFIG_PER_VMA_LOCK=y"},
                    Case{"10.2", true, false, "refcount", "CONFIG_PER_VMA_LOCK=y"},
                    Case{"mine", true, true, "unknown", "no version"},
                    Case{"6", true, true, "unknown", "no"},
                    Case{"6.x", true, true, "unknown", "no"},
                    Case{"", true, true, "unknown", "no"}));

TEST(ChosenWord, IsTheOneInBrackets) {
  EXPECT_EQ(chosen_word("always [madvise] never"), "madvise");
  EXPECT_EQ(chosen_word("[always] madvise never"), "always");
  EXPECT_EQ(chosen_word("never"), "never");
  EXPECT_EQ(chosen_word("] odd ["), "] odd [");
}

}  // namespace
}  // namespace faultline::kernel
