// The golden model of the hotness monitoring against rtl/pool/hotness.md, example by example.
#include <gtest/gtest.h>

#include <string>

#include "models/pool/hotness.h"
#include "models/pool/pool_hotness_registers.h"

namespace tarn::pool {
namespace {

namespace reg = pool_hotness_registers;

class HotnessModel : public testing::Test {
 protected:
  static constexpr HotnessConfig kConfig = {
      .slots = 4, .segment_pages = 8, .counter_bits = 6, .age_bits = 3, .list_entries = 4};
  static constexpr std::uint32_t kCountMax = 63;

  void Write(std::uint32_t offset, std::uint32_t value) { EXPECT_FALSE(model_.registers().Write(offset, value).error); }
  std::uint32_t Read(std::uint32_t offset) { return model_.registers().Read(offset).rdata; }
  std::uint32_t Bin(std::uint32_t bin) { return Read(reg::age_histogram::kOffset + 4 * bin); }

  void Start() {
    Write(reg::control::kOffset, reg::control::Enable::kMask);
    ExpectOk(model_.Start());
  }
  static void ExpectOk(const Status& status) { EXPECT_TRUE(status.ok()) << status.message(); }
  void EndEpoch() { ExpectOk(model_.EndEpoch()); }
  void Assign(SlotIndex slot, std::uint8_t host, std::uint32_t segment, std::uint32_t pages = 0) {
    model_.OnProbe({.kind = pages == 0 ? ProbeEvent::kAssign : ProbeEvent::kKept,
                    .host = host,
                    .segment = segment,
                    .page = static_cast<std::uint16_t>(pages),
                    .slot = slot});
  }
  void Access(SlotIndex slot, std::uint32_t times = 1, bool write = false, std::uint8_t host = 0) {
    for (std::uint32_t i = 0; i < times; ++i) {
      if (model_.OnProbe({.kind = ProbeEvent::kHit, .host = host, .write = write, .slot = slot})) model_.ListReached();
    }
  }
  std::string Entry(std::uint32_t offset, std::uint32_t place) {
    const std::uint32_t low = Read(offset + 8 * place);
    const std::uint32_t high = Read(offset + 8 * place + 4);
    return "host " + std::to_string(high >> 16) + " segment " + std::to_string((high & 0xFFFF) << 16 | low >> 16) +
           ": " + std::to_string(low & 0xFFFF);
  }
  std::string Hot(std::uint32_t place) { return Entry(reg::hot_entry::kOffset, place); }
  std::string Cold(std::uint32_t place) { return Entry(reg::cold_entry::kOffset, place); }

