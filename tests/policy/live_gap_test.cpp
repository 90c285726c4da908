// The live estimate of the optimum: exact where it forgets nothing and samples all, and close enough where it does.
#include "tests/policy/live_gap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <vector>

#include "models/policy/optimum.h"
#include "models/pool/optimum_estimate.h"
#include "models/pool/policy_rules.h"
#include "tests/policy/traces.h"

namespace tarn::policy {
namespace {

using pool::OptimumEstimate;
using pool::OptimumShape;

// 20 bits of tag and 12 of set: no two segments are taken for one another.
constexpr OptimumShape kForgetsNothing{
    .slots_max = 4096, .history = 1 << 17, .sets = 1 << 12, .ways = 8, .tag_bits = 20};

std::vector<bool> Estimate(std::span<const PageId> accesses, std::uint32_t frames, const OptimumShape& shape) {
  OptimumEstimate estimate(shape, {.slots = frames});
  std::vector<bool> missed;
  for (const PageId page : accesses) missed.push_back(estimate.Refer(pool::PolicyHash(page)));
  return missed;
}

TEST(OptimumEstimate, IsTheOptimumAccessByAccessWhereItForgetsNothing) {
  std::mt19937 random(1);
  for (int round = 0; round < 100; ++round) {
    std::vector<PageId> pages(2000);
    for (PageId& page : pages) page = static_cast<PageId>(std::min(random() % 60, random() % 60));
    const auto frames = static_cast<std::uint32_t>(2 + random() % 40);
    EXPECT_EQ(Estimate(pages, frames, kForgetsNothing), OptimumMissed(pages, frames, 60)) << frames << " frames";
  }
  const std::vector<PageId> reference = PagesOf(ReferenceTrace(1));
  EXPECT_EQ(Estimate(reference, 410, kForgetsNothing), OptimumMissed(reference, 410, kReferencePages));
}

// A loop of 60 misses at most 60 times between two accesses to a segment, one of 100 more often than is remembered.
TEST(OptimumEstimate, OfALoopThatItsHistoryHoldsIsExactAndOfALongerOneMissesAll) {
  constexpr OptimumShape kShort{.slots_max = 64, .history = 64, .sets = 64, .ways = 4, .tag_bits = 20};
  std::vector<PageId> inside;
  std::vector<PageId> longer;
  for (PageId index = 0; index < 6000; ++index) {
    inside.push_back(index % 60);
    longer.push_back(index % 100);
  }
  EXPECT_EQ(Estimate(inside, 8, kShort), OptimumMissed(inside, 8, 60));
  EXPECT_EQ(std::ranges::count(Estimate(longer, 8, kShort), true), 6000);
  EXPECT_LT(std::ranges::count(OptimumMissed(longer, 8, 100), true), 5700);
}

TEST(OptimumEstimate, OfASegmentGivenBackMissesAgain) {
  OptimumEstimate estimate({}, {.slots = 16});
  const std::uint64_t hash = pool::PolicyHash(7);
  EXPECT_TRUE(estimate.Refer(hash));
  EXPECT_FALSE(estimate.Refer(hash));
  estimate.Forget(hash);
  EXPECT_TRUE(estimate.Refer(hash));
}

TEST(OptimumEstimate, SamplesAShareThatItsPlacesHold) {
  const OptimumShape shape{.slots_max = 64, .history = 256, .sets = 64};
  EXPECT_EQ(OptimumEstimate(shape, {.slots = 64}).log2_sampling(), 0u);
  EXPECT_EQ(OptimumEstimate(shape, {.slots = 65}).log2_sampling(), 1u);
  EXPECT_EQ(OptimumEstimate(shape, {.slots = 64, .log2_sampling = 3}).log2_sampling(), 3u);
  const OptimumEstimate estimate(shape, {.slots = 512});
  EXPECT_EQ(estimate.log2_sampling(), 3u);
  std::uint32_t sampled = 0;
  for (std::uint32_t segment = 0; segment < 8192; ++segment) {
    if (estimate.IsSampled(pool::PolicyHash(segment))) ++sampled;
  }
  EXPECT_EQ(sampled, 1024u);
}

// targets.md: the gap to the optimum reported live, within 10% of the offline figure per epoch.
TEST(LiveGap, IsWithinTenPercentOfTheOfflineFigureInEachEpochOfEveryCase) {
  unsigned epochs = 0;
  const Status status = ForEachPolicyCase(TARN_TEST_DATA, [&](const PolicyCase& one) {
    const GapStudy study = StudyLiveGap(one, {}, 0);
    std::cout << one.trace << ", " << one.frames << " frames: " << study.epochs << " epochs, worst "
              << study.worst_percent << "%, mean " << study.sum_percent / study.epochs << "%; " << study.wrong << " of "
              << study.sampled << " wrong\n";
    EXPECT_GT(study.epochs, 0u) << one.trace;
    EXPECT_LE(study.worst_percent, 10) << one.trace << ", " << one.frames << " frames";
    epochs += study.epochs;
  });
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_GT(epochs, 100u);
}

// An eighth of the table and of the history: the same measure tells.
TEST(LiveGap, OfATableThatIsTooSmallIsFoundToBeWrong) {
  const std::vector<PageId> reference = PagesOf(ReferenceTrace(1));
  const PolicyCase one{"reference", 25, 1024, reference, kReferencePages};
  EXPECT_GT(StudyLiveGap(one, {.history = 1024, .sets = 128}, 0).worst_percent, 10);
}

}  // namespace
}  // namespace tarn::policy
