// Device directory: RISC-V IOMMU 1.0, sections 3.1 and 3.3.1.
#include <gtest/gtest.h>

#include "tests/iommu/model_fixture.h"

namespace tarn::iommu {
namespace {

TEST(IommuModelDirectory, OffRefusesEverythingWithCause256) {
  IommuFixture f;
  EXPECT_EQ(f.CauseOf(f.Read(0x1000)), 256);
  EXPECT_EQ(f.Read(0x1000).status, LineStatus::kTranslationFault);
}

TEST(IommuModelDirectory, BarePassesUntranslatedRequestsAndRefusesOthersWithCause260) {
  IommuFixture f;
  f.SetMode(Mode::kBare);
  const Translation translation = f.Read(0x1234'5678'9AC0);
  EXPECT_EQ(translation.status, LineStatus::kOk);
  EXPECT_EQ(translation.address.value(), 0x1234'5678'9AC0u);
  EXPECT_FALSE(translation.walked);
  DeviceRequest request = f.Request(Op::kRead, 0x1000);
  request.at = AddressType::kTranslated;
  EXPECT_EQ(f.CauseOf(f.iommu.Translate(request)), 260);
  request.at = AddressType::kTranslationRequest;
  EXPECT_EQ(f.CauseOf(f.iommu.Translate(request)), 260);
}

TEST(IommuModelDirectory, OneLevelFindsContextsOfSevenBitsAndRefusesWiderIds) {
  IommuFixture f;
  f.SetContext(0x7F, 1, 0);
  f.SetMode(Mode::kOneLevel);
  EXPECT_EQ(f.CauseOf(f.Read(0x1000, 0x7F)), 0);
  EXPECT_EQ(f.CauseOf(f.Read(0x1000, 0x80)), 260);
  EXPECT_EQ(f.CauseOf(f.Read(0x1000, 0x80'0000)), 260);
}

TEST(IommuModelDirectory, TwoLevelsSplitTheIdAtBitSeven) {
  IommuFixture f;
  const std::uint64_t leaf = 0x50'0000;
  f.memory.Store(IommuFixture::kDirectory + 0x1AB * 8, leaf / kPageBytes << 10 | 1);
  f.memory.Store(leaf + 0x33 * 32, 1);
  f.SetMode(Mode::kTwoLevel);
  EXPECT_EQ(f.CauseOf(f.Read(0x1000, 0x1AB << 7 | 0x33)), 0);
  EXPECT_EQ(f.CauseOf(f.Read(0x1000, 0x1AA << 7 | 0x33)), 258);
  EXPECT_EQ(f.CauseOf(f.Read(0x1000, 0x1'0000)), 260);
}

TEST(IommuModelDirectory, ThreeLevelsUseAllTwentyFourBits) {
  IommuFixture f;
  const std::uint64_t middle = 0x50'0000;
  const std::uint64_t leaf = 0x51'0000;
  f.memory.Store(IommuFixture::kDirectory + 0xFE * 8, middle / kPageBytes << 10 | 1);
  f.memory.Store(middle + 0x1CD * 8, leaf / kPageBytes << 10 | 1);
  f.memory.Store(leaf + 0x12 * 32, 1);
  f.SetMode(Mode::kThreeLevel);
  const Translation translation = f.Read(0x1000, 0xFE << 16 | 0x1CD << 7 | 0x12);
  EXPECT_EQ(f.CauseOf(translation), 0);
  EXPECT_TRUE(translation.walked);
  EXPECT_EQ(f.iommu.counters().table_reads, 3u);
}

TEST(IommuModelDirectory, ReservedBitsOfANonLeafEntryAreMisconfigured) {
  for (const int bit : {1, 9, 54, 63}) {
    IommuFixture f;
    f.memory.Store(IommuFixture::kDirectory, std::uint64_t{0x500} << 10 | 1 | std::uint64_t{1} << bit);
    f.SetMode(Mode::kTwoLevel);
    EXPECT_EQ(f.CauseOf(f.Read(0x1000, 3)), 259) << bit;
  }
}

TEST(IommuModelDirectory, MemoryErrorsUnderTheDirectoryHaveTheirOwnCauses) {
  for (const auto& [status, cause] : {std::pair{LineStatus::kAccessError, 257}, {LineStatus::kPoison, 268}}) {
    for (const Mode mode : {Mode::kOneLevel, Mode::kTwoLevel}) {
      IommuFixture f;
      f.memory.line_status[IommuFixture::kDirectory / kLineBytes] = status;
      f.SetMode(mode);
      EXPECT_EQ(f.CauseOf(f.Read(0x1000, 1)), cause);
    }
  }
}

TEST(IommuModelDirectory, ATableThatCannotBeReadNowIsNoFault) {
  IommuFixture f;
  f.EnableQueues();
  f.memory.line_status[IommuFixture::kDirectory / kLineBytes] = LineStatus::kRetry;
  f.SetMode(Mode::kOneLevel);
  const Translation translation = f.Read(0x1000, 1);
  EXPECT_EQ(translation.status, LineStatus::kRetry);
  EXPECT_FALSE(translation.fault.has_value());
  EXPECT_EQ(f.Register(iommu_registers::fqt::kOffset), 0u);
}

TEST(IommuModelDirectory, AContextThatIsNotValidHasCause258WhateverElseItHolds) {
  IommuFixture f;
  f.SetContext(1, ~std::uint64_t{1}, ~std::uint64_t{0});
  f.SetMode(Mode::kOneLevel);
  EXPECT_EQ(f.CauseOf(f.Read(0x1000, 1)), 258);
}

// Section 3.1.4, one rule after the other, with every capability but Sv39 absent.
TEST(IommuModelDirectory, EachMisconfigurationHasCause259) {
  struct Case {
    const char* what;
    std::uint64_t tc, iohgatp, ta, fsc;
  };
  const std::uint64_t v = 1;
  const Case cases[] = {
      {"EN_PRI without EN_ATS", v | 1 << 2, 0, 0, 0},
      {"T2GPA", v | 1 << 3, 0, 0, 0},
      {"PRPR without EN_PRI", v | 1 << 6, 0, 0, 0},
      {"GADE without AMO_HWAD", v | 1 << 7, 0, 0, 0},
      {"SADE without AMO_HWAD", v | 1 << 8, 0, 0, 0},
      {"DPE without PDTV", v | 1 << 9, 0, 0, 0},
      {"SBE", v | 1 << 10, 0, 0, 0},
      {"SXL", v | 1 << 11, 0, 0, 0},
      {"tc bit 12", v | 1 << 12, 0, 0, 0},
      {"tc bit 23", v | 1 << 23, 0, 0, 0},
      {"tc bit 32", v | std::uint64_t{1} << 32, 0, 0, 0},
      {"tc bit 63", v | std::uint64_t{1} << 63, 0, 0, 0},
      {"ta bit 0", v, 0, 1, 0},
      {"ta bit 11", v, 0, 1 << 11, 0},
      {"ta bit 32", v, 0, std::uint64_t{1} << 32, 0},
      {"RCID without QOSID", v, 0, std::uint64_t{1} << 40, 0},
      {"MCID without QOSID", v, 0, std::uint64_t{1} << 63, 0},
      {"fsc bit 44", v, 0, 0, std::uint64_t{1} << 44},
      {"fsc bit 59", v, 0, 0, std::uint64_t{1} << 59},
      {"iosatp mode 1", v, 0, 0, std::uint64_t{1} << 60},
      {"Sv48", v, 0, 0, std::uint64_t{9} << 60},
      {"Sv57", v, 0, 0, std::uint64_t{10} << 60},
      {"iosatp custom mode", v, 0, 0, std::uint64_t{15} << 60},
      {"PD8", v | 1 << 5, 0, 0, std::uint64_t{1} << 60},
      {"PD20", v | 1 << 5, 0, 0, std::uint64_t{3} << 60},
      {"pdtp mode 8", v | 1 << 5, 0, 0, std::uint64_t{8} << 60},
      {"Sv39x4", v, std::uint64_t{8} << 60, 0, 0},
      {"iohgatp mode 1", v, std::uint64_t{1} << 60, 0, 0},
  };
  for (const Case& c : cases) {
    IommuFixture f;
    f.SetContext(1, c.tc, c.fsc, c.ta, c.iohgatp);
    f.SetMode(Mode::kOneLevel);
    EXPECT_EQ(f.CauseOf(f.Read(0x1000, 1)), 259) << c.what;
  }
}

TEST(IommuModelDirectory, CustomBitsAndFieldsThatDoNotMatterAreIgnored) {
  IommuFixture f;
  f.SetContext(1, 1 | std::uint64_t{0xFF} << 24, 0x123, std::uint64_t{0xABCDE} << 12, 0xFFF'FFFF'FFFF);
  f.SetMode(Mode::kOneLevel);
  EXPECT_EQ(f.CauseOf(f.Read(0x1000, 1)), 0);
}

TEST(IommuModelDirectory, TransactionsThatTheContextDoesNotAllowHaveCause260) {
  IommuFixture f;
  f.SetContext(1, 1, 0);
  f.SetMode(Mode::kOneLevel);
  DeviceRequest request = f.Request(Op::kRead, 0x1000, 1);
  request.process_valid = true;  // PDTV is 0
  EXPECT_EQ(f.CauseOf(f.iommu.Translate(request)), 260);
  request = f.Request(Op::kWrite, 0x1000, 1);
  request.at = AddressType::kTranslated;  // EN_ATS is 0
  EXPECT_EQ(f.CauseOf(f.iommu.Translate(request)), 260);
}

TEST(IommuModelDirectory, ABareProcessDirectoryTranslatesNothing) {
  IommuFixture f;
  f.SetContext(1, 1 | 1 << 5, 0);
  f.SetMode(Mode::kOneLevel);
  DeviceRequest request = f.Request(Op::kRead, 0x1000, 1);
  request.process_valid = true;
  request.process_id = 77;
  EXPECT_EQ(f.CauseOf(f.iommu.Translate(request)), 0);
}

// Section 3.3, step 5: each bit above what the directory has, in both formats; the bits below are looked up.
TEST(IommuModelDirectory, EachBitAboveTheDirectorysWidthHasCause260) {
  namespace capabilities = iommu_registers::capabilities;
  for (const bool extended : {false, true}) {
    for (const Mode mode : {Mode::kOneLevel, Mode::kTwoLevel, Mode::kThreeLevel}) {
      const int first = extended ? 6 : 7;
      const int width = mode == Mode::kThreeLevel ? 24 : mode == Mode::kTwoLevel ? first + 9 : first;
      IommuFixture f(Parameters{.capabilities = extended ? capabilities::MsiFlat::kMask : 0});
      f.SetMode(mode);
      for (int bit = 0; bit < 24; ++bit) {
        const int expected = bit < width ? 258 : 260;
        EXPECT_EQ(f.CauseOf(f.Read(0x1000, 1u << bit)), expected) << extended << ' ' << width << ' ' << bit;
      }
    }
  }
}

}  // namespace
}  // namespace tarn::iommu
