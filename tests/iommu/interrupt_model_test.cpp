// Interrupts: RISC-V IOMMU 1.0, sections 6.18, 6.26 and 6.27.
#include <gtest/gtest.h>

#include "tests/iommu/model_fixture.h"

namespace tarn::iommu {
namespace {

namespace cqcsr = iommu_registers::cqcsr;
namespace fctl = iommu_registers::fctl;
namespace fqcsr = iommu_registers::fqcsr;
namespace icvec = iommu_registers::icvec;
namespace ipsr = iommu_registers::ipsr;
namespace msi_addr = iommu_registers::msi_addr;
namespace msi_data = iommu_registers::msi_data;
namespace msi_vec_ctl = iommu_registers::msi_vec_ctl;

constexpr std::uint64_t kMessageAddress = std::uint64_t{1} << 50;

struct InterruptFixture : IommuFixture {
  void StartWith(bool wired) {
    Write(fctl::kOffset, wired ? fctl::Wsi::kMask : 0);
    Write(icvec::kOffset, 0x21);  // commands: vector 1, faults: vector 2
    for (std::uint32_t vector = 0; vector < 4; ++vector) {
      iommu.WriteRegister64(msi_addr::Offset(vector), kMessageAddress + 8 * vector);
      Write(msi_data::Offset(vector), 0x100 + vector);
    }
    Start();
    Write(cqcsr::kOffset, cqcsr::Cqen::kMask | cqcsr::Cie::kMask);
    Write(fqcsr::kOffset, fqcsr::Fqen::kMask | fqcsr::Fie::kMask);
  }
};

TEST(IommuModelInterrupts, ANewFaultRaisesItsWireUntilItIsCleared) {
  InterruptFixture f;
  std::vector<std::uint32_t> seen;
  f.iommu.set_interrupt_listener([&](std::uint32_t wires) { seen.push_back(wires); });
  f.StartWith(true);
  f.Read(0x7000);
  EXPECT_EQ(f.Register(ipsr::kOffset), 2u);
  EXPECT_EQ(f.iommu.wires(), 4u);
  f.Write(ipsr::kOffset, 2);
  EXPECT_EQ(f.iommu.wires(), 0u);
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{4, 0}));
}

TEST(IommuModelInterrupts, AConditionThatStaysSetsItsBitAgain) {
  InterruptFixture f;
  f.StartWith(true);
  f.Command(0);  // illegal
  EXPECT_EQ(f.iommu.wires(), 2u);
  f.Write(ipsr::kOffset, 1);
  EXPECT_EQ(f.Register(ipsr::kOffset), 1u);
  f.Write(cqcsr::kOffset, cqcsr::Cqen::kMask | cqcsr::Cie::kMask | cqcsr::CmdIll::kMask);
  f.memory.Store(IommuFixture::kCommands, 2);
  f.Write(cqcsr::kOffset, cqcsr::Cqen::kMask | cqcsr::Cie::kMask | cqcsr::CmdIll::kMask);
  f.Write(ipsr::kOffset, 1);
  EXPECT_EQ(f.Register(ipsr::kOffset), 0u);
}

TEST(IommuModelInterrupts, WithoutItsEnableNothingIsPendingAndEnablingShowsAConditionThatHolds) {
  InterruptFixture f;
  f.StartWith(true);
  f.Write(cqcsr::kOffset, cqcsr::Cqen::kMask);
  f.Command(0);
  EXPECT_EQ(f.Register(ipsr::kOffset), 0u);
  f.Write(cqcsr::kOffset, cqcsr::Cqen::kMask | cqcsr::Cie::kMask);
  EXPECT_EQ(f.Register(ipsr::kOffset), 1u);
}

TEST(IommuModelInterrupts, AMessageIsSentOnceWhenItsBitRises) {
  InterruptFixture f;
  f.StartWith(false);
  f.Read(0x7000);
  EXPECT_EQ(f.outbound.Load(kMessageAddress + 16), 0x102u);
  EXPECT_EQ(f.iommu.wires(), 0u);
  f.outbound.Store(kMessageAddress + 16, 0);
  f.Read(0x7000);  // still pending: no edge
  EXPECT_EQ(f.outbound.Load(kMessageAddress + 16), 0u);
  f.Write(ipsr::kOffset, 2);
  f.Read(0x7000);
  EXPECT_EQ(f.outbound.Load(kMessageAddress + 16), 0x102u);
}

TEST(IommuModelInterrupts, AMaskedVectorKeepsItsMessageUntilItIsUnmasked) {
  InterruptFixture f;
  f.StartWith(false);
  f.Write(msi_vec_ctl::Offset(2), 1);
  f.Read(0x7000);
  EXPECT_EQ(f.outbound.Load(kMessageAddress + 16), 0u);
  f.Write(msi_vec_ctl::Offset(2), 0);
  EXPECT_EQ(f.outbound.Load(kMessageAddress + 16), 0x102u);
}

TEST(IommuModelInterrupts, AMessageThatCannotBeWrittenIsAFaultOfItsOwn) {
  InterruptFixture f;
  f.StartWith(false);
  f.outbound.line_status[(kMessageAddress + 8) / kLineBytes] = LineStatus::kAccessError;
  f.Command(0);
  EXPECT_EQ(f.Fault(0).cause, Cause::kMsiWriteAccessFault);
  EXPECT_EQ(f.Fault(0).type, TransactionType::kNone);
  EXPECT_EQ(f.Fault(0).device_id, 0u);
  EXPECT_EQ(f.Fault(0).iotval, kMessageAddress + 8);
}

TEST(IommuModelRegisters, CapabilitiesAndUnimplementedRegistersReadAsTheSpecificationSays) {
  IommuFixture f;
  const std::uint64_t capabilities = f.iommu.ReadRegister64(0);
  EXPECT_EQ(capabilities & 0xFF, 0x10u);      // version 1.0
  EXPECT_EQ(capabilities >> 9 & 1, 1u);       // Sv39
  EXPECT_EQ(capabilities >> 32 & 0x3F, 56u);  // PAS
  EXPECT_EQ(capabilities >> 25 & 1, IommuRegisterParameters{}.has_ats);
  EXPECT_EQ(f.Register(80), 0u);   // pqcsr
  EXPECT_EQ(f.Register(600), 0u);  // tr_req_iova
  f.Write(0, 0xFFFF'FFFF);
  EXPECT_EQ(f.iommu.ReadRegister64(0), capabilities);
}

TEST(IommuModelRegisters, AnIllegalModeLeavesTheOldOneAndResetTurnsTheUnitOff) {
  IommuFixture f;
  f.SetMode(Mode::kBare);
  f.Write(iommu_registers::ddtp::kOffset, 9);
  EXPECT_EQ(f.Register(iommu_registers::ddtp::kOffset) & 0xF, 1u);
  f.iommu.Reset();
  EXPECT_EQ(f.Register(iommu_registers::ddtp::kOffset) & 0xF, 0u);
}

}  // namespace
}  // namespace tarn::iommu
