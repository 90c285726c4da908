#include "sw/replay/histogram.h"

#include <gtest/gtest.h>

namespace tarn::replay {
namespace {

TEST(Histogram, EveryValueLiesInItsBucket) {
  for (std::uint64_t value = 0; value < 200'000; ++value) {
    const std::uint32_t bucket = Histogram::BucketOf(value);
    ASSERT_LE(Histogram::FloorOf(bucket), value);
    ASSERT_GT(Histogram::FloorOf(bucket + 1), value);
  }
}

TEST(Histogram, BucketsAreAtMostASixteenthOfTheirValueWide) {
  for (std::uint32_t bucket = 32; bucket < 500; ++bucket) {
    const std::uint64_t floor = Histogram::FloorOf(bucket);
    EXPECT_LE(Histogram::FloorOf(bucket + 1) - floor, floor / 16 + 1);
  }
}

TEST(Histogram, PercentilesOfOneToAThousandAreRightWithinABucket) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 1000; ++value) histogram.Add(value);
  EXPECT_NEAR(static_cast<double>(histogram.Percentile(50)), 500, 32);
  EXPECT_NEAR(static_cast<double>(histogram.Percentile(99)), 990, 62);
  EXPECT_EQ(histogram.Percentile(100), 1000U);
  EXPECT_DOUBLE_EQ(histogram.mean(), 500.5);
}

TEST(Histogram, AnEmptyOneIsAllZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.Percentile(50), 0U);
  EXPECT_EQ(histogram.min(), 0U);
  EXPECT_EQ(histogram.mean(), 0);
}

TEST(Histogram, MergingIsAddingAll) {
  Histogram both;
  Histogram other;
  both.Add(3);
  other.Add(70);
  both.Merge(other);
  EXPECT_EQ(both.count(), 2U);
  EXPECT_EQ(both.min(), 3U);
  EXPECT_EQ(both.max(), 70U);
}

}  // namespace
}  // namespace tarn::replay
