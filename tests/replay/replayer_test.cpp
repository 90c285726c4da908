// The replayer finds every kind of wrong answer, and nothing else.
#include "sw/replay/replayer.h"

#include <gtest/gtest.h>

#include "sw/replay/plan.h"
#include "tests/replay/fake_platform.h"
#include "tests/replay/test_trace.h"

namespace tarn::replay {
namespace {

class Replay : public testing::Test {
 protected:
  Replay() {
    Result<std::vector<HostPlan>> plans =
        MakePlans({{0, WriteRandomTrace("replay0", 1)}, {1, WriteRandomTrace("replay1", 2)}}, {}, ~std::uint64_t{0},
                  platform_.parameters());
    EXPECT_TRUE(plans.ok());
    plans_ = std::move(*plans);
  }

  Status Run() {
    replayer_ = std::make_unique<Replayer>(platform_, plans_, content_, options_);
    return replayer_->Run();
  }
  std::uint64_t Mismatches() const {
    return replayer_->statistics()[0].mismatches + replayer_->statistics()[1].mismatches;
  }

  Content content_{7, 10, 5};
  FakePlatform platform_{
      [this](LogicalPage page, std::span<std::uint8_t, kPageBytes> bytes) { content_.FillInitialPage(page, bytes); }};
  std::vector<HostPlan> plans_;
  ReplayOptions options_{.quiet_cycles_max = 1000};
  std::unique_ptr<Replayer> replayer_;
};

TEST_F(Replay, FindsNothingWrongInARightMemory) {
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Mismatches(), 0U);
  EXPECT_EQ(replayer_->lines_done(), 2 * kRandomAccesses);
  EXPECT_GT(replayer_->statistics()[0].nonzero_reads, 0U);
  EXPECT_EQ(replayer_->statistics()[0].bytes_checked, replayer_->statistics()[0].reads * kLineBytes);
}

TEST_F(Replay, FindsOneWrongBit) {
  platform_.Plant(FakePlatform::Fault::kWrongBit);
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Mismatches(), 1U);
  ASSERT_EQ(replayer_->mismatches().size(), 1U);
  EXPECT_NE(replayer_->mismatches()[0].find("expected 0x"), std::string::npos) << replayer_->mismatches()[0];
}

TEST_F(Replay, FindsDroppedWrites) {
  platform_.Plant(FakePlatform::Fault::kDroppedWrite);
  ASSERT_TRUE(Run().ok());
  EXPECT_GT(Mismatches(), 0U);
}

TEST_F(Replay, FindsASwappedHost) {
  platform_.Plant(FakePlatform::Fault::kSwappedHost);
  ASSERT_TRUE(Run().ok());
  EXPECT_GT(Mismatches(), 0U);
}

TEST_F(Replay, FindsAnErrorStatus) {
  platform_.Plant(FakePlatform::Fault::kErrorStatus);
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Mismatches(), 1U);
}

TEST_F(Replay, EndsWithAMessageWhenNothingIsAnswered) {
  platform_.Plant(FakePlatform::Fault::kHang);
  const Status status = Run();
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.message().find("hangs"), std::string::npos);
}

TEST_F(Replay, GivesTheSameDigestWhateverTheOrderOfAnswers) {
  ASSERT_TRUE(Run().ok());
  const std::uint64_t digest = replayer_->statistics()[0].digest;
  options_.outstanding = 1;
  FakePlatform again(
      [this](LogicalPage page, std::span<std::uint8_t, kPageBytes> bytes) { content_.FillInitialPage(page, bytes); });
  Replayer one_by_one(again, plans_, content_, options_);
  ASSERT_TRUE(one_by_one.Run().ok());
  EXPECT_EQ(one_by_one.statistics()[0].digest, digest);
}

TEST_F(Replay, StopsInOrderWhenAsked) {
  options_.stop = [] { return true; };
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(replayer_->lines_done(), 0U);
}

}  // namespace
}  // namespace tarn::replay
