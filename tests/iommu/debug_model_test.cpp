// The debug translation interface: RISC-V IOMMU 1.0, chapter 5 and sections 6.24 to 6.26.
#include <gtest/gtest.h>

#include "tests/iommu/two_stage_fixture.h"

namespace tarn::iommu {
namespace {

namespace fqt = iommu_registers::fqt;
namespace tr_req_ctl = iommu_registers::tr_req_ctl;
namespace tr_req_iova = iommu_registers::tr_req_iova;
namespace tr_response = iommu_registers::tr_response;

constexpr std::uint64_t kGo = 1, kPriv = 2, kExecute = 4, kNoWrite = 8, kProcess = std::uint64_t{1} << 32;
constexpr std::uint64_t kFault = 1, kLarger = 1 << 9;

struct Debug : TwoStageFixture {
  explicit Debug(std::uint64_t tc = 1) {
    context.tc = tc;
    StartGuest();
    MapSecond(kGuest, kHost);
  }
  std::uint64_t Response(std::uint64_t iova, std::uint64_t control = kNoWrite, std::uint64_t device = kDevice) {
    iommu.WriteRegister64(tr_req_iova::kOffset, iova);
    iommu.WriteRegister64(tr_req_ctl::kOffset, kGo | control | device << 40);
    return iommu.ReadRegister64(tr_response::kOffset);
  }
};

TEST(IommuModelDebug, AnAddressIsTranslatedAndGoIsClearedAgain) {
  Debug f;
  f.MapFirst(kIova, kGuest);
  EXPECT_EQ(f.Response(kIova), kHost >> 12 << 10);
  EXPECT_EQ(f.iommu.ReadRegister64(tr_req_ctl::kOffset), kNoWrite | std::uint64_t{Debug::kDevice} << 40);
  EXPECT_EQ(f.Register(fqt::kOffset), 0u);
}

TEST(IommuModelDebug, NothingHappensWithoutGo) {
  Debug f;
  f.MapFirst(kIova, kGuest);
  f.iommu.WriteRegister64(tr_req_iova::kOffset, kIova);
  f.iommu.WriteRegister64(tr_req_ctl::kOffset, kNoWrite | std::uint64_t{Debug::kDevice} << 40);
  EXPECT_EQ(f.iommu.ReadRegister64(tr_response::kOffset), 0u);
}

// Table "Example of encoding of super page size in PPN".
TEST(IommuModelDebug, ASuperpagesSizeStandsInItsPpn) {
  Debug f;
  const auto ppn = [&f](std::uint64_t iova) {
    const std::uint64_t response = f.Response(iova);
    EXPECT_EQ(response & ~tr_response::Ppn::kMask, kLarger) << iova;
    return response >> 10;
  };
  f.MapFirst(0x4000'0000, 0x8000'0000, kPteAll, 1);
  f.MapSecond(0x8000'0000, 0x4'0000'0000, kPteAll, 1);
  EXPECT_EQ(ppn(0x4000'5000), 0x40'0000u | 0xFF);  // 2 MiB
  const std::uint64_t napot = std::uint64_t{1} << 63;
  f.MapFirst(0x5000'3000, 0x8'0000 | 0x8000, kPteAll | napot);
  f.MapSecond(0x8'3000, 0x7777'0000 | 0x8000, kPteAll | napot);
  EXPECT_EQ(ppn(0x5000'3000), 0x7'7770u | 7);  // 64 KiB
}

TEST(IommuModelDebug, TheMemoryTypeIsTold) {
  Debug f;
  f.MapFirst(kIova, kGuest, kPteAll | std::uint64_t{2} << 61);
  EXPECT_EQ(f.Response(kIova), kHost >> 12 << 10 | 2 << 7);
}

TEST(IommuModelDebug, EachKindOfAccessNeedsItsPermissions) {
  Debug f;
  f.MapFirst(kIova, kGuest, kPteAll & ~kPteW);
  EXPECT_EQ(f.Response(kIova, kNoWrite) & kFault, 0u);
  EXPECT_EQ(f.Response(kIova, kNoWrite | kExecute) & kFault, 0u);
  EXPECT_EQ(f.Response(kIova, 0) & kFault, kFault);
  EXPECT_EQ(f.Fault(0).cause, Cause::kWritePageFault);
  f.MapFirst(kIova, kGuest, kPteAll & ~kPteX);
  EXPECT_EQ(f.Response(kIova, kNoWrite | kExecute) & kFault, kFault);
  EXPECT_EQ(f.Fault(1).cause, Cause::kInstructionPageFault);
}

TEST(IommuModelDebug, FaultsAreRecordedAsThoseOfUntranslatedRequestsEachTime) {
  Debug f;
  EXPECT_EQ(f.Response(kIova | 0xABC), kFault);
  EXPECT_EQ(f.Response(kIova), kFault);
  EXPECT_EQ(f.Register(fqt::kOffset), 2u);
  const FaultRecord expected{.cause = Cause::kReadPageFault,
                             .type = TransactionType::kUntranslatedRead,
                             .device_id = Debug::kDevice,
                             .iotval = kIova};
  EXPECT_EQ(f.Fault(0), expected);
  Debug silent(1 | kTcDtf);
  EXPECT_EQ(silent.Response(kIova), kFault);
  EXPECT_EQ(silent.Register(fqt::kOffset), 0u);
}

TEST(IommuModelDebug, AProcessAndItsPrivilegeCountOnlyWithPv) {
  Debug f(1 | kTcPdtv);
  f.context.fsc = std::uint64_t{1} << 60 | 0x420;
  f.SetExtendedContext(f.context);
  f.memory.Store(0x42'0000 + TwoStageFixture::kGuestBase + 7 * 16, 3);  // ENS, no SUM
  f.memory.Store(0x42'0000 + TwoStageFixture::kGuestBase + 7 * 16 + 8,
                 TwoStageFixture::kSv39 | TwoStageFixture::kGuestTables / kPageBytes);
  f.MapFirst(kIova, kGuest);
  EXPECT_EQ(f.Response(kIova, kNoWrite | kProcess | 7 << 12), kHost >> 12 << 10);
  EXPECT_EQ(f.Response(kIova, kNoWrite | kProcess | kPriv | 7 << 12), kFault);  // U page, SUM is 0
  EXPECT_EQ(f.Fault(0).process_id, 7u);
  EXPECT_TRUE(f.Fault(0).priv);
  EXPECT_EQ(f.Response(kGuest, kNoWrite | kPriv | 7 << 12), kHost >> 12 << 10);  // no process: the first stage is Bare
}

TEST(IommuModelDebug, AnMrifPageIsDisallowed) {
  Debug f;
  f.context.fsc = 0;
  f.context.msiptp = std::uint64_t{1} << 60 | 0x900'0000 / kPageBytes;
  f.context.msi_addr_pattern = 0x100;
  f.SetExtendedContext(f.context);
  f.memory.Store(0x900'0000, 0x4'0000 << 10 | 7);
  EXPECT_EQ(f.Response(0x10'0000), std::uint64_t{0x4'0000} << 10);
  f.memory.Store(0x900'0000, 0x4'0000 << 10 | 3);
  EXPECT_EQ(f.Response(0x10'0000), kFault);
  EXPECT_EQ(f.Fault(0).cause, Cause::kTransactionTypeDisallowed);
}

TEST(IommuModelDebug, ItCountsAsAnUntranslatedRequest) {
  Debug f;
  f.iommu.WriteRegister64(iommu_registers::iohpmevt::Offset(0), 1);
  f.Response(kIova);
  EXPECT_EQ(f.iommu.ReadRegister64(iommu_registers::iohpmctr::Offset(0)), 1u);
}

TEST(IommuModelDebug, WithoutTheCapabilityThereIsNothing) {
  TwoStageFixture f(kEveryCapability & ~iommu_registers::capabilities::Dbg::kMask);
  f.iommu.WriteRegister64(tr_req_ctl::kOffset, kGo);
  EXPECT_EQ(f.iommu.ReadRegister64(tr_req_ctl::kOffset), 0u);
  EXPECT_EQ(f.iommu.ReadRegister64(tr_response::kOffset), 0u);
}

}  // namespace
}  // namespace tarn::iommu
