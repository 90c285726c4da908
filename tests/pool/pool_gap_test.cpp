// The live gap to the optimum in the pool: what the registers tell of pools that hold all, some, or change.
// (The unit alone: pool_optimum_test.cpp. In every test of the pool the golden estimate lies beside it.)
#include <gtest/gtest.h>

#include "tests/pool/scenario.h"
#include "tests/pool/small_pool.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;

class PoolGap : public PoolScenario {
 protected:
  static constexpr std::uint32_t kLog2Epoch = 8;
  static constexpr std::uint32_t kEpoch = 1u << kLog2Epoch;

  std::uint32_t Register(std::uint32_t offset) { return bench_->management().Read(offset).rdata; }
  std::uint32_t Epochs() { return reg::optimum_status::Epochs::Get(Register(reg::optimum_status::kOffset)); }
  pool::OptimumResult Result() {
    return {.accesses = Register(reg::optimum_accesses::kOffset),
            .pool_misses = Register(reg::optimum_pool_misses::kOffset),
            .misses = Register(reg::optimum_misses::kOffset),
            .dropped = Register(reg::optimum_dropped::kOffset)};
  }
  // Reads one line of each segment in turn, until so many accesses were made and judged.
  void Loop(std::uint32_t segments, std::uint32_t accesses) {
    for (std::uint32_t access = 0; access < accesses; ++access) Read(0, access % segments * kSegment);
    bench_->simulation().Run(30);
  }
};

TEST_F(PoolGap, IsNoneInAPoolThatHoldsAllThatIsAccessed) {
  Make();
  Loop(10, kEpoch);
  EXPECT_EQ(Epochs(), 1u);
  EXPECT_EQ(Result(), (pool::OptimumResult{.accesses = kEpoch, .pool_misses = 10, .misses = 10, .dropped = 0}));
  Loop(10, kEpoch);
  EXPECT_EQ(Epochs(), 2u);
  EXPECT_EQ(Result(), (pool::OptimumResult{.accesses = kEpoch, .pool_misses = 0, .misses = 0, .dropped = 0}));
}

// A loop of 20 segments on 16 slots: the optimum misses 4 in each 19 accesses once the slots are full, the pool more.
TEST_F(PoolGap, OfALoopLargerThanThePoolIsWhatBeladyWouldHaveSpared) {
  Make();
  Loop(20, 2 * kEpoch);
  EXPECT_EQ(Epochs(), 2u);
  const pool::OptimumResult result = Result();
  EXPECT_NEAR(result.misses, kEpoch * 4.0 / 19, 2);
  EXPECT_GT(result.pool_misses, result.misses);
  EXPECT_EQ(result, bench_->optimum().last_result());
}

TEST_F(PoolGap, IsToldOfASampleWhenSoftwareAsksForOne) {
  Make();
  bench_->management().Write(reg::optimum_control::kOffset, reg::optimum_control::Enable::kMask |
                                                                reg::optimum_control::Log2Sampling::Of(2u) |
                                                                reg::optimum_control::Log2Epoch::Of(kLog2Epoch));
  ASSERT_TRUE(
      bench_->Wait([&] { return reg::optimum_status::Listening::Get(Register(reg::optimum_status::kOffset)) != 0; },
                   100, "the estimate"));
  Loop(30, kEpoch);
  EXPECT_EQ(Epochs(), 1u);
  EXPECT_EQ(reg::optimum_status::Log2Sampling::Get(Register(reg::optimum_status::kOffset)), 2u);
  const pool::OptimumResult result = Result();
  EXPECT_GT(result.accesses, 0u);
  EXPECT_LT(result.accesses, kEpoch / 2);
  EXPECT_EQ(result, bench_->optimum().last_result());
}

TEST_F(PoolGap, CountsASegmentGivenBackAndTouchedAgainForBoth) {
  Make();
  Loop(4, 100);
  EXPECT_EQ(Release(0, 2) & pool_host_registers::release_status::Failed::kMask, 0u);
  Loop(4, kEpoch - 100);
  EXPECT_EQ(Result(), (pool::OptimumResult{.accesses = kEpoch, .pool_misses = 5, .misses = 5, .dropped = 0}));
}

TEST_F(PoolGap, IsSilentWhenItIsTurnedOff) {
  Make();
  Loop(4, kEpoch);
  EXPECT_EQ(Epochs(), 1u);
  bench_->management().Write(reg::optimum_control::kOffset, 0);
  EXPECT_EQ(Epochs(), 0u);
  Loop(4, 2 * kEpoch);
  EXPECT_EQ(Epochs(), 0u);
  EXPECT_EQ(Result(), pool::OptimumResult{});
}

}  // namespace
}  // namespace tarn::tests
