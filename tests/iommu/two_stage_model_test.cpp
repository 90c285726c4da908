// Two stages, process directories, updates of A and D, MSIs and ATS: sections 3.1 to 3.6 of the IOMMU's text.
#include <gtest/gtest.h>

#include "tests/iommu/two_stage_fixture.h"

namespace tarn::iommu {
namespace {

struct Mapped : TwoStageFixture {
  explicit Mapped(std::uint64_t tc = 1, std::uint64_t first = kPteAll, std::uint64_t second = kPteAll) {
    context.tc = tc;
    StartGuest();
    first_entry = MapFirst(kIova, kGuest, first);
    second_entry = MapSecond(kGuest, kHost, second);
  }
  std::uint64_t first_entry = 0, second_entry = 0;
};

TEST(IommuModelTwoStage, ThePageOfBothStagesIsReachedByFifteenReadsAndTheContext) {
  Mapped f;
  const Translation translation = f.Read(kIova + 0xFC0);
  EXPECT_EQ(translation.status, LineStatus::kOk);
  EXPECT_EQ(translation.address.value(), kHost + 0xFC0);
  EXPECT_EQ(translation.page_shift, 12);
  EXPECT_EQ(f.iommu.counters().table_reads, 16u);
}

TEST(IommuModelTwoStage, TheSmallerPageOfBothStagesCounts) {
  Mapped f;
  f.MapFirst(0x4000'0000, 0x8000'0000, kPteAll, 2);
  f.MapSecond(0x8020'0000, 0x4'0020'0000, kPteAll, 1);
  const Translation translation = f.Read(0x4020'1040);
  EXPECT_EQ(translation.address.value(), 0x4'0020'1040u);
  EXPECT_EQ(translation.page_shift, 21);
}

TEST(IommuModelTwoStage, AGuestsFaultTellsTheGuestsAddress) {
  Mapped f(1, kPteAll, 0);
  const Translation read = f.Read(kIova + 0x40);
  EXPECT_EQ(f.CauseOf(read), 21);
  EXPECT_EQ(read.fault->iotval, kIova + 0x40);
  EXPECT_EQ(read.fault->iotval2, kGuest + 0x40);
  EXPECT_EQ(f.CauseOf(f.Write(Op::kWrite, kIova)), 23);
  EXPECT_EQ(f.CauseOf(f.Execute(kIova)), 20);
}

TEST(IommuModelTwoStage, AFirstStageTableWithoutAGuestPageIsAnImplicitAccess) {
  Mapped f;
  f.MapSecond(TwoStageFixture::kGuestTables, 0, 0);
  const Translation write = f.Write(Op::kWrite, kIova);
  EXPECT_EQ(f.CauseOf(write), 23);  // "reported using the original access type"
  EXPECT_EQ(write.fault->iotval2, TwoStageFixture::kGuestTables | 1);
}

TEST(IommuModelTwoStage, TheFirstStagesFaultComesBeforeTheSecondsOne) {
  Mapped f(1, kPteAll & ~kPteW, 0);
  EXPECT_EQ(f.CauseOf(f.Write(Op::kWrite, kIova)), 15);
  EXPECT_EQ(f.CauseOf(f.Read(kIova)), 21);
}

TEST(IommuModelTwoStage, ASecondStagePageNeedsU) {
  Mapped f(1, kPteAll, kPteAll & ~kPteU);
  EXPECT_EQ(f.CauseOf(f.Read(kIova)), 21);
}

TEST(IommuModelTwoStage, AGuestAddressOfMoreThanFortyOneBitsFaults) {
  TwoStageFixture f;
  f.context.fsc = 0;
  f.StartGuest();
  const std::uint64_t last = (std::uint64_t{1} << 41) - kPageBytes;
  f.MapSecond(last, kHost);
  EXPECT_EQ(f.Read(last).address.value(), kHost);
  const Translation beyond = f.Read(std::uint64_t{1} << 41);
  EXPECT_EQ(f.CauseOf(beyond), 21);
  EXPECT_EQ(beyond.fault->iotval2, std::uint64_t{1} << 41);
}

TEST(IommuModelTwoStage, FourAndFiveLevelsTranslate) {
  for (const int levels : {4, 5}) {
    TwoStageFixture f;
    f.context.fsc = 0;
    f.context.iohgatp = static_cast<std::uint64_t>(levels + 5) << 60 | TwoStageFixture::kSecondRoot / kPageBytes;
    f.EnableQueues();
    f.SetExtendedContext(f.context);
    f.SetMode(Mode::kOneLevel);
    const std::uint64_t guest = std::uint64_t{5} << (9 * levels + 11) | 0x5000;
    f.MapIn(TwoStageFixture::kSecondRoot, f.next_second, 0, guest, kHost, kPteAll, levels);
    EXPECT_EQ(f.Read(guest).address.value(), kHost) << levels;
    f.context.iohgatp = 0;
    f.context.fsc = static_cast<std::uint64_t>(levels + 5) << 60 | TwoStageFixture::kSecondRoot / kPageBytes;
    f.SetExtendedContext(f.context);
    f.MapIn(TwoStageFixture::kSecondRoot, f.next_second, 0, 0x5000, kHost + kPageBytes, kPteAll, levels);
    EXPECT_EQ(f.Read(0x5000).address.value(), kHost + kPageBytes) << levels;
    EXPECT_EQ(f.CauseOf(f.Read(std::uint64_t{1} << (9 * levels + 11))), 13) << levels;
  }
}

TEST(IommuModelTwoStage, ShortAddressesHaveEntriesOfFourBytes) {
  TwoStageFixture f;
  f.context = {.tc = 1 | kTcSxl, .iohgatp = 0, .fsc = TwoStageFixture::kMode8 | 0x400};
  f.StartGuest();
  const std::uint64_t iova = 0x8040'3000;
  f.memory.Store(0x40'0000 + (iova >> 22) * 4, 0x401 << 10 | kPteV);
  f.memory.Store(0x40'1000 + 3 * 4, std::uint64_t{0x3F'FFF0} << 10 | kPteAll);
  EXPECT_EQ(f.Read(iova).address.value(), std::uint64_t{0x3F'FFF0} << 12);
  EXPECT_EQ(f.CauseOf(f.Read(std::uint64_t{1} << 32)), 13);  // "bits beyond bit 31"
}

TEST(IommuModelTwoStage, BigEndianTablesAreReadByFctlAndBySbe) {
  TwoStageFixture f;
  f.Write(iommu_registers::fctl::kOffset, 1);
  f.context = {
      .tc = __builtin_bswap64(1 | kTcSbe), .iohgatp = 0, .fsc = __builtin_bswap64(TwoStageFixture::kSv39 | 0x400)};
  f.SetExtendedContext(f.context);
  f.SetMode(Mode::kOneLevel);
  f.memory.Store(0x40'0000 + 8, __builtin_bswap64(0x8'0000 << 10 | kPteAll));
  EXPECT_EQ(f.Read(0x4000'1000).address.value(), 0x8000'1000u);
}

TEST(IommuModelTwoStage, MemoryTypesAreTheFirstStagesUnlessItHasNone) {
  const std::uint64_t nc = std::uint64_t{1} << 61, io = std::uint64_t{2} << 61;
  EXPECT_EQ(Mapped(1, kPteAll, kPteAll | io).Read(kIova).memory_type, 2);
  EXPECT_EQ(Mapped(1, kPteAll | nc, kPteAll | io).Read(kIova).memory_type, 1);
  Mapped reserved(1, kPteAll | nc | io);
  EXPECT_EQ(reserved.CauseOf(reserved.Read(kIova)), 13);
}

// Section 6.27 and 3.1.3.2: a device's ids are its context's; in Bare mode those of iommu_qosid.
TEST(IommuModelTwoStage, QosIdsAreTheContextsOrInBareModeTheUnits) {
  namespace qosid = iommu_registers::iommu_qosid;
  Mapped f;
  f.context.ta = std::uint64_t{0xABC} << 40 | std::uint64_t{0xDEF} << 52;
  f.SetExtendedContext(f.context);
  f.Write(qosid::kOffset, 0xFFFF'FFFF);
  EXPECT_EQ(f.Register(qosid::kOffset), 0x0FFF'0FFFu);
  f.Write(qosid::kOffset, 0x456 << 16 | 0x123);
  const Translation translation = f.Read(kIova);
  EXPECT_EQ(translation.rcid, 0xABC);
  EXPECT_EQ(translation.mcid, 0xDEF);
  f.SetMode(Mode::kBare);
  EXPECT_EQ(f.Read(kIova).rcid, 0x123);
  EXPECT_EQ(f.Read(kIova).mcid, 0x456);
  TwoStageFixture without(kEveryCapability & ~iommu_registers::capabilities::Qosid::kMask);
  without.Write(qosid::kOffset, 0xFFFF'FFFF);
  EXPECT_EQ(without.Register(qosid::kOffset), 0u);
}

TEST(IommuModelTwoStage, Bits60And59AreSoftwares) {
  EXPECT_EQ(Mapped(1, kPteAll | std::uint64_t{3} << 59).Read(kIova).status, LineStatus::kOk);
  Mapped reserved(1, kPteAll | std::uint64_t{1} << 58);
  EXPECT_EQ(reserved.CauseOf(reserved.Read(kIova)), 13);
}

TEST(IommuModelDirectory, ExtendedContextsHaveSixBitsAtTheLastLevel) {
  TwoStageFixture f;
  f.StartGuest();
  EXPECT_EQ(f.CauseOf(f.Read(0, 63)), 258);
  EXPECT_EQ(f.CauseOf(f.Read(0, 64)), 260);
  f.SetMode(Mode::kTwoLevel);
  EXPECT_EQ(f.CauseOf(f.Read(0, 1 << 15)), 260);
  EXPECT_EQ(f.CauseOf(f.Read(0, (1 << 15) - 1)), 258);
}

TEST(IommuModelDirectory, EachRuleOfExtendedContextsIsChecked) {
  using Context = TwoStageFixture::Context;
  const Context good;
  Context unaligned = good, msi_without_guest = good, mode2 = good, wide_mask = good, reserved = good, dpe = good,
          t2gpa = good, reserved_msi = good;
  unaligned.iohgatp |= 1;
  msi_without_guest.iohgatp = 0;
  msi_without_guest.msiptp = std::uint64_t{1} << 60;
  mode2.msiptp = std::uint64_t{2} << 60;
  wide_mask.msi_addr_mask = std::uint64_t{1} << 47;  // MGPAW is 59: bits 51:47
  reserved.reserved = 1;
  dpe.tc |= kTcDpe;
  t2gpa.tc |= kTcT2gpa;  // without EN_ATS
  reserved_msi.msiptp = std::uint64_t{1} << 44;
  for (const Context& bad : {unaligned, msi_without_guest, mode2, wide_mask, reserved, dpe, t2gpa, reserved_msi}) {
    TwoStageFixture f;
    f.context = bad;
    f.StartGuest();
    EXPECT_EQ(f.CauseOf(f.Read(kIova)), 259);
  }
}

TEST(IommuModelDirectory, WithoutTheCapabilityASettingIsMisconfigured) {
  namespace c = iommu_registers::capabilities;
  const auto cause = [](std::uint64_t without, const TwoStageFixture::Context& context) {
    TwoStageFixture f(kEveryCapability & ~without);
    f.context = context;
    f.StartGuest();
    return f.CauseOf(f.Read(kIova));
  };
  EXPECT_EQ(cause(c::Sv39x4::kMask, {}), 259);
  EXPECT_EQ(cause(c::Sv39::kMask, {}), 259);
  EXPECT_EQ(cause(c::AmoHwad::kMask, {.tc = 1 | kTcSade}), 259);
  EXPECT_EQ(cause(c::AmoHwad::kMask, {.tc = 1 | kTcGade}), 259);
  EXPECT_EQ(cause(c::Pd20::kMask, {.tc = 1 | kTcPdtv, .fsc = std::uint64_t{3} << 60}), 259);
  EXPECT_EQ(cause(c::BothEndian::kMask, {.tc = 1 | kTcSbe}), 259);
  EXPECT_EQ(cause(c::Qosid::kMask, {.ta = std::uint64_t{1} << 40}), 259);
}

// A process directory of one level at the guest's page 0x420, its one process with ta and Sv39 tables.
struct Process : TwoStageFixture {
  static constexpr std::uint64_t kPdt = 0x42'0000;
  explicit Process(std::uint64_t ta, std::uint64_t tc = 1 | kTcPdtv, std::uint32_t id = 7, std::uint64_t mode = 1) {
    context.tc = tc;
    context.fsc = mode << 60 | kPdt / kPageBytes;
    StartGuest();
    memory.Store(kPdt + kGuestBase + id * 16, ta);
    memory.Store(kPdt + kGuestBase + id * 16 + 8, kSv39 | kGuestTables / kPageBytes);
    MapSecond(kGuest, kHost);
  }
  Translation As(std::uint32_t process, bool priv, Op op = Op::kRead, bool exec = false) {
    DeviceRequest request = Request(op, kIova);
    request.process_valid = true;
    request.process_id = process;
    request.priv = priv;
    request.exec = exec;
    return iommu.Translate(request);
  }
};

TEST(IommuModelProcess, AProcessHasItsOwnTables) {
  Process f(1);
  f.MapFirst(kIova, kGuest);
  EXPECT_EQ(f.As(7, false).address.value(), kHost);
  EXPECT_EQ(f.CauseOf(f.As(8, false)), 266);
  EXPECT_EQ(f.CauseOf(f.As(256, false)), 260);  // wider than PD8
  EXPECT_EQ(f.CauseOf(f.As(7, true)), 260);     // ENS is 0
}

TEST(IommuModelProcess, WithoutAProcessTheFirstStageIsBareOrThatOfProcessZero) {
  Process bare(1, 1 | kTcPdtv, 0);
  EXPECT_EQ(bare.Read(kGuest).address.value(), kHost);
  Process zero(1, 1 | kTcPdtv | kTcDpe, 0);
  zero.MapFirst(kIova, kGuest);
  EXPECT_EQ(zero.Read(kIova).address.value(), kHost);
}

TEST(IommuModelProcess, SupervisorsReachUsersPagesOnlyWithSumAndNeverExecuteThem) {
  Process without(3);
  without.MapFirst(kIova, kGuest);
  EXPECT_EQ(without.CauseOf(without.As(7, true)), 13);
  Process with(7);
  with.MapFirst(kIova, kGuest);
  EXPECT_EQ(with.CauseOf(with.As(7, true)), 0);
  EXPECT_EQ(with.CauseOf(with.As(7, true, Op::kRead, true)), 12);
  with.MapFirst(kIova, kGuest, kPteAll & ~kPteU);
  EXPECT_EQ(with.CauseOf(with.As(7, true, Op::kRead, true)), 0);
  EXPECT_EQ(with.CauseOf(with.As(7, false)), 13);
}

TEST(IommuModelProcess, ReservedBitsOfAProcessContextAreMisconfigured) {
  for (const int bit : {3, 11, 32, 63}) {
    Process f(1 | std::uint64_t{1} << bit);
    EXPECT_EQ(f.CauseOf(f.As(7, false)), 267) << bit;
  }
}

TEST(IommuModelProcess, MemoryErrorsAreThoseOfTheProcessDirectory) {
  Process f(1);
  f.memory.line_status[(Process::kPdt + TwoStageFixture::kGuestBase + 7 * 16) / kLineBytes] = LineStatus::kAccessError;
  EXPECT_EQ(f.CauseOf(f.As(7, false)), 265);
  f.memory.line_status[(Process::kPdt + TwoStageFixture::kGuestBase + 7 * 16) / kLineBytes] = LineStatus::kPoison;
  EXPECT_EQ(f.CauseOf(f.As(7, false)), 269);
}

TEST(IommuModelProcess, ADirectoryOfTwoLevelsHasSeventeenBits) {
  Process f(1, 1 | kTcPdtv, 0, 2);
  const std::uint64_t host = Process::kPdt + TwoStageFixture::kGuestBase;
  f.memory.Store(host + 0x1F0 * 8, std::uint64_t{0x421} << 10 | 1);
  f.memory.Store(host + 0x1000 + 0xAB * 16, 1);
  f.memory.Store(host + 0x1000 + 0xAB * 16 + 8, TwoStageFixture::kSv39 | TwoStageFixture::kGuestTables / kPageBytes);
  f.MapFirst(kIova, kGuest);
  EXPECT_EQ(f.As(0x1'F0AB, false).address.value(), kHost);
  EXPECT_EQ(f.CauseOf(f.As(0x1'F1AB, false)), 266);
  EXPECT_EQ(f.CauseOf(f.As(0x2'0000, false)), 260);
  for (const int bit : {1, 9, 54, 63}) {
    f.memory.Store(host + 0x1F0 * 8, std::uint64_t{0x421} << 10 | 1 | std::uint64_t{1} << bit);
    EXPECT_EQ(f.CauseOf(f.As(0x1'F0AB, false)), 267) << bit;
  }
}

TEST(IommuModelProcess, ADirectoryOfThreeLevelsIsWalked) {
  Process f(1, 1 | kTcPdtv, 0, 3);
  const std::uint64_t host = Process::kPdt + TwoStageFixture::kGuestBase;
  f.memory.Store(host + 5 * 8, std::uint64_t{0x421} << 10 | 1);
  f.memory.Store(host + 0x1000 + 0x1F0 * 8, std::uint64_t{0x422} << 10 | 1);
  f.memory.Store(host + 0x2000 + 0xAB * 16, 1);
  f.memory.Store(host + 0x2000 + 0xAB * 16 + 8, TwoStageFixture::kSv39 | TwoStageFixture::kGuestTables / kPageBytes);
  f.MapFirst(kIova, kGuest);
  EXPECT_EQ(f.As(0xBF0AB, false).address.value(), kHost);
  f.memory.Store(host + 5 * 8, std::uint64_t{0x421} << 10 | 3);
  EXPECT_EQ(f.CauseOf(f.As(0xBF0AB, false)), 267);
}

TEST(IommuModelUpdates, AIsSetByReadsAndDByWritesOfBothStages) {
  const std::uint64_t clean = kPteAll & ~(kPteA | kPteD);
  Mapped f(1 | kTcSade | kTcGade, clean, clean);
  EXPECT_EQ(f.CauseOf(f.Read(kIova)), 0);
  EXPECT_EQ(f.memory.Load(f.first_entry) & 0xFF, kPteAll & ~kPteD);
  EXPECT_EQ(f.memory.Load(f.second_entry) & 0xFF, kPteAll & ~kPteD);
  EXPECT_EQ(f.CauseOf(f.Write(Op::kWrite, kIova)), 0);
  EXPECT_EQ(f.memory.Load(f.first_entry) & 0xFF, kPteAll);
  EXPECT_EQ(f.memory.Load(f.second_entry) & 0xFF, kPteAll);
}

TEST(IommuModelUpdates, WhatIsNotPermittedIsNotMarked) {
  const std::uint64_t clean = kPteAll & ~(kPteA | kPteD | kPteW);
  Mapped f(1 | kTcSade | kTcGade, clean, clean);
  EXPECT_EQ(f.CauseOf(f.Write(Op::kWrite, kIova)), 15);
  EXPECT_EQ(f.memory.Load(f.first_entry) & 0xFF, clean);
}

TEST(IommuModelUpdates, AnUpdateOfAFirstStageEntryIsAnImplicitWriteOfTheGuest) {
  Mapped f(1 | kTcSade, kPteAll & ~kPteD);
  const std::uint64_t table = (f.first_entry - TwoStageFixture::kGuestBase) / kPageBytes * kPageBytes;
  f.MapSecond(table, table + TwoStageFixture::kGuestBase, kPteAll & ~kPteW);
  const Translation write = f.Write(Op::kWrite, kIova);
  EXPECT_EQ(f.CauseOf(write), 23);
  EXPECT_EQ(write.fault->iotval2, table | 3);
  EXPECT_EQ(f.memory.Load(f.first_entry) & 0xFF, kPteAll & ~kPteD);
}

TEST(IommuModelUpdates, LookingChangesNothing) {
  const std::uint64_t clean = kPteAll & ~(kPteA | kPteD);
  Mapped f(1 | kTcSade | kTcGade, clean, clean);
  EXPECT_EQ(f.iommu.Look(f.Request(Op::kWrite, kIova), f.memory).address.value(), kHost);
  EXPECT_EQ(f.memory.Load(f.first_entry) & 0xFF, clean);
}

// Somebody else changes an entry between the model's read and its update.
class ReplacingMemory : public TestMemory {
 public:
  LineStatus CompareSwap(HostPhysAddr address, std::uint64_t expected, std::uint64_t wanted, std::size_t size_bytes,
                         bool& swapped) override {
    if (replacement != 0) {
      Store(address.value(), replacement);
      replacement = 0;
    }
    return TestMemory::CompareSwap(address, expected, wanted, size_bytes, swapped);
  }
  std::uint64_t replacement = 0;
};

TEST(IommuModelUpdates, AFailedComparisonReadsTheEntryAgain) {
  ReplacingMemory memory;
  TestMemory outbound;
  Iommu iommu({.capabilities = kEveryCapability}, memory, outbound);
  iommu.Reset();
  TwoStageFixture::Context context{.tc = 1 | kTcSade, .iohgatp = 0, .fsc = TwoStageFixture::kSv39 | 0x400};
  memory.content.Write(0x10'0000, &context, sizeof context);
  iommu.WriteRegister64(iommu_registers::ddtp::kOffset, 0x100 << 10 | 2);
  memory.Store(0x40'0000, 0x8'0000 << 10 | (kPteAll & ~kPteA));
  memory.replacement = 0xC'0000 << 10 | (kPteAll & ~kPteA);
  EXPECT_EQ(iommu.Translate(IommuFixture::Request(Op::kRead, 0x1000, 0)).address.value(), 0xC000'1000u);
  EXPECT_EQ(memory.Load(0x40'0000), std::uint64_t{0xC'0000} << 10 | kPteAll);
}

// Guest pages 0x100 to 0x1FF with the low and a middle bit free are interrupt files.
struct Msi : TwoStageFixture {
  static constexpr std::uint64_t kTable = 0x900'0000;
  Msi() {
    context.tc = 1 | kTcAts;
    context.fsc = 0;
    context.msiptp = std::uint64_t{1} << 60 | kTable / kPageBytes;
    context.msi_addr_mask = 0x11;
    context.msi_addr_pattern = 0x100;
    StartGuest();
  }
  void SetEntry(std::uint64_t file, std::uint64_t low, std::uint64_t high = 0) {
    memory.Store(kTable + file * 16, low);
    memory.Store(kTable + file * 16 + 8, high);
  }
};

TEST(IommuModelMsi, AFlatEntryTranslatesItsFile) {
  Msi f;
  f.SetEntry(3, std::uint64_t{0x5'4321} << 10 | 7);  // V, M = 3
  EXPECT_EQ(f.Write(Op::kWrite, 0x11'1040).address.value(), 0x5432'1040u);
  EXPECT_TRUE(f.Read(0x11'1000).msi);
  EXPECT_EQ(f.CauseOf(f.Execute(0x11'1000)), 1);  // "X=0: Instruction access fault"
  DeviceRequest write = TwoStageFixture::Request(Op::kWrite, 0x11'1040);
  write.exec = true;  // means nothing for a write
  EXPECT_EQ(f.iommu.Translate(write).address.value(), 0x5432'1040u);
  EXPECT_EQ(f.CauseOf(f.Read(0x11'0000)), 262);
  EXPECT_EQ(f.CauseOf(f.Read(0x12'0000)), 21);  // no file: the second stage's tables
}

TEST(IommuModelMsi, ReservedModesAndBitsAreMisconfigured) {
  for (const std::uint64_t low : {std::uint64_t{1}, std::uint64_t{5}, std::uint64_t{7 | 8}, 7 | std::uint64_t{1} << 54,
                                  7 | std::uint64_t{1} << 63, std::uint64_t{3 | 8}}) {
    Msi f;
    f.SetEntry(0, low);
    EXPECT_EQ(f.CauseOf(f.Read(0x10'0000)), 263) << low;
  }
  Msi f;
  f.SetEntry(0, 3, std::uint64_t{1} << 61);
  EXPECT_EQ(f.CauseOf(f.Read(0x10'0000)), 263);
}

TEST(IommuModelMsi, AMemoryResidentFileIsToldWithItsNotice) {
  Msi f;
  f.SetEntry(0, std::uint64_t{0x1234'5600} >> 9 << 7 | 3, std::uint64_t{1} << 60 | std::uint64_t{0xABCD} << 10 | 0x155);
  const Translation translation = f.Write(Op::kPartialWrite, 0x10'0000);
  ASSERT_TRUE(translation.mrif.has_value());
  EXPECT_EQ(*translation.mrif, (MemoryResidentFile{0x1234'5600, 0xABCD000, 0x555}));
  EXPECT_EQ(f.Completion(0x10'0000, true).completion, 7u);  // R, W, U
}

TEST(IommuModelMsi, MemoryErrorsAreThoseOfTheMsiTable) {
  Msi f;
  f.memory.line_status[Msi::kTable / kLineBytes] = LineStatus::kAccessError;
  EXPECT_EQ(f.CauseOf(f.Read(0x10'0000)), 261);
  f.memory.line_status[Msi::kTable / kLineBytes] = LineStatus::kPoison;
  EXPECT_EQ(f.CauseOf(f.Read(0x10'0000)), 270);
}

TEST(IommuModelAts, ACompletionHasWhatBothStagesPermit) {
  Mapped f(1 | kTcAts, kPteAll, kPteAll & ~kPteW);
  EXPECT_EQ(f.Completion(kIova, true).completion, kHost | 1);
  EXPECT_EQ(f.Completion(kIova, false, true).completion, kHost | 9);
  f.MapSecond(kGuest, kHost);
  EXPECT_EQ(f.Completion(kIova, true).completion, kHost | 3);
}

TEST(IommuModelAts, ALargerPageIsToldByTheAddressesFirstZero) {
  Mapped f(1 | kTcAts);
  f.MapFirst(0x4000'0000, 0x8000'0000, kPteAll, 1);
  f.MapSecond(0x8000'0000, 0x4'0000'0000, kPteAll, 1);
  EXPECT_EQ(f.Completion(0x4000'5000).completion, 0x4'0000'0000u | 0xFF << 12 | 1 << 11 | 3);
}

TEST(IommuModelAts, UnderT2gpaTheGuestsAddressIsToldAndTranslatedRequestsTakeTheSecondStage) {
  Mapped f(1 | kTcAts | kTcT2gpa);
  EXPECT_EQ(f.Completion(kIova).completion, kGuest | 3);
  EXPECT_EQ(f.iommu.Translate(f.Ask(Op::kRead, kGuest, AddressType::kTranslated)).address.value(), kHost);
  Mapped plain(1 | kTcAts);
  EXPECT_EQ(plain.iommu.Translate(plain.Ask(Op::kRead, kHost, AddressType::kTranslated)).address.value(), kHost);
}

TEST(IommuModelAts, WhatOnlyLacksAPageIsASuccessAndNoRecord) {
  Mapped f(1 | kTcAts, kPteAll, 0);
  const Translation translation = f.Completion(kIova);
  EXPECT_EQ(translation.status, LineStatus::kOk);
  EXPECT_EQ(translation.completion, 0u);
  EXPECT_FALSE(translation.fault.has_value());
  EXPECT_EQ(f.Completion(kIova + kPageBytes).completion, 0u);
}

TEST(IommuModelAts, ConfigurationErrorsAbortAndPermanentOnesAreUnsupported) {
  Mapped f(1 | kTcAts);
  f.memory.line_status[f.second_entry / kLineBytes] = LineStatus::kAccessError;
  const Translation abort = f.Completion(kIova);
  EXPECT_EQ(f.CauseOf(abort), 5);
  EXPECT_TRUE(abort.completer_abort);
  EXPECT_EQ(abort.fault->type, TransactionType::kAtsRequest);
  Mapped off;
  const Translation unsupported = off.Completion(kIova);
  EXPECT_EQ(off.CauseOf(unsupported), 260);
  EXPECT_FALSE(unsupported.completer_abort);
}

TEST(IommuModelAts, GlobalAndPrivNeedAProcess) {
  Process f(7, 1 | kTcPdtv | kTcAts);
  f.MapFirst(kIova, kGuest, kPteAll | 32);
  DeviceRequest request = f.Ask(Op::kRead, kIova, AddressType::kTranslationRequest);
  request.process_valid = true;
  request.process_id = 7;
  request.priv = true;
  EXPECT_EQ(f.iommu.Translate(request).completion, kHost | 1 | 2 | 16 | 32);
}

}  // namespace
}  // namespace tarn::iommu
