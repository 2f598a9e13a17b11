// canary_test.cpp: fails on purpose. Should the suite ever call it passed, the suite is broken.
#include <gtest/gtest.h>

TEST(Canary, FailsOnPurpose) {
  EXPECT_EQ(1, 2);
}
