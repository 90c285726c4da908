// Sv32 and Sv32x4: RISC-V IOMMU 1.0, section 3.1.3 (SXL, GXL); privileged specification, "Sv32" and "Sv32x4".
#include <gtest/gtest.h>

#include "tests/iommu/two_stage_fixture.h"

namespace tarn::iommu {
namespace {

namespace capabilities = iommu_registers::capabilities;
namespace fctl = iommu_registers::fctl;

constexpr std::uint64_t kShortIova = 0x8040'3000;     // VPN[1] 0x201, VPN[0] 3
constexpr std::uint64_t kShortGuest = 0x3'4040'5000;  // 34 bits: VPN[1] 0xD01, VPN[0] 5
constexpr std::uint64_t kShortHost = 0x1'2345'6000;

// First stage at the guest's page 0x400, second at kSecondRoot, entries of four bytes in both.
struct Short : TwoStageFixture {
  explicit Short(std::uint64_t tc = 1 | kTcSxl, bool gxl = true) {
    if (gxl) Write(fctl::kOffset, fctl::Gxl::kMask);
    context.tc = tc;
    context.fsc = kMode8 | kGuestTables / kPageBytes;
    SetExtendedContext(context);
    EnableQueues();
    SetMode(Mode::kOneLevel);
    // The guest's tables lie in one superpage of 4 MiB.
    StoreShort(kSecondRoot + (kGuestTables >> 22) * 4, (kGuestTables + kGuestBase) / kPageBytes << 10 | kPteAll);
  }
  void StoreShort(std::uint64_t address, std::uint64_t pte) {
    const auto value = static_cast<std::uint32_t>(pte);
    memory.content.Write(address, &value, sizeof value);
  }
  std::uint32_t LoadShort(std::uint64_t address) const {
    std::uint32_t value = 0;
    memory.content.Read(address, &value, sizeof value);
    return value;
  }
  // Each returns its leaf's host address.
  std::uint64_t MapFirstShort(std::uint64_t iova, std::uint64_t guest, std::uint64_t flags = kPteAll) {
    const std::uint64_t root = kGuestTables + kGuestBase, table = 0x401;
    StoreShort(root + (iova >> 22) * 4, table << 10 | kPteV);
    const std::uint64_t leaf = table * kPageBytes + kGuestBase + (iova >> 12 & 0x3FF) * 4;
    StoreShort(leaf, guest / kPageBytes << 10 | flags);
    return leaf;
  }
  std::uint64_t MapSecondShort(std::uint64_t guest, std::uint64_t host, std::uint64_t flags = kPteAll) {
    const std::uint64_t table = kSecondRoot / kPageBytes + 8;
    StoreShort(kSecondRoot + (guest >> 22) * 4, table << 10 | kPteV);
    const std::uint64_t leaf = table * kPageBytes + (guest >> 12 & 0x3FF) * 4;
    StoreShort(leaf, host / kPageBytes << 10 | flags);
    return leaf;
  }
};

TEST(IommuModelSv32, BothStagesHaveTwoLevelsAndThirtyFourGuestBits) {
  Short f;
  f.MapFirstShort(kShortIova, kShortGuest);
  f.MapSecondShort(kShortGuest, kShortHost);
  const Translation translation = f.Read(kShortIova + 0x40);
  EXPECT_EQ(translation.address.value(), kShortHost + 0x40);
  EXPECT_EQ(translation.page_shift, 12);
  EXPECT_EQ(f.iommu.counters().table_reads, 1u + 2 * 2 + 2);  // context; a read in a superpage for each of two; two
}

TEST(IommuModelSv32, SuperpagesHaveFourMebibytes) {
  Short f;
  f.StoreShort(TwoStageFixture::kGuestTables + TwoStageFixture::kGuestBase + (kShortIova >> 22) * 4,
               kShortGuest >> 22 << 20 | kPteAll);
  f.StoreShort(TwoStageFixture::kSecondRoot + (kShortGuest >> 22) * 4, kShortHost >> 22 << 20 | kPteAll);
  const Translation translation = f.Read(kShortIova);
  EXPECT_EQ(translation.address.value(), kShortHost >> 22 << 22 | (kShortIova & 0x3F'FFFF));
  EXPECT_EQ(translation.page_shift, 22);
  f.StoreShort(TwoStageFixture::kSecondRoot + (kShortGuest >> 22) * 4,
               kShortHost >> 22 << 20 | 1 << 10 | kPteAll);  // misaligned
  EXPECT_EQ(f.CauseOf(f.Read(kShortIova)), 21);
}

TEST(IommuModelSv32, AddressesAboveTheirBitsFault) {
  Short f;
  f.MapFirstShort(kShortIova, kShortGuest);
  f.MapSecondShort(kShortGuest, kShortHost);
  EXPECT_EQ(f.CauseOf(f.Read(kShortIova | std::uint64_t{1} << 32)), 13);
  EXPECT_EQ(f.CauseOf(f.Read(kShortIova | ~std::uint64_t{0} << 32)), 13);  // no sign extension
  f.context.fsc = 0;
  f.SetExtendedContext(f.context);
  EXPECT_EQ(f.Read(kShortGuest).address.value(), kShortHost);
  const Translation beyond = f.Read(kShortGuest | std::uint64_t{1} << 34);
  EXPECT_EQ(f.CauseOf(beyond), 21);
  EXPECT_EQ(beyond.fault->iotval2, kShortGuest | std::uint64_t{1} << 34);
}

// "If the second-stage is not Bare, then a guest page fault … if the incoming GPA has bits beyond bit 33 set to 1."
TEST(IommuModelSv32, UnderSxlALongSecondStageTakesThirtyFourBitsToo) {
  Short f(1 | kTcSxl, false);
  f.context.fsc = 0;
  f.SetExtendedContext(f.context);
  const std::uint64_t low = 0x3'0000'5000, high = 0x4'0000'5000;
  f.MapSecond(low, kShortHost);
  f.MapSecond(high, kShortHost);
  EXPECT_EQ(f.Read(low).address.value(), kShortHost);
  EXPECT_EQ(f.CauseOf(f.Read(high)), 21);
  f.context.tc = 1;
  f.SetExtendedContext(f.context);
  EXPECT_EQ(f.Read(high).address.value(), kShortHost);
}

TEST(IommuModelSv32, GxlDemandsSxlAndItsOwnModes) {
  const auto cause = [](std::uint64_t tc, std::uint64_t mode, bool gxl) {
    Short f(tc, gxl);
    f.context.iohgatp = mode << 60 | TwoStageFixture::kSecondRoot / kPageBytes;
    f.context.fsc = 0;
    f.SetExtendedContext(f.context);
    return f.CauseOf(f.Read(0x1000));
  };
  EXPECT_EQ(cause(1, 8, true), 259);           // "If fctl.GXL is 1 then the SXL field must be 1"
  EXPECT_EQ(cause(1 | kTcSxl, 9, true), 259);  // Sv48x4 is none of GXL = 1
  EXPECT_EQ(cause(1 | kTcSxl, 8, true), 21);
  EXPECT_EQ(cause(1 | kTcSxl, 9, false), 21);
}

TEST(IommuModelSv32, AnEntryIsUpdatedWithoutItsNeighbour) {
  Short f(1 | kTcSxl | kTcSade | kTcGade);
  const std::uint64_t clean = kPteAll & ~(kPteA | kPteD);
  const std::uint64_t first = f.MapFirstShort(kShortIova, kShortGuest, clean);
  const std::uint64_t second = f.MapSecondShort(kShortGuest, kShortHost, clean);
  for (const std::uint64_t leaf : {first, second}) {
    f.StoreShort(leaf - 4, 0x5555'5500);
    f.StoreShort(leaf + 4, 0xAAAA'AA00);
  }
  EXPECT_EQ(f.CauseOf(f.Write(Op::kWrite, kShortIova)), 0);
  for (const std::uint64_t leaf : {first, second}) {
    EXPECT_EQ(f.LoadShort(leaf) & 0xFF, kPteAll);
    EXPECT_EQ(f.LoadShort(leaf - 4), 0x5555'5500u);
    EXPECT_EQ(f.LoadShort(leaf + 4), 0xAAAA'AA00u);
  }
}

TEST(IommuModelSv32, WithoutTheCapabilityGxlAndSxlStayZero) {
  TwoStageFixture f(kEveryCapability & ~capabilities::Sv32x4::kMask);
  f.Write(fctl::kOffset, fctl::Gxl::kMask);
  EXPECT_EQ(f.Register(fctl::kOffset), 0u);
  f.context.tc = 1 | kTcSxl;
  f.context.fsc = 0;
  f.StartGuest();
  EXPECT_EQ(f.CauseOf(f.Read(0x1000)), 259);
}

}  // namespace
}  // namespace tarn::iommu
