// latency_test.cpp: histograms, and which operations are timed.
#include "runner/latency.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace faultline {
namespace {

TEST(HistogramOfTimes, ValuesBelowTwoPowersAreExact) {
  Histogram histogram;
  for (std::uint64_t value = 0; value < 64; ++value) histogram.add(value);
  EXPECT_EQ(histogram.count(), 64u);
  EXPECT_EQ(histogram.quantile(0.5), 31u);
  EXPECT_EQ(histogram.quantile(1), 63u);
  EXPECT_EQ(histogram.most(), 63u);
}

TEST(HistogramOfTimes, LargeValuesAreAtMostThreePercentOff) {
  for (std::uint64_t value = 100; value < (std::uint64_t{1} << 50); value = value * 7 / 3 + 1) {
    Histogram histogram;
    histogram.add(value);
    histogram.add(2 * value);  // so that the edge of the bucket is not cut at the largest value
    const std::uint64_t edge = histogram.quantile(0.5);
    EXPECT_GE(edge, value);
    EXPECT_LE(static_cast<double>(edge), 1.032 * static_cast<double>(value));
  }
}

TEST(HistogramOfTimes, NothingHasNoQuantile) {
  EXPECT_EQ(Histogram().quantile(0.99), 0u);
  EXPECT_TRUE(Histogram().json()["counts"].empty());
}

TEST(HistogramOfTimes, SumsAddUp) {
  Histogram one;
  Histogram other;
  one.add(5);
  other.add(5);
  other.add(70);
  one.add(other);
  const nlohmann::ordered_json json = one.json();
  EXPECT_EQ(json["n"], 3);
  EXPECT_EQ(json["max"], 70);
  EXPECT_EQ(json["counts"].dump(), "[[5,2],[62,1]]");
}

// Of so many operations, how many are in the sample.
std::uint64_t sampled(std::uint64_t interval, unsigned operations) {
  Latency latency(interval);
  for (unsigned i = 0; i < operations; ++i) {
    if (latency.due()) latency.add(100);
  }
  return latency.sample().count();
}

TEST(LatencySample, OneInAnIntervalIsTimedOnAverage) {
  EXPECT_EQ(sampled(1, 1'000), 1'000u);
  for (const unsigned interval : {2u, 10u, 64u}) {
    const std::uint64_t n = sampled(interval, 10'000 * interval);
    EXPECT_GT(n, 9'700u) << interval;
    EXPECT_LT(n, 10'300u) << interval;
  }
}

TEST(LatencySample, AnIntervalOutOfRangeIsTheNearestOne) {
  EXPECT_EQ(sampled(0, 100), 100u);
  EXPECT_EQ(sampled(1'000'000, 100'000), sampled(Latency::interval_max, 100'000));
}

TEST(LatencySample, TheIntervalIsOneIn10Microseconds) {
  EXPECT_EQ(latency_interval(2'000'000, 2, 0.1), 64u);  // 100 ns each
  EXPECT_EQ(latency_interval(200'000, 2, 0.1), 10u);    // 1 us
  EXPECT_EQ(latency_interval(100, 1, 0.1), 1u);         // 1 ms
  EXPECT_EQ(latency_interval(0, 1, 0.1), 1u);
}

// A slow operation in a regular place is met as often as the others.
TEST(LatencySample, SlowOperationsAreNotOverRepresented) {
  Latency latency(16);
  for (unsigned i = 0; i < 2'000'000; ++i) {
    if (latency.due()) latency.add(i % 10 == 0 ? 100'000 : 100);
  }
  EXPECT_GT(latency.sample().quantile(0.92), 90'000u);
  EXPECT_EQ(latency.sample().quantile(0.88), 101u);
}

}  // namespace
}  // namespace faultline
