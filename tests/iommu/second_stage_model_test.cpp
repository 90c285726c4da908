// Corners of the second stage: Svnapot, corrupted tables, T2GPA and MSI pages inside larger ones: RISC-V IOMMU 1.0,
// sections 3.1.3, 3.3 and 3.6.
#include <gtest/gtest.h>

#include "tests/iommu/two_stage_fixture.h"

namespace tarn::iommu {
namespace {

constexpr std::uint64_t kNapot = std::uint64_t{1} << 63;

struct Guest : TwoStageFixture {
  explicit Guest(std::uint64_t tc = 1) {
    context.tc = tc;
    StartGuest();
    first_entry = MapFirst(kIova, kGuest);
    second_entry = MapSecond(kGuest, kHost);
  }
  std::uint64_t first_entry = 0, second_entry = 0;
};

TEST(IommuModelNapot, SixtyFourKibibytesOfEitherStageCountWhenTheyAreTheSmaller) {
  struct Case {
    std::uint64_t first_flags;
    int first_level;
    std::uint64_t second_flags;
    int second_level;
    int page_shift;
  };
  for (const Case& c : {Case{kNapot, 0, 0, 0, 12}, Case{0, 0, kNapot, 0, 12}, Case{kNapot, 0, kNapot, 0, 16},
                        Case{0, 1, kNapot, 0, 16}, Case{kNapot, 0, 0, 1, 16}}) {
    Guest f;
    const std::uint64_t iova = 0x4000'3000, guest = 0x8000'3000, host = 0x4'0000'3000;
    const auto target = [](std::uint64_t address, std::uint64_t flags, int level) {
      if (level == 1) return address >> 21 << 21;
      return (flags & kNapot) != 0 ? (address & ~std::uint64_t{0xFFFF}) | 0x8000 : address;
    };
    f.MapFirst(iova, target(guest, c.first_flags, c.first_level), kPteAll | c.first_flags, c.first_level);
    f.MapSecond(guest, target(host, c.second_flags, c.second_level), kPteAll | c.second_flags, c.second_level);
    const Translation translation = f.Read(iova + 0x40);
    EXPECT_EQ(translation.address.value(), host + 0x40);
    EXPECT_EQ(translation.page_shift, c.page_shift);
  }
}

TEST(IommuModelNapot, ReservedEncodingsOfTheSecondStageAreGuestPageFaults) {
  for (const std::uint64_t low : {0x0u, 0x1u, 0x4u, 0xCu, 0xFu}) {
    Guest f;
    f.MapSecond(kGuest, (kHost & ~std::uint64_t{0xFFFF}) | low << 12, kPteAll | kNapot);
    EXPECT_EQ(f.CauseOf(f.Read(kIova)), 21) << low;
  }
  Guest f;
  f.MapSecond(std::uint64_t{3} << 30, 0, kPteAll | kNapot, 1);
  f.MapFirst(kIova, std::uint64_t{3} << 30);
  EXPECT_EQ(f.CauseOf(f.Read(kIova)), 21);
}

TEST(IommuModelNapot, AFirstStageTableMayLieInOne) {
  Guest f;
  const std::uint64_t guest = TwoStageFixture::kGuestTables, host = guest + TwoStageFixture::kGuestBase;
  for (std::uint64_t page = 0; page < 16; ++page) {
    f.MapSecond(guest + page * kPageBytes, (host & ~std::uint64_t{0xFFFF}) | 0x8000, kPteAll | kNapot);
  }
  EXPECT_EQ(f.Read(kIova).address.value(), kHost);
}

// "First/second-stage PT data corruption" (274), and 269 where the second stage translates for the process directory;
// access errors are access faults of the request's kind, and 265.
TEST(IommuModelCorruption, OfASecondStageTableHasTheCauseOfWhatWasTranslated) {
  for (const auto& [status, read, write, execute] :
       {std::tuple{LineStatus::kPoison, 274, 274, 274}, std::tuple{LineStatus::kAccessError, 5, 7, 1}}) {
    for (const bool implicit : {false, true}) {
      Guest f;
      const std::uint64_t entry =
          implicit ? f.MapSecond(TwoStageFixture::kGuestTables, TwoStageFixture::kGuestTables + Guest::kGuestBase)
                   : f.second_entry;
      f.memory.line_status[entry / kLineBytes] = status;
      const Translation translation = f.Read(kIova);
      EXPECT_EQ(f.CauseOf(translation), read);
      EXPECT_EQ(translation.fault->iotval2, 0u);
      EXPECT_EQ(f.CauseOf(f.Write(Op::kWrite, kIova)), write);
      EXPECT_EQ(f.CauseOf(f.Execute(kIova)), execute);
    }
  }
}

TEST(IommuModelCorruption, OfAFirstStageTableInAGuestIsCause274) {
  Guest f;
  f.memory.line_status[f.first_entry / kLineBytes] = LineStatus::kPoison;
  EXPECT_EQ(f.CauseOf(f.Write(Op::kWrite, kIova)), 274);
}

TEST(IommuModelCorruption, UnderTheProcessDirectoryIsThatOfTheProcessDirectory) {
  for (const auto& [status, cause] : {std::pair{LineStatus::kPoison, 269}, {LineStatus::kAccessError, 265}}) {
    for (const std::uint64_t mode : {1, 2, 3}) {
      Guest f(1 | kTcPdtv);
      f.context.fsc = mode << 60 | 0x9'0000;  // a guest's page outside the tables' own second-stage table
      f.SetExtendedContext(f.context);
      const std::uint64_t entry = f.MapSecond(std::uint64_t{0x9'0000} << 12, 0x1900'0000);
      f.memory.line_status[entry / kLineBytes] = status;
      DeviceRequest request = f.Request(Op::kWrite, kIova);
      request.process_valid = true;
      EXPECT_EQ(f.CauseOf(f.iommu.Translate(request)), cause) << mode;
    }
  }
}

TEST(IommuModelT2gpa, ACompletionHasTheGuestsAddressAndTheSmallerSizeAndBothPermissions) {
  Guest f(1 | kTcAts | kTcT2gpa);
  f.MapFirst(0x4000'0000, 0x8000'0000, kPteAll, 1);
  f.MapSecond(0x8000'5000, kHost, kPteAll & ~kPteW);
  EXPECT_EQ(f.Completion(0x4000'5000, true).completion, 0x8000'5000u | 1);  // 4 KiB, R
  f.MapSecond(0x8020'0000, 0x4'0000'0000, kPteAll, 1);
  f.MapFirst(0x4020'0000, 0x8020'0000, kPteAll, 1);
  EXPECT_EQ(f.Completion(0x4020'5000, true).completion, 0x8020'0000u | 0xFF << 12 | 1 << 11 | 3);
}

TEST(IommuModelT2gpa, ATranslatedRequestTakesTheSecondStageWithItsRules) {
  Guest f(1 | kTcAts | kTcT2gpa);
  const auto translated = [&f](Op op, std::uint64_t address, bool execute = false) {
    DeviceRequest request = f.Ask(op, address, AddressType::kTranslated);
    request.exec = execute;
    return f.iommu.Translate(request);
  };
  f.MapSecond(kGuest, kHost, kPteV | kPteR | kPteU | kPteA | kPteD);
  EXPECT_EQ(translated(Op::kRead, kGuest + 0x80).address.value(), kHost + 0x80);
  const Translation write = translated(Op::kWrite, kGuest + 0x80);
  EXPECT_EQ(f.CauseOf(write), 23);
  EXPECT_EQ(write.fault->type, TransactionType::kTranslatedWrite);
  EXPECT_EQ(write.fault->iotval2, kGuest + 0x80);
  EXPECT_EQ(f.CauseOf(translated(Op::kRead, kGuest, true)), 20);
  EXPECT_EQ(f.CauseOf(translated(Op::kRead, kHost)), 21);  // a host's address is none of the guest's
  EXPECT_EQ(f.CauseOf(translated(Op::kRead, std::uint64_t{1} << 41)), 21);
}

TEST(IommuModelT2gpa, WithoutASecondStageOrAtsTheContextIsMisconfigured) {
  Guest f(1 | kTcAts | kTcT2gpa);
  f.context.iohgatp = 0;
  f.SetExtendedContext(f.context);
  EXPECT_EQ(f.CauseOf(f.Read(kIova)), 259);
  Guest without(1 | kTcT2gpa);
  EXPECT_EQ(without.CauseOf(without.Read(kIova)), 259);
}

// Guest page 0x8'0012 is a virtual interrupt file.
struct MsiInside : TwoStageFixture {
  static constexpr std::uint64_t kFile = 0x8001'2000, kTable = 0x900'0000, kImsic = 0x2800'0000;
  explicit MsiInside(std::uint64_t tc = 1, std::uint64_t fsc = 0) {
    context.tc = tc;
    context.fsc = fsc;
    context.msiptp = std::uint64_t{1} << 60 | kTable / kPageBytes;
    context.msi_addr_pattern = kFile / kPageBytes;
    StartGuest();
    memory.Store(kTable, kImsic / kPageBytes << 10 | 7);
  }
};

TEST(IommuModelMsiInside, APageBesideTheFileInASuperpageIsATranslationOfFourKibibytes) {
  for (const int level : {1, 2}) {
    MsiInside f;
    f.MapSecond(0x8000'0000, 0x4'0000'0000, kPteAll, level);
    const Translation beside = f.Read(MsiInside::kFile + kPageBytes);
    EXPECT_EQ(beside.address.value(), 0x4'0001'3000u);
    EXPECT_EQ(beside.page_shift, 12);
    EXPECT_FALSE(beside.msi);
    const Translation file = f.Write(Op::kPartialWrite, MsiInside::kFile + 0x40);
    EXPECT_EQ(file.address.value(), MsiInside::kImsic + 0x40);
    EXPECT_EQ(file.page_shift, 12);
    EXPECT_TRUE(file.msi);
  }
  MsiInside f;
  f.MapSecond(0x8020'0000, 0x4'0020'0000, kPteAll, 1);
  EXPECT_EQ(f.Read(0x8020'1000).page_shift, 21);  // no file in there
}

TEST(IommuModelMsiInside, AFirstStageSuperpageIsNoLargerThanTheFileEither) {
  MsiInside f(1, TwoStageFixture::kSv39 | TwoStageFixture::kGuestTables / kPageBytes);
  f.MapFirst(0x4000'0000, 0x8000'0000, kPteAll, 2);
  f.MapSecond(0x8000'0000, 0x4'0000'0000, kPteAll, 2);
  EXPECT_EQ(f.Read(0x4001'3000).address.value(), 0x4'0001'3000u);
  EXPECT_EQ(f.Read(0x4001'3000).page_shift, 12);
  EXPECT_EQ(f.Read(0x4001'2000).address.value(), MsiInside::kImsic);
}

TEST(IommuModelMsiInside, ATranslationRequestIsToldThePageAlone) {
  MsiInside f(1 | kTcAts);
  f.MapSecond(0x8000'0000, 0x4'0000'0000, kPteAll, 1);
  EXPECT_EQ(f.Completion(MsiInside::kFile + kPageBytes, true).completion, 0x4'0001'3000u | 3);
  EXPECT_EQ(f.Completion(MsiInside::kFile, true).completion, MsiInside::kImsic | 3);
  MsiInside guest(1 | kTcAts | kTcT2gpa);
  EXPECT_EQ(guest.Completion(MsiInside::kFile, true).completion, MsiInside::kFile | 3);
  const DeviceRequest translated = guest.Ask(Op::kWrite, MsiInside::kFile, AddressType::kTranslated);
  EXPECT_EQ(guest.iommu.Translate(translated).address.value(), MsiInside::kImsic);
}

TEST(IommuModelTwoStage, TheLastLineBeforeAHoleIsReached) {
  Guest f;
  f.MapFirst(kIova + kPageBytes, kGuest + kPageBytes);  // the guest has no such page
  EXPECT_EQ(f.Read(kIova + kPageBytes - kLineBytes).address.value(), kHost + kPageBytes - kLineBytes);
  DeviceRequest request = f.Request(Op::kRead, kIova + kPageBytes);
  EXPECT_EQ(f.CauseOf(f.iommu.Translate(request)), 21);
  f.MapSecond(kGuest + kPageBytes, kHost + kPageBytes);
  EXPECT_EQ(f.CauseOf(f.Read(kIova + 2 * kPageBytes - kLineBytes)), 0);
  request.addr = kIova + 2 * kPageBytes;
  request.first_byte = 3;
  const Translation hole = f.iommu.Translate(request);
  EXPECT_EQ(f.CauseOf(hole), 13);
  EXPECT_EQ(hole.fault->iotval, kIova + 2 * kPageBytes + 3);
}

}  // namespace
}  // namespace tarn::iommu