  Hotness model_{kConfig};
};

TEST_F(HotnessModel, SegmentsAtTheThresholdAreListedAtTheEndOfTheEpoch) {
  Write(reg::hot_threshold::kOffset, 3);
  Assign(0, 1, 70'000);
  Assign(1, 2, 5);
  Start();
  Access(0, 3);
  Access(1, 2);
  EXPECT_EQ(Read(reg::hot_tail::kOffset), 0u) << "not before the end";
  EndEpoch();
  EXPECT_EQ(Read(reg::hot_tail::kOffset), 1u);
  EXPECT_EQ(Hot(0), "host 1 segment 70000: 3");
  Access(1, 2);
  EndEpoch();
  EXPECT_EQ(Read(reg::hot_tail::kOffset), 1u) << "an epoch counts from zero";
}

TEST_F(HotnessModel, AlwaysOnListsASegmentWhenItReachesTheThreshold) {
  Write(reg::hot_threshold::kOffset, 3);
  Write(reg::mode::kOffset, reg::mode::AlwaysOn::kMask);
  Assign(0, 1, 7);
  Start();
  Access(0, 2);
  EndEpoch();
  EXPECT_EQ(Read(reg::hot_tail::kOffset), 0u);
  Access(0);
  EXPECT_EQ(Read(reg::hot_tail::kOffset), 1u) << "the end of an epoch leaves the count alone";
  EXPECT_EQ(Hot(0), "host 1 segment 7: 3");
  EXPECT_EQ(model_.Count(0), 0u);
}

TEST_F(HotnessModel, OnlyWhatTheFilterLetsPassIsCounted) {
  Write(reg::filter::kOffset, reg::filter::Hosts::Of(0b010u) | reg::filter::Writes::kMask);
  Assign(0, 1, 7);
  Start();
  Access(0, 5, false, 1);
  Access(0, 4, true, 2);
  Access(0, 3, true, 1);
  EXPECT_EQ(model_.Count(0), 3u);
  Write(reg::filter::kOffset, reg::filter::Hosts::Of(0xFFu) | reg::filter::Reads::kMask);
  Access(0, 2, true, 1);
  EXPECT_EQ(model_.Count(0), 5u) << "taken at the end of the epoch only";
  EndEpoch();
  Access(0, 2, true, 1);
  Access(0, 1, false, 2);
  EXPECT_EQ(model_.Count(0), 1u);
}

TEST_F(HotnessModel, DownSamplingCountsOneOfSome) {
  Write(reg::mode::kOffset, reg::mode::DownSampling::Of(2u));
  Assign(0, 1, 7);
  Start();
  Access(0, 11);
  EXPECT_EQ(model_.Count(0), 2u);
}

TEST_F(HotnessModel, AFullCounterStaysFullAndTells) {
  Assign(0, 1, 7);
  Start();
  Access(0, kCountMax);
  EXPECT_EQ(Read(reg::events::kOffset) & reg::events::Saturated::kMask, 0u);
  Access(0, 2);
  EXPECT_EQ(model_.Count(0), kCountMax);
  EXPECT_NE(Read(reg::events::kOffset) & reg::events::Saturated::kMask, 0u);
}

TEST_F(HotnessModel, AgesGoIntoBinsOfPowersOfTwo) {
  Assign(0, 1, 7);
  Assign(2, 1, 8);
  Start();
  for (std::uint32_t epoch = 1; epoch <= 9; ++epoch) {
    Access(2);
    EndEpoch();
    EXPECT_EQ(Bin(0), 1u) << "accessed in the epoch";
    EXPECT_EQ(Bin(1), epoch == 1 ? 1u : 0u) << epoch;
    EXPECT_EQ(Bin(2), epoch == 2 || epoch == 3 ? 1u : 0u) << epoch;
    EXPECT_EQ(Bin(3), epoch >= 4 ? 1u : 0u) << epoch << ": 7 is the greatest age";
  }
}

TEST_F(HotnessModel, UsageIsTheWeightedSumOfRecencyFrequencyAndDensity) {
  Write(reg::usage::kOffset, reg::usage::RecencyWeight::Of(2u) | reg::usage::FrequencyWeight::Of(3u) |
                                 reg::usage::DensityWeight::Of(5u) | reg::usage::FrequencyShift::Of(1u));
  Write(reg::cold_threshold::kOffset, 0xFFFF);
  Assign(0, 1, 7, 2);
  model_.OnProbe({.kind = ProbeEvent::kPageIn, .slot = 0});
  Start();
  Access(0, 20);
  EndEpoch();
  EXPECT_EQ(Cold(0), "host 1 segment 7: " + std::to_string(2 * 255 + 3 * 10 + 5 * (3 * 256 / 8)));
  EndEpoch();
  EXPECT_EQ(Cold(1), "host 1 segment 7: " + std::to_string(2 * 254 + 3 * 5 + 5 * (3 * 256 / 8)));
}

TEST_F(HotnessModel, OnlySegmentsBelowTheThresholdAreCold) {
  Write(reg::cold_threshold::kOffset, 254);  // with the weights of reset: two epochs without an access
  Assign(0, 1, 7);
  Assign(1, 1, 8);
  Start();
  EndEpoch();
  Access(1);
  EndEpoch();
  EXPECT_EQ(Read(reg::cold_tail::kOffset), 1u);
  EXPECT_EQ(Cold(0), "host 1 segment 7: 253");
}

TEST_F(HotnessModel, AListThatIsFullLeavesOutAndTells) {
  Write(reg::hot_threshold::kOffset, 1);
  Write(reg::hot_watermark::kOffset, 2);
  for (SlotIndex slot = 0; slot < 4; ++slot) Assign(slot, 1, slot);
  Start();
  Access(0);
  EndEpoch();
  EXPECT_EQ(Read(reg::events::kOffset), reg::events::Swept::kMask);
  for (SlotIndex slot = 1; slot < 4; ++slot) Access(slot);
  EndEpoch();
  EXPECT_EQ(Read(reg::hot_tail::kOffset), 3u) << "of 4 places one stays free";
  EXPECT_EQ(Read(reg::events::kOffset),
            reg::events::Swept::kMask | reg::events::HotWatermark::kMask | reg::events::HotOverflow::kMask);
  EXPECT_FALSE(model_.irq());
  Write(reg::event_enable::kOffset, reg::events::HotOverflow::kMask);
  EXPECT_TRUE(model_.irq());
  Write(reg::hot_head::kOffset, 3);
  Access(2);
  EndEpoch();
  EXPECT_EQ(Read(reg::hot_tail::kOffset), 0u);
  EXPECT_EQ(Hot(3), "host 1 segment 2: 1");
}

TEST_F(HotnessModel, ASegmentThatLeftIsStillJudgedForTheEpochThatEndedBefore) {
  Write(reg::hot_threshold::kOffset, 1);
  Assign(0, 1, 7);
  Start();
  Access(0, 5);
  ExpectOk(model_.OnEpochEnd());
  model_.OnProbe({.kind = ProbeEvent::kEvict, .slot = 0});
  Assign(0, 2, 9);
  Access(0, 1);
  ExpectOk(model_.OnJudged(0));
  ExpectOk(model_.OnSwept());
  EXPECT_EQ(Hot(0), "host 1 segment 7: 5");
  EndEpoch();
  EXPECT_EQ(Hot(1), "host 2 segment 9: 1");
}

TEST_F(HotnessModel, AStartBeginsFromZero) {
  Write(reg::hot_threshold::kOffset, 2);
  Assign(0, 1, 7);
  Start();
  Access(0, 5);
  EndEpoch();
  Access(0, 5);
  Write(reg::control::kOffset, reg::control::Enable::kMask | reg::control::Restart::kMask);
  ExpectOk(model_.Start());
  EXPECT_EQ(Read(reg::hot_tail::kOffset), 0u);
  Access(0);
  EndEpoch();
  EXPECT_EQ(Read(reg::hot_tail::kOffset), 0u);
}

TEST_F(HotnessModel, WhatMayNotHappenIsAnError) {
  EXPECT_FALSE(model_.OnStart().ok()) << "nobody asked for it";
  EXPECT_FALSE(model_.OnEpochEnd().ok()) << "none runs";
  EXPECT_FALSE(model_.OnSwept().ok());
  Assign(0, 1, 7);
  Start();
  EXPECT_FALSE(model_.OnJudged(0).ok()) << "no epoch has ended";
  ExpectOk(model_.OnEpochEnd());
  EXPECT_FALSE(model_.OnEpochEnd().ok()) << "in the middle of a sweep";
  EXPECT_FALSE(model_.OnSwept().ok()) << "slot 0 was not judged";
  EXPECT_FALSE(model_.OnJudged(1).ok()) << "nothing there";
  ExpectOk(model_.OnJudged(0));
  EXPECT_FALSE(model_.OnJudged(0).ok()) << "twice";
}

}  // namespace
}  // namespace tarn::pool
