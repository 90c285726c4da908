// The policies count as published programs do, the optimum is one, and the hardware's policy keeps close to the best.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "models/policy/hardware_cache.h"
#include "models/policy/optimum.h"
#include "models/policy/policies.h"
#include "sw/policy/segment_trace.h"
#include "sw/policy/study.h"
#include "tests/policy/policy_cases.h"
#include "tests/policy/traces.h"

namespace tarn::policy {
namespace {

constexpr std::uint32_t kSeed = 1;

const std::vector<PageId>& Reference() {
  static const std::vector<PageId> kPages = PagesOf(ReferenceTrace(kSeed));
  return kPages;
}

// The checksum was taken of the text that the targets' own generator wrote, whose md5 is
// 1e126a3f05b60d6c1c5c9724f7d42b72.
TEST(PolicyReference, TraceIsThatOfTheTargets) {
  const std::string text = ReferenceText(ReferenceTrace(kSeed));
  EXPECT_EQ(crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())), 0x23abb8e7u);
}

// targets.md: misses in thousands as libCacheSim counts them with its default parameters.
struct ReferenceRow {
  std::uint32_t frames;
  double optimum;
  std::map<std::string_view, double> misses;
};
const std::vector<ReferenceRow> kReferenceTable = {
    {205,
     92.653,
     {{"fifo", 154.5},
      {"lru", 147.1},
      {"clock", 149.1},
      {"sieve", 146.7},
      {"s3-fifo", 137.7},
      {"2q", 128.7},
      {"arc", 146.6},
      {"lirs", 146.5},
      {"slru", 146.1}}},
    {410,
     68.640,
     {{"fifo", 130.0},
      {"lru", 119.8},
      {"clock", 122.6},
      {"sieve", 119.3},
      {"s3-fifo", 111.7},
      {"2q", 102.2},
      {"arc", 119.3},
      {"lirs", 119.1},
      {"slru", 118.7}}},
    {1024,
     21.182,
     {{"fifo", 64.2},
      {"lru", 68.3},
      {"clock", 60.8},
      {"sieve", 61.8},
      {"s3-fifo", 46.5},
      {"2q", 46.6},
      {"arc", 67.5},
      {"lirs", 62.4},
      {"slru", 55.2}}},
    {2048,
     13.455,
     {{"fifo", 31.6},
      {"lru", 20.0},
      {"clock", 20.8},
      {"sieve", 20.4},
      {"s3-fifo", 20.0},
      {"2q", 21.9},
      {"arc", 20.0},
      {"lirs", 20.1},
      {"slru", 19.9}}},
};

TEST(PolicyReference, OptimumIsThatOfTheTable) {
  for (const ReferenceRow& row : kReferenceTable) {
    EXPECT_EQ(OptimumMisses(Reference(), row.frames, kReferencePages), std::llround(row.optimum * 1000)) << row.frames;
  }
}

// All but LIRS and SLRU have one definition each and agree in every digit printed, which is half of the last one either
// way. Of these two, programs differ in what the text leaves open (when a page of LIRS becomes one of low recency
// again, what SLRU does with the rest of frames / 4): 0.3%.
TEST(PolicyReference, PoliciesCountWhatTheTableCounts) {
  constexpr double kHalfDigit = 0.0501;
  for (const ReferenceRow& row : kReferenceTable) {
    for (const auto& [name, thousands] : row.misses) {
      const auto misses = static_cast<double>(PolicyMisses(name, Reference(), row.frames, kReferencePages));
      const double tolerance = name == "lirs" || name == "slru" ? 0.003 * thousands : 0;
      EXPECT_NEAR(misses / 1000, thousands, tolerance + kHalfDigit) << name << " with " << row.frames << " frames";
    }
  }
}

// A scan of twice the memory, again and again: an LRU never hits; the optimum keeps all but one frame.
TEST(PolicyOptimum, KeepsPartOfALoopThatLruLosesWhole) {
  std::vector<PageId> pages;
  for (PageId index = 0; index < 200; ++index) pages.push_back(index % 20);
  EXPECT_EQ(PolicyMisses("lru", pages, 10, 20), 200u);
  // Each later round of 20 hits 9 or 10 pages: 190 * 10 / 19 misses after the first 10.
  EXPECT_EQ(OptimumMisses(pages, 10, 20), 10u + 100u);
}

TEST(PolicyOptimum, NoPolicyMissesLess) {
  std::mt19937 random(kSeed);
  for (int round = 0; round < 50; ++round) {
    std::vector<PageId> pages(2000);
    for (PageId& page : pages) page = static_cast<PageId>(std::min(random() % 40, random() % 40));
    const auto frames = static_cast<std::uint32_t>(1 + random() % 30);
    const std::uint64_t optimum = OptimumMisses(pages, frames, 40);
    for (const std::string_view name : PolicyNames()) {
      const std::uint64_t misses = PolicyMisses(name, pages, frames, 40);
      EXPECT_GE(misses, optimum) << name << " with " << frames << " frames, round " << round;
      EXPECT_LE(misses, pages.size());
    }
  }
}

