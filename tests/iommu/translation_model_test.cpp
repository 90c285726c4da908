// Sv39, single stage: RISC-V privileged specification, "Virtual Address Translation Process", and IOMMU section 3.3.
#include <gtest/gtest.h>

#include "models/common/random.h"
#include "tests/iommu/model_fixture.h"

namespace tarn::iommu {
namespace {

constexpr std::uint64_t kPhysical = 0x9'8765'4000;

TEST(IommuModelSv39, AMappedPageTranslatesAndKeepsTheOffset) {
  IommuFixture f;
  f.Start();
  f.Map(kIova, kPhysical);
  const Translation translation = f.Read(kIova + 0xFC0);
  EXPECT_EQ(translation.status, LineStatus::kOk);
  EXPECT_EQ(translation.address.value(), kPhysical + 0xFC0);
  EXPECT_EQ(translation.page_shift, 12);
  EXPECT_EQ(f.iommu.counters().table_reads, 4u);  // the context and three levels
}

TEST(IommuModelSv39, SuperpagesTranslateAtEachLevel) {
  IommuFixture f;
  f.Start();
  f.Map(std::uint64_t{1} << 30, std::uint64_t{5} << 30, kPteAll, 2);
  f.Map(std::uint64_t{2} << 30 | 7 << 21, 9 << 21, kPteAll, 1);
  const Translation giga = f.Read((std::uint64_t{1} << 30) + 0x1234'5640);
  EXPECT_EQ(giga.address.value(), (std::uint64_t{5} << 30) + 0x1234'5640);
  EXPECT_EQ(giga.page_shift, 30);
  const Translation mega = f.Read((std::uint64_t{2} << 30 | 7 << 21) + 0x1F'FFC0);
  EXPECT_EQ(mega.address.value(), (9u << 21) + 0x1F'FFC0);
  EXPECT_EQ(mega.page_shift, 21);
}

TEST(IommuModelSv39, AMisalignedSuperpageFaults) {
  IommuFixture f;
  f.Start();
  f.Map(std::uint64_t{1} << 30, (std::uint64_t{5} << 30) + (1 << 21), kPteAll, 2);
  EXPECT_EQ(f.CauseOf(f.Read(std::uint64_t{1} << 30)), 13);
  f.Map(std::uint64_t{2} << 30, kPageBytes, kPteAll, 1);
  EXPECT_EQ(f.CauseOf(f.Read(std::uint64_t{2} << 30)), 13);
}

TEST(IommuModelSv39, NapotPagesTranslateSixtyFourKibibytes) {
  IommuFixture f;
  f.Start();
  const std::uint64_t napot = std::uint64_t{1} << 63;
  for (std::uint64_t page = 0; page < 16; ++page) {
    f.Map(0x4001'0000 + page * kPageBytes, 0x8'0000 | 0x8000, kPteAll | napot);
    const Translation translation = f.Read(0x4001'0000 + page * kPageBytes + 0x40);
    EXPECT_EQ(translation.address.value(), 0x8'0000 + page * kPageBytes + 0x40);
    EXPECT_EQ(translation.page_shift, 16);
  }
  f.Map(0x5000'0000, 0x8'4000, kPteAll | napot);  // not ...1000
  EXPECT_EQ(f.CauseOf(f.Read(0x5000'0000)), 13);
  f.Map(std::uint64_t{3} << 30, 0, kPteAll | napot, 1);  // reserved above level 0
  EXPECT_EQ(f.CauseOf(f.Read(std::uint64_t{3} << 30)), 13);
}

TEST(IommuModelSv39, AnAddressThatIsNotSignExtendedFaults) {
  IommuFixture f;
  f.Start();
  EXPECT_EQ(f.CauseOf(f.Read(std::uint64_t{1} << 39)), 13);
  EXPECT_EQ(f.CauseOf(f.Read(std::uint64_t{1} << 63 | kIova)), 13);
  const std::uint64_t high = ~std::uint64_t{0} << 38 | 0x5000;
  f.Map(high, kPhysical);
  EXPECT_EQ(f.Read(high).address.value(), kPhysical);
}

TEST(IommuModelSv39, EachPermissionIsDemandedByItsOwnAccess) {
  struct Case {
    std::uint64_t flags;
    int read, write, execute;
  };
  const std::uint64_t base = kPteV | kPteU | kPteA | kPteD;
  for (const Case& c :
       {Case{base | kPteR, 0, 15, 12}, Case{base | kPteR | kPteW, 0, 0, 12}, Case{base | kPteX, 13, 15, 0},
        Case{base | kPteR | kPteX, 0, 15, 0}, Case{base | kPteR | kPteW | kPteX, 0, 0, 0},
        Case{base | kPteW, 13, 15, 12}, Case{base | kPteW | kPteX, 13, 15, 12}}) {
    IommuFixture f;
    f.Start();
    f.Map(kIova, kPhysical, c.flags);
    EXPECT_EQ(f.CauseOf(f.Read(kIova)), c.read) << c.flags;
    EXPECT_EQ(f.CauseOf(f.Write(Op::kWrite, kIova)), c.write) << c.flags;
    EXPECT_EQ(f.CauseOf(f.Write(Op::kFetchAdd, kIova)), c.write) << c.flags;
    EXPECT_EQ(f.CauseOf(f.Execute(kIova)), c.execute) << c.flags;
  }
}

TEST(IommuModelSv39, PagesWithoutUAreForNobodyWithoutAProcess) {
  IommuFixture f;
  f.Start();
  f.Map(kIova, kPhysical, kPteAll & ~kPteU);
  EXPECT_EQ(f.CauseOf(f.Read(kIova)), 13);
  DeviceRequest request = f.Request(Op::kRead, kIova);
  request.priv = true;  // "For requests without a process_id the privilege mode must be User."
  EXPECT_EQ(f.CauseOf(f.iommu.Translate(request)), 13);
}

TEST(IommuModelSv39, ACleanOrUnaccessedPageFaultsWithoutHardwareUpdates) {
  IommuFixture f;
  f.Start();
  f.Map(kIova, kPhysical, kPteAll & ~kPteA);
  EXPECT_EQ(f.CauseOf(f.Read(kIova)), 13);
  f.Map(kIova, kPhysical, kPteAll & ~kPteD);
  EXPECT_EQ(f.CauseOf(f.Read(kIova)), 0);
  EXPECT_EQ(f.CauseOf(f.Write(Op::kPartialWrite, kIova)), 15);
}

TEST(IommuModelSv39, ReservedBitsOfEntriesFault) {
  for (int bit = 54; bit <= 62; ++bit) {
    IommuFixture f;
    f.Start();
    f.Map(kIova, kPhysical, kPteAll | std::uint64_t{1} << bit);
    EXPECT_EQ(f.CauseOf(f.Read(kIova)), 13) << bit;
  }
  for (const int bit : {4, 6, 7, 54, 61, 63}) {  // U, A, D and N of a non-leaf entry
    IommuFixture f;
    f.Start();
    f.Map(kIova, kPhysical);
    const std::uint64_t root = IommuFixture::kTables + (kIova >> 30) * 8;
    f.memory.Store(root, f.memory.Load(root) | std::uint64_t{1} << bit);
    EXPECT_EQ(f.CauseOf(f.Read(kIova)), 13) << bit;
  }
}

TEST(IommuModelSv39, ANonLeafEntryAtTheLastLevelFaults) {
  IommuFixture f;
  f.Start();
  f.Map(kIova, kPhysical, kPteV);
  EXPECT_EQ(f.CauseOf(f.Read(kIova)), 13);
}

TEST(IommuModelSv39, MemoryErrorsUnderTheTablesAreAccessFaultsOrDataCorruption) {
  IommuFixture f;
  f.Start();
  const std::uint64_t leaf = f.Map(kIova, kPhysical);
  f.memory.line_status[leaf / kLineBytes] = LineStatus::kAccessError;
  EXPECT_EQ(f.CauseOf(f.Read(kIova)), 5);
  EXPECT_EQ(f.CauseOf(f.Write(Op::kWrite, kIova)), 7);
  EXPECT_EQ(f.CauseOf(f.Execute(kIova)), 1);
  f.memory.line_status[leaf / kLineBytes] = LineStatus::kPoison;
  EXPECT_EQ(f.CauseOf(f.Read(kIova)), 274);
  f.memory.line_status[leaf / kLineBytes] = LineStatus::kTimeout;
  EXPECT_EQ(f.Read(kIova).status, LineStatus::kTimeout);
}

TEST(IommuModelSv39, WithoutACacheEachTranslationReadsTheTablesAsTheyAre) {
  IommuFixture f;
  f.Start();
  f.Map(kIova, kPhysical);
  EXPECT_EQ(f.Read(kIova).address.value(), kPhysical);
  f.Map(kIova, kPhysical + kPageBytes);
  EXPECT_EQ(f.Read(kIova).address.value(), kPhysical + kPageBytes);
}

TEST(IommuModelSv39, ACachedTranslationIsUsedUntilItIsInvalidated) {
  IommuFixture f({.cached_translations = 64, .capabilities = kFewCapabilities});
  f.Start();
  f.Map(kIova, kPhysical, kPteAll & ~kPteW);
  EXPECT_TRUE(f.Read(kIova).walked);
  EXPECT_FALSE(f.Read(kIova + 64).walked);
  EXPECT_EQ(f.Read(kIova + 64).address.value(), kPhysical + 64);
  EXPECT_EQ(f.CauseOf(f.Write(Op::kWrite, kIova)), 15);
  f.Map(kIova, kPhysical + kPageBytes);
  f.Command(1);  // IOTINVAL.VMA
  EXPECT_EQ(f.Read(kIova).address.value(), kPhysical + kPageBytes);
}

TEST(IommuModelSv39, ADeviceThatPassesUntranslatedIsCachedToo) {
  IommuFixture f({.cached_translations = 64, .capabilities = kFewCapabilities});
  f.Start();
  f.SetContext(7, 1, 0);
  EXPECT_TRUE(f.Read(0x9000, 7).walked);
  const Translation translation = f.Read(0x9040, 7);
  EXPECT_FALSE(translation.walked);
  EXPECT_EQ(translation.address.value(), 0x9040u);
}

// The cached model against the uncached one, over random tables that change only with an invalidation.
TEST(IommuModelSv39, CachedAndUncachedTranslationsAgree) {
  IommuFixture plain;
  IommuFixture cached({.cached_translations = 16, .capabilities = kFewCapabilities});
  plain.Start();
  cached.Start();
  Random random(3);
  std::uint64_t faults = 0;
  for (int step = 0; step < 20000; ++step) {
    const std::uint64_t iova = random.Below(64) * kPageBytes;
    if (random.Percent(5)) {
      const std::uint64_t flags = kPteV | kPteU | (random.Next() & 0xCE);
      const std::uint64_t physical = random.Below(1 << 20) * kPageBytes;
      plain.Map(iova, physical, flags);
      cached.Map(iova, physical, flags);
      plain.Command(1);
      cached.Command(1);
    }
    DeviceRequest request = plain.Request(random.Percent(50) ? Op::kRead : Op::kWrite, iova);
    request.exec = request.op == Op::kRead && random.Percent(20);
    const Translation expected = plain.iommu.Translate(request);
    const Translation got = cached.iommu.Translate(request);
    ASSERT_EQ(got.status, expected.status) << step;
    ASSERT_EQ(got.fault, expected.fault) << step;
    if (expected.status == LineStatus::kOk) {
      ASSERT_EQ(got.address, expected.address) << step;
    } else {
      ++faults;
    }
  }
  EXPECT_GT(faults, 1000u);
  EXPECT_LT(cached.iommu.counters().walks, plain.iommu.counters().walks);
}

}  // namespace
}  // namespace tarn::iommu
