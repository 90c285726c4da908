// Points at which the specification's reference model decides otherwise than its text (docs/iommu_cross_check.md): what
// the text says stays so.
#include <gtest/gtest.h>

#include "tests/iommu/two_stage_fixture.h"

namespace tarn::iommu {
namespace {

constexpr std::uint64_t kClean = kPteAll & ~kPteD;

// Process 7 has the guest's tables, process 8 a Bare first stage; both may be supervisors, with SUM.
struct Guest : TwoStageFixture {
  static constexpr std::uint64_t kPdt = 0x42'0000;
  explicit Guest(std::uint64_t tc) {
    context.tc = tc | 1;
    if ((tc & kTcPdtv) != 0) context.fsc = std::uint64_t{1} << 60 | kPdt / kPageBytes;
    StartGuest();
    memory.Store(kPdt + kGuestBase + 7 * 16, 7);
    memory.Store(kPdt + kGuestBase + 7 * 16 + 8, kSv39 | kGuestTables / kPageBytes);
    memory.Store(kPdt + kGuestBase + 8 * 16, 7);
    MapFirst(kIova, kGuest);
    MapSecond(kGuest, kHost);
  }
  Translation AskAs(std::uint32_t process, std::uint64_t iova, bool execute) {
    DeviceRequest request = Ask(Op::kWrite, iova, AddressType::kTranslationRequest);
    request.process_valid = true;
    request.process_id = process;
    request.priv = true;
    request.exec = execute;
    return iommu.Translate(request);
  }
};

// Section 3.3: A/D of a guest's page of tables is D's only when an entry in it is written.
TEST(IommuModelCrossCheck, WalkingThroughACleanPageOfTablesIsNoFaultAndNoWrite) {
  Guest f(kTcSade);
  const std::uint64_t tables = TwoStageFixture::kGuestTables;
  f.MapSecond(tables, tables + TwoStageFixture::kGuestBase, kClean);
  EXPECT_EQ(f.CauseOf(f.Read(kIova)), 0);
  Guest updating(kTcSade | kTcGade);
  const std::uint64_t entry = updating.MapSecond(tables, tables + TwoStageFixture::kGuestBase, kClean);
  EXPECT_EQ(updating.CauseOf(updating.Read(kIova)), 0);
  EXPECT_EQ(updating.memory.Load(entry) & kPteD, 0u);
}

TEST(IommuModelCrossCheck, WhatHardwareHasMarkedDirtyIsWritableInTheCompletion) {
  Guest f(kTcAts | kTcSade | kTcGade);
  f.MapFirst(kIova, kGuest, kClean);
  const std::uint64_t entry = f.MapSecond(kGuest, kHost, kClean);
  EXPECT_EQ(f.Completion(kIova, true).completion, kHost | 3);
  EXPECT_NE(f.memory.Load(entry) & kPteD, 0u);
}

// Section 3.6: "the denied permission (R, W or X) set to 0 and the other permission bits set to the value determined
// from the page tables"; only U and SUM take R and W too.
TEST(IommuModelCrossCheck, ExecuteForASupervisorOnAUsersPageIsDeniedAlone) {
  Guest f(kTcAts | kTcPdtv);
  EXPECT_EQ(f.AskAs(7, kIova, true).completion, kHost | 1 << 4 | 3);
  f.memory.Store(Guest::kPdt + TwoStageFixture::kGuestBase + 7 * 16, 3);  // without SUM
  EXPECT_EQ(f.AskAs(7, kIova, true).completion, std::uint64_t{1} << 4);
}

TEST(IommuModelCrossCheck, APageThatPermitsNothingOfWhatIsAskedStillMeetsTheErrorsBehindIt) {
  Guest f(kTcAts | kTcPdtv);
  f.MapFirst(kIova, kGuest, kPteV | kPteX | kPteU | kPteA);
  const std::uint64_t entry = f.MapSecond(kGuest, kHost);
  EXPECT_EQ(f.AskAs(7, kIova, true).completion, std::uint64_t{1} << 4);
  f.memory.line_status[entry / kLineBytes] = LineStatus::kAccessError;
  EXPECT_TRUE(f.AskAs(7, kIova, true).completer_abort);
}

// "Global field is set to the value determined from the first-stage page tables": without them it is 0.
TEST(IommuModelCrossCheck, ABareFirstStageIsNotGlobal) {
  Guest f(kTcAts | kTcPdtv);
  EXPECT_EQ(f.AskAs(8, kGuest, false).completion, kHost | 1 << 4 | 3);
}

// Section 3.1.3.6: "matches the supplied address pattern in all bit positions that are zeros in the supplied address
// mask", those above MGPAW too.
TEST(IommuModelCrossCheck, AnAddressAboveTheGuestsBitsIsNoInterruptFile) {
  Guest f(0);
  f.context.fsc = 0;
  f.context.msiptp = std::uint64_t{1} << 60 | 0x900'0000 / kPageBytes;
  f.context.msi_addr_pattern = kGuest / kPageBytes;
  f.SetExtendedContext(f.context);
  f.memory.Store(0x900'0000, 0x4'0000 << 10 | 7);
  EXPECT_TRUE(f.Read(kGuest).msi);
  EXPECT_EQ(f.CauseOf(f.Read(kGuest | std::uint64_t{1} << 60)), 21);
}

}  // namespace
}  // namespace tarn::iommu
