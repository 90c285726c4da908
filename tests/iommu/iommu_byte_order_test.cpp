// Byte order of what lies in memory: section 3.9 (table "Endianness of memory access to data structures"), chapter 4
// and section 6.4 (fctl.BE), tc.SBE of section 3.1.3.1 of the RISC-V IOMMU Architecture.
#include <string>
#include <tuple>

#include "tests/iommu/iommu_msi_fixture.h"

namespace tarn::tests {
namespace {

namespace reg = iommu_registers;

// Parameters: fctl.BE, tc.SBE.
class IommuByteOrder : public IommuMsiScenario, public testing::WithParamInterface<std::tuple<bool, bool>> {
 protected:
  void SetUp() override {
    ASSERT_NE(bench.Read64(reg::capabilities::kOffset) & kCapEnd, 0u);
    UseFormat(big_endian(), guest_big_endian());
  }
  bool big_endian() const { return std::get<0>(GetParam()); }
  bool guest_big_endian() const { return std::get<1>(GetParam()); }
  std::uint64_t Tc(std::uint64_t tc = kTcV) const { return tc | (guest_big_endian() ? kTcSbe : 0); }
  std::uint64_t InGuest(std::uint64_t value) const { return guest_big_endian() ? __builtin_bswap64(value) : value; }
};
INSTANTIATE_TEST_SUITE_P(Of, IommuByteOrder, testing::Combine(testing::Bool(), testing::Bool()),
                         [](const auto& orders) {
                           return std::string(std::get<0>(orders.param) ? "BigHost" : "LittleHost") +
                                  (std::get<1>(orders.param) ? "BigGuest" : "LittleGuest");
                         });

// Device directory, second stage, both queues: fctl.BE. First stage: tc.SBE.
TEST_P(IommuByteOrder, DirectoryAndPageTablesHaveTheirOrders) {
  UseSecond(kSv48);
  UseFirst(kSv39);
  MapFirst(kIova, kGuestPage);
  MapSecond(kGuestPage, kPage);
  bench.tables.SetContext(kDirectoryPpn, 3, 0x54'3210, Context(Tc()));
  bench.EnableQueues();
  bench.SetMode(kLevel3);
  ExpectPasses(MakeRequest(0x54'3210, kIova + 0x40), kPage + 0x40);
  ExpectPasses(MakeRequest(0x54'3210, kIova + 0x80, Op::kWrite), kPage + 0x80);
  ExpectFault(MakeRequest(0x54'3210, kIova + 0x1000), 13, kRead);
  ExpectFault(MakeRequest(0x54'3211, kIova), 258, kRead);
  MapFirst(kIova, kGuestPage + 0x1000);
  MapSecond(kGuestPage + 0x1000, kPage + 0x1000);
  ExpectPasses(MakeRequest(0x54'3210, kIova), kPage);
  ForgetTranslations();  // commands are read in that order too
  ExpectPasses(MakeRequest(0x54'3210, kIova), kPage + 0x1000);
}

// Process directory: tc.SBE.
TEST_P(IommuByteOrder, ProcessDirectoriesAreTheGuests) {
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(kIova, kGuestPage);
  MapSecond(kGuestPage, kPage);
  const std::uint64_t root = TakeGuestPage(), leaf = TakeGuestPage();
  bench.memory.Write64((HostOf(root) << 12) + 5 * 8, InGuest(leaf << 10 | 1));
  bench.memory.Write64((HostOf(leaf) << 12) + 3 * 16, InGuest(std::uint64_t{kPscid} << 12 | 1));
  bench.memory.Write64((HostOf(leaf) << 12) + 3 * 16 + 8, InGuest(Fsc()));
  DeviceContextWords context = Context(Tc(kTcV | kTcPdtv));
  context.fsc = std::uint64_t{2} << 60 | root;
  Start(context);
  ExpectPasses(OfProcess(5 << 8 | 3, kIova), kPage);
  ExpectFault(OfProcess(5 << 8 | 4, kIova), 266, kRead);
}

// MSI page table: fctl.BE. Interrupt file and notice: little-endian always (Advanced Interrupt Architecture).
TEST_P(IommuByteOrder, MsiEntriesAreTheHostsAndInterruptFilesLittleEndian) {
  constexpr std::uint64_t kFile = 0x4'7654'3200, kNotice = 0x5'1234'5000;
  StartMsi(kNoScheme, Tc());
  SetEntry(0, Flat(kPage));
  SetEntry(1, Mrif(kFile), Notice(kNotice, 0x555));
  ExpectPasses(MakeRequest(kDevice, FileAt(0) + 0x40), kPage + 0x40);
  EXPECT_EQ(bench.Ask(Access(FileAt(1), 0x46)).status, LineStatus::kOk);
  EXPECT_EQ(bench.memory.Read64(kFile + 0x10), std::uint64_t{1} << 6);
  EXPECT_EQ(bench.memory.Read32(kNotice), 0x555u);
}

TEST_P(IommuByteOrder, EntriesAreMarkedInTheirOrders) {
  constexpr std::uint64_t kClean = kPteUserAll & ~(kPteA | kPteD);
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(kIova, kGuestPage, 0, kClean);
  MapSecond(kGuestPage, kPage, 0, kClean);
  Start(Tc(kTcV | kTcSade | kTcGade));
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  EXPECT_EQ(FirstPte(kIova), kGuestPage >> 12 << 10 | kClean | kPteA);
  EXPECT_EQ(SecondPte(kGuestPage), kPage >> 12 << 10 | kClean | kPteA);
  ExpectPasses(MakeRequest(kDevice, kIova, Op::kWrite), kPage);
  EXPECT_EQ(FirstPte(kIova), kGuestPage >> 12 << 10 | kPteUserAll);
  EXPECT_EQ(SecondPte(kGuestPage), kPage >> 12 << 10 | kPteUserAll);
}

// Entries of four bytes are swapped by themselves.
TEST_P(IommuByteOrder, EntriesOfFourBytesHaveTheirOrdersToo) {
  constexpr std::uint64_t kClean = kPteUserAll & ~(kPteA | kPteD), kGuest = 0x3'4040'5000;
  UseFormat(big_endian(), guest_big_endian(), true);
  UseSecond(kSv32);
  UseFirst(kSv32);
  Start(Tc(kTcV | kTcSxl | kTcSade | kTcGade));
  for (std::uint64_t page = 0; page < 2; ++page) {
    const std::uint64_t address = 0x8040'2000 + (page << 12);
    MapFirst(address, kGuest + (page << 12), 0, kClean);
    MapSecond(kGuest + (page << 12), kPage, 0, kClean);
    ExpectPasses(MakeRequest(kDevice, address, Op::kWrite), kPage);
    EXPECT_EQ(FirstPte(address), (kGuest + (page << 12)) >> 12 << 10 | kPteUserAll);
    EXPECT_EQ(SecondPte(kGuest + (page << 12)), kPage >> 12 << 10 | kPteUserAll);
  }
}

// Section 4.1: the fence's data, and section 4.3: page requests.
TEST_P(IommuByteOrder, WhatQueuesWriteIsTheHosts) {
  constexpr std::uint64_t kPageQueue = 0x3000'0000, kPayload = 0x7654'3000 | 0x155 << 3 | 1;
  UseFirst(kSv39);
  Start(Tc(kTcV | kTcAts | kTcPri));
  bench.Write64(reg::pqb::kOffset, kPageQueue >> 12 << 10 | 3);
  bench.Write(reg::pqcsr::kOffset, 1);
  DeviceMessage message;
  message.device_id = kDevice;
  message.payload = kPayload;
  bench.messages().Push(message);
  ASSERT_TRUE(bench.RunUntil([&] { return bench.Read(reg::pqt::kOffset).rdata == 1; }, "a page request"));
  EXPECT_EQ(bench.memory.Read64(kPageQueue), bench.InMemory(std::uint64_t{kDevice} << 40));
  EXPECT_EQ(bench.memory.Read64(kPageQueue + 8), bench.InMemory(kPayload));
  Fence(kIofence | kCommandAv | std::uint64_t{0x1234'5678} << 32, 0x70000 >> 2);
  EXPECT_EQ(bench.memory.Read32(0x70000), big_endian() ? 0x7856'3412u : 0x1234'5678u);
}

// A structure in the other order is another structure.
TEST_P(IommuByteOrder, AStructureOfTheOtherOrderIsNotUnderstood) {
  UseFirst(kSv39);
  MapFirst(kIova, kPage);
  Start(Tc());
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  SetContext(Context(Tc() ^ kTcSbe));  // V of an entry is in its last byte now
  ForgetAll();
  ExpectFault(MakeRequest(kDevice, kIova), 13, kRead);
  bench.set_big_endian(!big_endian());
  SetContext(Context(Tc()));
  bench.set_big_endian(big_endian());
  bench.InvalidateAll();
  ExpectFault(MakeRequest(kDevice, kIova), 258, kRead);
}

}  // namespace
}  // namespace tarn::tests
