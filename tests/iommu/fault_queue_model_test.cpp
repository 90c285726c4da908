// Fault records and their queue: RISC-V IOMMU 1.0, sections 4.2 and 6.16.
#include <gtest/gtest.h>

#include "tests/iommu/model_fixture.h"

namespace tarn::iommu {
namespace {

namespace fqcsr = iommu_registers::fqcsr;
namespace fqh = iommu_registers::fqh;
namespace fqt = iommu_registers::fqt;

TEST(IommuModelFaults, ARecordNamesCauseTypeDeviceAndTheFirstByte) {
  IommuFixture f;
  f.Start();
  DeviceRequest request = f.Request(Op::kWrite, 0x7000);
  request.first_byte = 0x2A;
  const Translation translation = f.iommu.Translate(request);
  ASSERT_TRUE(translation.reported);
  EXPECT_EQ(f.Register(fqt::kOffset), 1u);
  const FaultRecord record = f.Fault(0);
  EXPECT_EQ(record, *translation.fault);
  EXPECT_EQ(record.cause, Cause::kWritePageFault);
  EXPECT_EQ(record.type, TransactionType::kUntranslatedWrite);
  EXPECT_EQ(record.device_id, IommuFixture::kDevice);
  EXPECT_EQ(record.iotval, 0x702Au);
  EXPECT_EQ(record.iotval2, 0u);
  EXPECT_FALSE(record.process_valid);
}

TEST(IommuModelFaults, TheRecordsLayoutIsTheSpecifications) {
  const FaultRecord record{.cause = Cause::kPageTableDataCorruption,
                           .type = TransactionType::kAtsRequest,
                           .device_id = 0xABCDEF,
                           .process_id = 0x54321,
                           .process_valid = true,
                           .priv = true,
                           .iotval = 1,
                           .iotval2 = 2};
  const std::array<std::uint64_t, 4> words = record.Pack();
  EXPECT_EQ(words[0], 0xABCD'EF23'5432'1112u);  // DID, TTYP 8 | PRIV | PV, PID, CAUSE 274
  EXPECT_EQ(words[1], 0u);
  EXPECT_EQ(words[2], 1u);
  EXPECT_EQ(words[3], 2u);
  EXPECT_EQ(FaultRecord::Unpack(words), record);
}

TEST(IommuModelFaults, ProcessAndPrivilegeAreRecordedOnlyTogether) {
  IommuFixture f;
  f.Start();
  DeviceRequest request = f.Request(Op::kRead, 0x7000);
  request.process_id = 9;
  request.priv = true;
  f.iommu.Translate(request);
  EXPECT_EQ(f.Fault(0).process_id, 0u);
  EXPECT_FALSE(f.Fault(0).priv);
  request.process_valid = true;
  f.iommu.Translate(request);
  EXPECT_EQ(f.Fault(1).process_id, 9u);
  EXPECT_TRUE(f.Fault(1).priv);
}

TEST(IommuModelFaults, TheTypeTellsReadWriteExecuteAndTranslationRequests) {
  IommuFixture f;
  f.Start();
  f.Read(0x7000);
  f.Execute(0x7000);
  DeviceRequest request = f.Request(Op::kRead, 0x7000);
  request.at = AddressType::kTranslationRequest;
  f.iommu.Translate(request);
  request.at = AddressType::kTranslated;
  f.iommu.Translate(request);
  EXPECT_EQ(f.Fault(0).type, TransactionType::kUntranslatedRead);
  EXPECT_EQ(f.Fault(1).type, TransactionType::kUntranslatedExecute);
  EXPECT_EQ(f.Fault(2).type, TransactionType::kAtsRequest);
  EXPECT_EQ(f.Fault(3).type, TransactionType::kTranslatedRead);
}

TEST(IommuModelFaults, ABurstLogsOneFaultPerDirection) {
  IommuFixture f;
  f.Start();
  DeviceRequest read = f.Request(Op::kRead, 0x7000);
  DeviceRequest write = f.Request(Op::kWrite, 0x7000);
  f.iommu.Translate(read);
  f.iommu.Translate(write);
  read.first_of_burst = write.first_of_burst = false;
  for (int line = 1; line < 4; ++line) {
    read.addr += 64;
    EXPECT_FALSE(f.iommu.Translate(read).reported);
    EXPECT_FALSE(f.iommu.Translate(write).reported);
  }
  EXPECT_EQ(f.Register(fqt::kOffset), 2u);
  read.first_of_burst = true;
  EXPECT_TRUE(f.iommu.Translate(read).reported);
}

TEST(IommuModelFaults, WithDtfTranslationFaultsAreNotReportedButDirectoryFaultsAre) {
  IommuFixture f;
  f.Start();
  f.SetContext(IommuFixture::kDevice, 1 | 1 << 4, std::uint64_t{8} << 60 | IommuFixture::kTables / kPageBytes);
  const Translation translation = f.Read(0x7000);
  EXPECT_EQ(translation.status, LineStatus::kTranslationFault);
  EXPECT_FALSE(translation.reported);
  EXPECT_EQ(f.Register(fqt::kOffset), 0u);
  f.SetContext(IommuFixture::kDevice, 1 | 1 << 4 | 1 << 12, 0);  // misconfigured: DTF counts as 0
  EXPECT_TRUE(f.Read(0x7000).reported);
}

TEST(IommuModelFaults, AFullQueueOverflowsAndDiscardsUntilTheBitIsCleared) {
  IommuFixture f;
  f.Start();
  for (int fault = 0; fault < 20; ++fault) f.Read(0x7000);
  EXPECT_EQ(f.Register(fqt::kOffset), 15u);  // 16 entries hold 15 records
  EXPECT_NE(f.Register(fqcsr::kOffset) & fqcsr::Fqof::kMask, 0u);
  f.Write(fqh::kOffset, 15);
  f.Read(0x7000);
  EXPECT_EQ(f.Register(fqt::kOffset), 15u);
  f.Write(fqcsr::kOffset, 1 | fqcsr::Fqof::kMask);
  f.Read(0x7000);
  EXPECT_EQ(f.Register(fqt::kOffset), 0u);
  EXPECT_EQ(f.Register(fqcsr::kOffset) & fqcsr::Fqof::kMask, 0u);
}

TEST(IommuModelFaults, AQueueThatCannotBeWrittenSetsTheMemoryFaultBit) {
  IommuFixture f;
  f.Start();
  f.memory.line_status[IommuFixture::kFaults / kLineBytes] = LineStatus::kAccessError;
  f.Read(0x7000);
  EXPECT_EQ(f.Register(fqt::kOffset), 0u);
  EXPECT_NE(f.Register(fqcsr::kOffset) & fqcsr::Fqmf::kMask, 0u);
}

TEST(IommuModelFaults, NothingIsRecordedWhileTheQueueIsOff) {
  IommuFixture f;
  f.Start();
  f.Write(fqcsr::kOffset, 0);
  EXPECT_EQ(f.Register(fqcsr::kOffset), 0u);
  f.Read(0x7000);
  EXPECT_EQ(f.memory.Load(IommuFixture::kFaults), 0u);
}

TEST(IommuModelFaults, EnablingTheQueueResetsTailAndErrors) {
  IommuFixture f;
  f.Start();
  for (int fault = 0; fault < 20; ++fault) f.Read(0x7000);
  f.Write(fqcsr::kOffset, 0);
  f.Write(fqcsr::kOffset, 1);
  EXPECT_EQ(f.Register(fqt::kOffset), 0u);
  EXPECT_EQ(f.Register(fqcsr::kOffset), fqcsr::Fqen::kMask | fqcsr::Fqon::kMask);
}

}  // namespace
}  // namespace tarn::iommu