TEST(PolicyCaches, MissEachPageOnceWhenAllFit) {
  std::mt19937 random(kSeed);
  std::vector<PageId> pages;
  for (PageId page = 0; page < 64; ++page) pages.push_back(page);
  for (int i = 0; i < 2000; ++i) pages.push_back(random() % 64);
  for (const std::string_view name : PolicyNames()) {
    const std::uint32_t frames = name == "hardware" ? 64 + HardwareSettings{}.reserve : 64;
    EXPECT_EQ(PolicyMisses(name, pages, frames, 64), 64u) << name;
  }
}

TEST(PolicyHardware, MissesLessThanTheBestOfThePoliciesOnTheReference) {
  for (const std::uint32_t frames : {205u, 410u, 1024u}) {
    EXPECT_LE(PolicyMisses("hardware", Reference(), frames, kReferencePages),
              BestPeerMisses(Reference(), frames, kReferencePages))
        << frames;
  }
}

// targets.md: against the best of the others on every bundled trace, the reference trace and four adversaries, at 5,
// 10, 25 and 50% of the footprint.
class PolicyTargets : public testing::Test {
 protected:
  void Compare(const std::string& trace, std::span<const PageId> accesses, std::uint32_t frames, PageId pages,
               const HardwareSettings& settings = {}) {
    const double best = static_cast<double>(BestPeerMisses(accesses, frames, pages));
    HardwareCache cache(frames, pages, settings);
    std::uint64_t misses = 0;
    for (const PageId page : accesses) misses += cache.Access(page) ? 0 : 1;
    const double ratio = static_cast<double>(misses) / best;
    std::cout << trace << ", " << frames << " frames: " << ratio << "\n";
    EXPECT_LE(ratio, ratio_max_) << trace << ", " << frames << " frames";
    logarithms_ += std::log(ratio);
    ++cases_;
  }
  static std::uint32_t Frames(PageId pages, std::uint32_t percent) { return FramesOf({{}, percent}, pages); }

  double ratio_max_ = 1.10;
  double logarithms_ = 0;
  int cases_ = 0;
};

TEST_F(PolicyTargets, TheHardwareKeepsCloseToTheBestOfTheOthersEverywhere) {
  const Status status = ForEachPolicyCase(
      TARN_TEST_DATA, [this](const PolicyCase& one) { Compare(one.trace, one.accesses, one.frames, one.pages); });
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(cases_, 36);
  EXPECT_LE(std::exp(logarithms_ / cases_), 1.03);
  std::cout << "geometric mean " << std::exp(logarithms_ / cases_) << "\n";
}

// A board's: one rule for good (docs/policy.md, "Without shadows").
TEST_F(PolicyTargets, WithoutShadowsTheMeanIsKeptAndTheWorstCaseIsKnown) {
  ratio_max_ = 1.61;
  const Status status = ForEachPolicyCase(TARN_TEST_DATA, [this](const PolicyCase& one) {
    Compare(one.trace, one.accesses, one.frames, one.pages, {.shadow_frames = 0});
  });
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(cases_, 36);
  EXPECT_LE(std::exp(logarithms_ / cases_), 1.03);
  std::cout << "geometric mean " << std::exp(logarithms_ / cases_) << "\n";
}

// Several misses wait at once: the reserve is used up and more, then as many victims are chosen one after the other.
TEST_F(PolicyTargets, SoItDoesWhenEvictionsComeInBursts) {
  for (const std::uint32_t burst : {2u, 8u}) {
    const HardwareSettings settings{.reserve = 2, .burst = burst};
    for (const std::uint32_t percent : {5u, 10u, 25u, 50u}) {
      const std::uint32_t frames = Frames(kReferencePages, percent);
      Compare("reference", Reference(), frames, kReferencePages, settings);
      for (const Adversary adversary : {Adversary::kScan, Adversary::kLoop, Adversary::kPhases}) {
        Compare("adversary", AdversaryTrace(adversary, frames), frames, kReferencePages, settings);
      }
    }
  }
}

// Seeds for which nothing was tuned.
TEST_F(PolicyTargets, SoItDoesOnTracesThatWereNotLookedAt) {
  for (const std::uint64_t seed : {2u, 3u, 4u}) {
    const std::vector<PageId> pages = PagesOf(ReferenceTrace(seed));
    for (const std::uint32_t percent : {5u, 10u, 25u, 50u}) {
      Compare("reference, seed " + std::to_string(seed), pages, Frames(kReferencePages, percent), kReferencePages);
    }
  }
}

}  // namespace
}  // namespace tarn::policy
