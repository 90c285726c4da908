// MSIs in memory-resident interrupt files: RISC-V IOMMU 1.0, section 3.3.3; RISC-V AIA, "MSI PTE, MRIF mode".
#include <gtest/gtest.h>

#include <cstring>

#include "tests/iommu/two_stage_fixture.h"

namespace tarn::iommu {
namespace {

namespace capabilities = iommu_registers::capabilities;
namespace fqt = iommu_registers::fqt;

constexpr std::uint64_t kPage = 0x10'0000;  // the guest's page of the interrupt file
constexpr std::uint64_t kFile = 0x1234'5600, kNotice = 0xABC'D000;

struct Mrif : TwoStageFixture {
  explicit Mrif(std::uint64_t tc = 1, bool big_endian = false)
      : TwoStageFixture(Parameters{.capabilities = kEveryCapability, .big_endian_messages = big_endian}) {
    context.tc = tc;
    context.fsc = 0;
    context.msiptp = std::uint64_t{1} << 60 | 0x900'0000 / kPageBytes;
    context.msi_addr_pattern = kPage / kPageBytes;
    StartGuest();
    memory.Store(0x900'0000, kFile >> 9 << 7 | 3);
    memory.Store(0x900'0008, std::uint64_t{1} << 60 | kNotice >> 2 | 0x155);
  }
  // Writes (or does) size_bytes at an offset of the page.
  LineStatus Access(std::uint64_t offset, std::uint32_t data, std::size_t size_bytes = 4, Op op = Op::kPartialWrite) {
    DeviceRequest request = Request(op, kPage + offset / kLineBytes * kLineBytes);
    request.mask = ((std::uint64_t{1} << size_bytes) - 1) << offset % kLineBytes;
    std::memcpy(request.data.data() + offset % kLineBytes, &data, sizeof data);
    last = iommu.Translate(request);
    return iommu.StoreMessage(request, last);
  }
  std::uint64_t Notice() const { return memory.Load(kNotice); }
  bool HasMessage() const {
    for (std::uint64_t word = 0; word < 512; word += 8) {
      if (memory.Load(kFile + word) != 0) return true;
    }
    return Notice() != 0;
  }

  Translation last;
};

TEST(IommuModelMrif, AMessageSetsItsPendingBitAndSendsTheNotice) {
  for (const std::uint32_t identity : {0u, 1u, 63u, 64u, 1000u, 2047u}) {
    Mrif f;
    const std::uint64_t word = kFile + identity / 64 * 16;
    f.memory.Store(word, 0x10);
    EXPECT_EQ(f.Access(0, identity), LineStatus::kOk);
    EXPECT_EQ(f.memory.Load(word), 0x10 | std::uint64_t{1} << identity % 64) << identity;
    EXPECT_EQ(f.memory.Load(word + 8), 0u);  // the enable bits
    EXPECT_EQ(f.Notice(), 0x555u);
  }
}

TEST(IommuModelMrif, WhatIsNoMessageIsAcceptedAndDiscarded) {
  for (const auto& [offset, data] :
       {std::pair<std::uint64_t, std::uint32_t>{0, 2048}, {0, 0x8000'0001}, {8, 1}, {0x7C, 1}, {0xFFC, 1}, {4, 1}}) {
    Mrif f;
    EXPECT_EQ(f.Access(offset, data), LineStatus::kOk);
    EXPECT_FALSE(f.HasMessage()) << offset;
  }
}

TEST(IommuModelMrif, BigEndianMessagesCountWhereTheSystemHasThem) {
  Mrif f(1, true);
  EXPECT_EQ(f.Access(4, __builtin_bswap32(70)), LineStatus::kOk);
  EXPECT_EQ(f.memory.Load(kFile + 16), std::uint64_t{1} << 6);
  EXPECT_EQ(f.Notice(), 0x555u);
}

TEST(IommuModelMrif, OtherAccessesThanThirtyTwoBitsAreAborted) {
  for (const auto& [offset, size_bytes] :
       {std::pair<std::uint64_t, std::size_t>{0, 8}, {0, 2}, {2, 4}, {1, 4}, {0, 1}}) {
    Mrif f;
    EXPECT_EQ(f.Access(offset, 1, size_bytes), LineStatus::kAccessError) << offset << ' ' << size_bytes;
    EXPECT_FALSE(f.HasMessage());
    EXPECT_EQ(f.Register(fqt::kOffset), 0u);
  }
  Mrif f;
  EXPECT_EQ(f.Access(0, 1, 4, Op::kFetchOr), LineStatus::kAccessError);
  EXPECT_EQ(f.Access(0, 1, 4, Op::kRead), LineStatus::kOk);
  EXPECT_FALSE(f.HasMessage());
}

TEST(IommuModelMrif, MemoryErrorsOfTheFileAreCauses264And271) {
  for (const auto& [status, cause] : {std::pair{LineStatus::kAccessError, 264}, {LineStatus::kPoison, 271}}) {
    Mrif f;
    f.memory.line_status[kFile / kLineBytes] = status;
    EXPECT_EQ(f.Access(0, 5), LineStatus::kTranslationFault);
    EXPECT_EQ(f.CauseOf(f.last), cause);
    ASSERT_EQ(f.Register(fqt::kOffset), 1u);
    const FaultRecord expected{.cause = static_cast<Cause>(cause),
                               .type = TransactionType::kUntranslatedWrite,
                               .device_id = Mrif::kDevice,
                               .iotval = kPage};
    EXPECT_EQ(f.Fault(0), expected);
    EXPECT_EQ(f.Notice(), 0u);
  }
}

TEST(IommuModelMrif, DtfSilencesThemAndARefusalIsNone) {
  Mrif silent(1 | kTcDtf);
  silent.memory.line_status[kFile / kLineBytes] = LineStatus::kAccessError;
  EXPECT_EQ(silent.Access(0, 5), LineStatus::kTranslationFault);
  EXPECT_EQ(silent.Register(fqt::kOffset), 0u);
  Mrif busy;
  busy.memory.line_status[kFile / kLineBytes] = LineStatus::kRetry;
  EXPECT_EQ(busy.Access(0, 5), LineStatus::kRetry);
  EXPECT_EQ(busy.Register(fqt::kOffset), 0u);
}

TEST(IommuModelMrif, ANoticeGoesOutsideTheWindowAndItsFaultIsCause273) {
  Mrif f;
  f.memory.line_status[kNotice / kLineBytes] = LineStatus::kAccessError;
  EXPECT_EQ(f.Access(0, 5), LineStatus::kOk);
  EXPECT_EQ(f.outbound.Load(kNotice), 0x555u);
  f.outbound.line_status[kNotice / kLineBytes] = LineStatus::kAccessError;
  EXPECT_EQ(f.Access(0, 6), LineStatus::kOk);
  EXPECT_EQ(f.memory.Load(kFile), 0x60u);
  const FaultRecord expected{.cause = Cause::kMsiWriteAccessFault, .type = TransactionType::kNone, .iotval = kNotice};
  EXPECT_EQ(f.Fault(0), expected);
}

TEST(IommuModelMrif, FilesAndNoticesAreLittleEndianWhateverFctlSays) {
  Mrif f;
  f.SetMode(Mode::kOff);
  f.Write(iommu_registers::fctl::kOffset, iommu_registers::fctl::Be::kMask);
  Translation translation;
  translation.mrif = MemoryResidentFile{.address = kFile, .notice_address = kNotice, .notice_data = 0x555};
  DeviceRequest request = Mrif::Request(Op::kPartialWrite, kPage);
  request.mask = 0xF;
  request.data[0] = 3;
  EXPECT_EQ(f.iommu.StoreMessage(request, translation), LineStatus::kOk);
  EXPECT_EQ(f.memory.Load(kFile), 8u);
  EXPECT_EQ(f.Notice(), 0x555u);
}

// Software sets another bit between the read and the update.
class BitSettingMemory : public TestMemory {
 public:
  LineStatus CompareSwap(HostPhysAddr address, std::uint64_t expected, std::uint64_t wanted, std::size_t size_bytes,
                         bool& swapped) override {
    if (!raced) Store(address.value(), Load(address.value()) | 0x80);
    raced = true;
    return TestMemory::CompareSwap(address, expected, wanted, size_bytes, swapped);
  }
  bool raced = false;
};

TEST(IommuModelMrif, AtomicUpdatesLoseNoBitOfOthers) {
  for (const bool atomic : {true, false}) {
    BitSettingMemory memory;
    TestMemory outbound;
    Iommu iommu({.capabilities = kEveryCapability & ~(atomic ? 0 : capabilities::AmoMrif::kMask)}, memory, outbound);
    iommu.Reset();
    Translation translation;
    translation.mrif = MemoryResidentFile{.address = kFile, .notice_address = kNotice, .notice_data = 1};
    DeviceRequest request = Mrif::Request(Op::kPartialWrite, kPage);
    request.mask = 0xF;
    EXPECT_EQ(iommu.StoreMessage(request, translation), LineStatus::kOk);
    EXPECT_EQ(memory.raced, atomic);
    EXPECT_EQ(memory.Load(kFile), atomic ? 0x81u : 1u);
  }
}

}  // namespace
}  // namespace tarn::iommu
