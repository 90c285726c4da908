#include "sw/trace/footprint.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace tarn::trace {
namespace {

TEST(TraceFootprint, CountsPagesAndSegmentsAsASetDoes) {
  std::mt19937_64 random(1);
  Footprint footprint;
  std::set<std::uint64_t> pages;
  std::set<std::uint64_t> segments;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t line = (random() % 4) << 50 | random() % (1 << 18);
    ASSERT_TRUE(footprint.Touch(line));
    pages.insert(line * 64 / 4096);
    segments.insert(line * 64 / 65536);
    ASSERT_EQ(footprint.pages(), pages.size());
    ASSERT_EQ(footprint.segments(), segments.size());
  }
}

TEST(TraceFootprint, RefusesMoreRegionsThanItsBound) {
  Footprint footprint(2);
  EXPECT_TRUE(footprint.Touch(0));
  EXPECT_TRUE(footprint.Touch(4096));
  EXPECT_FALSE(footprint.Touch(2 * 4096));
  EXPECT_TRUE(footprint.Touch(4095));
  EXPECT_EQ(footprint.pages(), 3u);
}

}  // namespace
}  // namespace tarn::trace
