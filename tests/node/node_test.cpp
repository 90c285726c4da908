// What a host sees of the node, on every platform.
#include <gtest/gtest.h>

#include "models/channel/channel_registers.h"
#include "models/node/node_registers.h"
#include "tests/node/scenario.h"

namespace tarn {
namespace {

using hal::PlatformKind;

class Node : public NodeScenario {};

TEST_P(Node, UntouchedMemoryReadsAsZero) {
  ASSERT_TRUE(pool_->Enable().ok());
  const hal::Completion answer = Read(kCpu, Base(kCpu) + 0x12340);
  EXPECT_EQ(answer.status, LineStatus::kOk);
  EXPECT_EQ(answer.data, Line{});
}

TEST_P(Node, WhatAHostWritesItReadsBack) {
  ASSERT_TRUE(pool_->Enable().ok());
  const Line line = SeededLine(1);
  EXPECT_EQ(Write(kCpu, Base(kCpu) + 0x40, line).status, LineStatus::kOk);
  EXPECT_EQ(Read(kCpu, Base(kCpu) + 0x40).data, line);
}

TEST_P(Node, APartialWriteChangesItsBytesOnly) {
  ASSERT_TRUE(pool_->Enable().ok());
  const Line before = SeededLine(1);
  const Line after = SeededLine(2);
  const std::uint64_t mask = 0x00FF'0000'FFFF'0001;
  Write(kCpu, Base(kCpu), before);
  Perform(kCpu, {.op = Op::kPartialWrite, .addr = Base(kCpu), .mask = mask, .data = after});
  Line expected = before;
  MergeLine(expected, after, mask);
  EXPECT_EQ(Read(kCpu, Base(kCpu)).data, expected);
}

TEST_P(Node, HostsDoNotSeeEachOther) {
  ASSERT_TRUE(pool_->Enable().ok());
  Write(kCpu, Base(kCpu) + 0x1000, SeededLine(1));
  Write(kOtherCpu, Base(kOtherCpu) + 0x1000, SeededLine(2));
  EXPECT_EQ(Read(kCpu, Base(kCpu) + 0x1000).data, SeededLine(1));
  EXPECT_EQ(Read(kOtherCpu, Base(kOtherCpu) + 0x1000).data, SeededLine(2));
  EXPECT_EQ(Read(kOtherCpu, Base(kCpu) + 0x1000).status, LineStatus::kAccessError);
}

TEST_P(Node, OutsideTheWindowIsAnAccessErrorAndHarmsNobody) {
  ASSERT_TRUE(pool_->Enable().ok());
  Write(kCpu, Base(kCpu), SeededLine(1));
  EXPECT_EQ(Read(kCpu, Base(kCpu) - 64).status, LineStatus::kAccessError);
  EXPECT_EQ(Write(kCpu, Base(kCpu) + kWindowSegments * SegmentBytes(), SeededLine(3)).status, LineStatus::kAccessError);
  EXPECT_EQ(Read(kCpu, Base(kCpu)).data, SeededLine(1));
  EXPECT_EQ(Counters(kCpu).access_errors, 2U);
}

// The endpoint of the outbound port takes what comes.
TEST_P(Node, AnMsiThatADeviceWritesOutsideTheWindowLeavesThroughTheOutboundPort) {
  ASSERT_TRUE(pool_->Enable().ok());
  drivers::IommuDriver iommu(*platform_, HostId(kDevice), HostPhysAddr(Base(kDevice)), 16);
  ASSERT_TRUE(iommu.SetBare().ok());
  const std::uint64_t file = Base(kDevice) - 0x1000;
  const auto write = [&](std::uint32_t host, std::uint64_t mask) {
    return Perform(host, {.op = Op::kPartialWrite, .addr = file, .mask = mask, .data = SeededLine(1)}).status;
  };
  EXPECT_EQ(write(kDevice, 0xF0), LineStatus::kOk);
  EXPECT_EQ(write(kDevice, 0xFF), LineStatus::kAccessError) << "two words";
  EXPECT_EQ(write(kCpu, 0xF0), LineStatus::kAccessError) << "its own port leads there";
}

TEST_P(Node, WhatBulkHoldsIsReadThroughThePool) {
  ASSERT_TRUE(pool_->DeclareOnBulk(HostId(kCpu), 3, std::vector<bool>(SegmentBytes() / kPageBytes, true)).ok());
  ASSERT_TRUE(pool_->Enable().ok());
  const std::uint64_t offset = 3 * SegmentBytes() + 2 * kPageBytes + 5 * kLineBytes;
  const hal::Completion first = Read(kCpu, Base(kCpu) + offset);
  EXPECT_EQ(first.data, BulkLine(LogicalPage(offset / kPageBytes), 5));
  EXPECT_TRUE(first.paged);
  const hal::Completion second = Read(kCpu, Base(kCpu) + offset + kLineBytes);
  EXPECT_EQ(second.data, BulkLine(LogicalPage(offset / kPageBytes), 6));
  EXPECT_FALSE(second.paged);
  Write(kCpu, Base(kCpu) + offset, SeededLine(7));  // is served when all of the page is there
  EXPECT_EQ(Counters(kCpu).page_ins, 1U);
}

TEST_P(Node, MemoryBeyondThePoolIsPagedOutAndComesBack) {
  ASSERT_TRUE(pool_->Enable().ok());
  for (std::uint32_t segment = 0; segment < 3 * kSlots; ++segment) {
    Write(kCpu, Base(kCpu) + segment * SegmentBytes() + 0x2040, SeededLine(segment + 1));
  }
  for (std::uint32_t segment = 0; segment < 3 * kSlots; ++segment) {
    ASSERT_EQ(Read(kCpu, Base(kCpu) + segment * SegmentBytes() + 0x2040).data, SeededLine(segment + 1)) << segment;
  }
  const drivers::PoolCounters counters = Counters(kCpu);
  EXPECT_GE(counters.pages_out_dirty, 2 * kSlots);
  EXPECT_GE(counters.page_ins, 2 * kSlots);
}

TEST_P(Node, SegmentsMoveBetweenSlotsOfTwoSpeedsWithAllThatIsInThem) {
  constexpr std::uint32_t kFastSlots = 4;
  constexpr std::uint32_t kSegments = kFastSlots + 2;
  ASSERT_TRUE(pool_->SetFastSlots(kFastSlots).ok());
  ASSERT_TRUE(pool_->Enable().ok());
  for (std::uint32_t segment = 0; segment < kSegments; ++segment) {
    Write(kCpu, Base(kCpu) + segment * SegmentBytes() + 0x2040, SeededLine(segment + 1));
  }
  const auto is_fast = [&](std::uint32_t segment) {
    const auto entry = pool_->ReadEntry(HostId(kCpu), segment, 0);
    EXPECT_TRUE(entry.ok() && entry->resident);
    return entry.ok() && entry->slot < kFastSlots;
  };
  for (std::uint32_t segment = 0; segment < kSegments; ++segment) EXPECT_EQ(is_fast(segment), segment < kFastSlots);
  EXPECT_TRUE(pool_->SetFastSlots(1).ok()) << "too late: it has no effect";
  EXPECT_FALSE(pool_->Move(HostId(kCpu), kFastSlots, true).ok()) << "no fast slot is free";
  EXPECT_TRUE(pool_->Move(HostId(kCpu), 1, false).ok());
  EXPECT_TRUE(pool_->Move(HostId(kCpu), kFastSlots, true).ok());
  EXPECT_FALSE(is_fast(1));
  EXPECT_TRUE(is_fast(kFastSlots));
  for (std::uint32_t segment = 0; segment < kSegments; ++segment) {
    ASSERT_EQ(Read(kCpu, Base(kCpu) + segment * SegmentBytes() + 0x2040).data, SeededLine(segment + 1)) << segment;
  }
  EXPECT_EQ(Counters(kCpu).page_ins, 0U);
}

TEST_P(Node, CleanPagesAreDroppedWithoutAWrite) {
  const std::vector<bool> all(SegmentBytes() / kPageBytes, true);
  for (std::uint32_t segment = 0; segment < 3 * kSlots; ++segment) {
    ASSERT_TRUE(pool_->DeclareOnBulk(HostId(kCpu), segment, all).ok());
  }
  ASSERT_TRUE(pool_->Enable().ok());
  for (std::uint32_t segment = 0; segment < 3 * kSlots; ++segment) Read(kCpu, Base(kCpu) + segment * SegmentBytes());
  EXPECT_EQ(Counters(kCpu).pages_out_dirty, 0U);
  EXPECT_GE(Counters(kCpu).pages_dropped_clean, 2 * kSlots);
}

TEST_P(Node, ADevicesAddressesGoThroughItsTables) {
  ASSERT_TRUE(pool_->Enable().ok());
  const std::uint64_t tables = Base(kDevice) + 64 * SegmentBytes();
  drivers::IommuDriver iommu(*platform_, HostId(kDevice), HostPhysAddr(tables), 64);
  ASSERT_TRUE(iommu.SetBare().ok());
  ASSERT_TRUE(iommu.Prepare().ok());
  const DeviceId device(5);
  const std::uint64_t target = Base(kDevice) + 7 * kPageBytes;
  ASSERT_TRUE(Write(kDevice, target + 0x80, SeededLine(9)).status == LineStatus::kOk);
  const drivers::SingleStage stage{.mode = drivers::kSv39,
                                   .mappings = {{Iova(0x40'0000'0000 - 0x1'0000'0000), HostPhysAddr(target)}}};
  const Status added = iommu.AddDevice(device, stage);
  ASSERT_TRUE(added.ok()) << added.message();
  ASSERT_TRUE(iommu.EnableDirectory().ok());

  const hal::Completion mapped = Read(kDevice, 0x40'0000'0000 - 0x1'0000'0000 + 0x80, device);
  EXPECT_EQ(mapped.status, LineStatus::kOk);
  EXPECT_EQ(mapped.data, SeededLine(9));
  const hal::Completion again = Read(kDevice, 0x40'0000'0000 - 0x1'0000'0000 + 0x80, device);
  EXPECT_FALSE(again.walked);
  // A page that is not mapped, then a device that has no context: one fault record each.
  EXPECT_EQ(Read(kDevice, 0x5000, device).status, LineStatus::kPoison);
  EXPECT_EQ(Read(kDevice, 0x5000, DeviceId(6)).status, LineStatus::kPoison);
  const Result<std::uint32_t> faults = iommu.PendingFaults();
  ASSERT_TRUE(faults.ok());
  EXPECT_EQ(*faults, 2U);
}

// The driver's daily work: three levels of a directory, a page taken from a device while another device keeps its own.
TEST_P(Node, AnUnmappedPageIsGoneAndReported) {
  ASSERT_TRUE(pool_->Enable().ok());
  drivers::IommuDriver iommu(*platform_, HostId(kDevice), HostPhysAddr(Base(kDevice) + 64 * SegmentBytes()), 64);
  ASSERT_TRUE(iommu.SetBare().ok());
  ASSERT_TRUE(iommu.Prepare().ok());
  const std::uint64_t iova = 0x1000'0000;
  for (const std::uint32_t device : {3, 4}) {
    const std::uint64_t target = Base(kDevice) + device * kPageBytes;
    ASSERT_EQ(Write(kDevice, target, SeededLine(device)).status, LineStatus::kOk);
    const drivers::SingleStage stage{.mode = drivers::kSv39, .mappings = {{Iova(iova), HostPhysAddr(target)}}};
    ASSERT_TRUE(iommu.AddDevice(DeviceId(device), stage).ok());
  }
  ASSERT_TRUE(iommu.EnableDirectory().ok());
  EXPECT_EQ(iommu.directory_levels(), 3);
  EXPECT_EQ(Read(kDevice, iova, DeviceId(3)).data, SeededLine(3));
  ASSERT_TRUE(iommu.Unmap(DeviceId(3), Iova(iova)).ok());
  EXPECT_EQ(Read(kDevice, iova, DeviceId(3)).status, LineStatus::kPoison);  // SLVERR at AXI
  EXPECT_EQ(Read(kDevice, iova, DeviceId(4)).data, SeededLine(4));
  const Result<std::vector<drivers::IommuFault>> faults = iommu.TakeFaults();
  ASSERT_TRUE(faults.ok());
  ASSERT_EQ(faults->size(), 1U);
  EXPECT_EQ((*faults)[0].cause, 13U);
  EXPECT_EQ((*faults)[0].device, DeviceId(3));
  EXPECT_EQ((*faults)[0].iova, iova);
}

TEST_P(Node, PageTablesMayBePagedOutThemselves) {
  ASSERT_TRUE(pool_->Enable().ok());
  drivers::IommuDriver iommu(*platform_, HostId(kDevice), HostPhysAddr(Base(kDevice)), 16);
  ASSERT_TRUE(iommu.SetBare().ok());
  ASSERT_TRUE(iommu.Prepare().ok());
  const DeviceId device(1);
  const drivers::SingleStage stage{
      .mode = drivers::kSv39,
      .mappings = {
          {.from = Iova(0), .to = HostPhysAddr(Base(kDevice) + 16 * SegmentBytes()), .size_bytes = 512 * kPageBytes}}};
  const Status added = iommu.AddDevice(device, stage);
  ASSERT_TRUE(added.ok()) << added.message();
  ASSERT_TRUE(iommu.EnableDirectory().ok());
  // A CPU's traffic pushes everything out: the tables, the directory and the queues too.
  for (std::uint32_t segment = 0; segment < 2 * kSlots; ++segment) {
    Write(kCpu, Base(kCpu) + segment * SegmentBytes(), SeededLine(segment));
  }
  EXPECT_EQ(Write(kDevice, 300 * kPageBytes, SeededLine(77), device).status, LineStatus::kOk);
  EXPECT_EQ(Read(kDevice, 300 * kPageBytes, device).data, SeededLine(77));
}

TEST_P(Node, IdentifiesItself) {
  const auto word = platform_->ReadRegister(hal::Aperture::Management(), node_registers::id::kOffset);
  ASSERT_TRUE(word.ok());
  EXPECT_EQ(*word, node_registers::id::kReset);
  EXPECT_EQ(platform_->parameters().hosts, 4U);
}

TEST_P(Node, AHostReachesItsOwnRegistersOnly) {
  constexpr std::uint32_t kPoolPart = 0x1000;
  constexpr std::uint32_t kBeyond = 0x2000;
  EXPECT_TRUE(platform_->ReadRegister(hal::Aperture::Host(HostId(kDevice)), 0).ok());
  EXPECT_TRUE(platform_->ReadRegister(hal::Aperture::Host(HostId(kCpu)), kPoolPart).ok());
  EXPECT_FALSE(platform_->ReadRegister(hal::Aperture::Host(HostId(kCpu)), kBeyond).ok());
  EXPECT_FALSE(platform_->ReadRegister(hal::Aperture::Host(HostId(kCpu)), 0).ok());  // it has no IOMMU
}

// A host with devices behind page tables, beside one whose addresses pass untranslated and show where things lie.
class TranslatingNode : public NodeScenario {
 protected:
  static constexpr DeviceId kBare{50};

  void SetUp() override {
    NodeScenario::SetUp();
    ASSERT_TRUE(pool_->Enable().ok());
    iommu_ = std::make_unique<drivers::IommuDriver>(*platform_, HostId(kDevice), HostPhysAddr(Tables()), 512);
    ASSERT_TRUE(iommu_->SetBare().ok());
    ASSERT_TRUE(iommu_->Prepare().ok());
    ASSERT_TRUE(iommu_->AddBareDevice(kBare).ok());
  }
  std::uint64_t Tables() const { return Base(kDevice) + 96 * SegmentBytes(); }
  static HostPhysAddr HostPage(std::uint64_t page) { return HostPhysAddr(Base(kDevice) + page * kPageBytes); }

  // What lies at a host physical address.
  Line Lies(HostPhysAddr address) { return Read(kDevice, address.value(), kBare).data; }
  void Put(HostPhysAddr address, const Line& line) {
    ASSERT_EQ(Write(kDevice, address.value(), line, kBare).status, LineStatus::kOk);
  }
  static void Expect(const Status& status) { ASSERT_TRUE(status.ok()) << status.message(); }

  // One fault record, and no other. It may reach memory after the device has its answer.
  drivers::IommuFault TheFault() {
    const auto recorded = [this] {
      const Result<std::uint32_t> pending = iommu_->PendingFaults();
      return pending.ok() && *pending != 0;
    };
    Expect(hal::WaitUntil(*platform_, recorded, kCyclesMax, "fault record"));
    const Result<std::vector<drivers::IommuFault>> faults = iommu_->TakeFaults();
    EXPECT_TRUE(faults.ok());
    if (!faults.ok() || faults->size() != 1) {
      ADD_FAILURE() << "not one fault record";
      return {};
    }
    return faults->front();
  }

  std::unique_ptr<drivers::IommuDriver> iommu_;
};

// Several pairs of modes, each a guest of its own; the second stage leads elsewhere than the guest thinks.
TEST_P(TranslatingNode, AGuestsDeviceGoesThroughTwoStages) {
  struct Pair {
    drivers::PagingMode first, second;
    std::uint64_t first_page_bytes, second_page_bytes;
  };
  const Pair pairs[] = {{drivers::kSv39, drivers::kSv39x4, drivers::kPage4KiB, drivers::kPage4KiB},
                        {drivers::kSv48, drivers::kSv57x4, drivers::kPage64KiB, drivers::kPage2MiB},
                        {drivers::kSv57, drivers::kSv48x4, drivers::kPage2MiB, drivers::kPage64KiB}};
  std::uint32_t number = 1;
  for (const Pair& pair : pairs) {
    const GuestId guest(number);
    const DeviceId device(number);
    const Iova iova(0x12'0000'0000 + number * drivers::kPage1GiB);
    const GuestPhysAddr guest_memory(0x180'0000'0000 + number * drivers::kPage1GiB);
    const HostPhysAddr memory(Base(kDevice) + (number - 1) * drivers::kPage2MiB);
    const GuestPhysAddr guest_tables(0x7000'0000);
    Expect(iommu_->AddGuest(guest, {pair.second, {{guest_memory, memory, drivers::kPage2MiB, pair.second_page_bytes}}},
                            guest_tables));
    Expect(iommu_->AddGuestDevice(device, guest,
                                  {pair.first, {{iova, guest_memory, drivers::kPage2MiB, pair.first_page_bytes}}}));
    ++number;
  }
  Expect(iommu_->EnableDirectory());
  for (number = 1; number <= std::size(pairs); ++number) {
    const std::uint64_t iova = 0x12'0000'0000 + number * drivers::kPage1GiB;
    for (const std::uint64_t inside : {std::uint64_t{0x40}, 0x1'3580 + std::uint64_t{number} * kPageBytes}) {
      const HostPhysAddr place(Base(kDevice) + (number - 1) * drivers::kPage2MiB + inside);
      Put(place, SeededLine(number));
      EXPECT_EQ(Read(kDevice, iova + inside, DeviceId(number)).data, SeededLine(number));
      EXPECT_EQ(Write(kDevice, iova + inside, SeededLine(100 + number), DeviceId(number)).status, LineStatus::kOk);
      EXPECT_EQ(Lies(place), SeededLine(100 + number));
    }
  }
  EXPECT_EQ(*iommu_->PendingFaults(), 0U);
}

TEST_P(TranslatingNode, ADeviceUnderASecondStageAloneSendsGuestAddresses) {
  const GuestPhysAddr guest_memory(0x8000'0000);
  Expect(iommu_->AddGuest(GuestId(1), {drivers::kSv39x4, {{guest_memory, HostPage(3)}}}, GuestPhysAddr(0)));
  Expect(iommu_->AddBareGuestDevice(DeviceId(1), GuestId(1)));
  Expect(iommu_->EnableDirectory());
  Put(HostPage(3), SeededLine(5));
  EXPECT_EQ(Read(kDevice, guest_memory.value(), DeviceId(1)).data, SeededLine(5));
}

TEST_P(TranslatingNode, APageTakenFromAGuestIsGoneForItsDevicesAndNoOthers) {
  const Iova iova(0x5000'0000);
  const GuestPhysAddr guest_memory(0x8000'0000);
  // Guest 1 has devices 1 and 2, guest 2 has device 3; all use the same addresses.
  for (const std::uint32_t guest : {1, 2}) {
    Expect(iommu_->AddGuest(GuestId(guest), {drivers::kSv39x4, {{guest_memory, HostPage(guest), 2 * kPageBytes}}},
                            GuestPhysAddr(0x1000'0000)));
  }
  for (const std::uint32_t device : {1, 2, 3}) {
    Expect(iommu_->AddGuestDevice(DeviceId(device), GuestId(device == 3 ? 2 : 1),
                                  {drivers::kSv39, {{iova, guest_memory, 2 * kPageBytes}}}));
  }
  Expect(iommu_->EnableDirectory());
  for (const std::uint64_t page : {1, 2, 3}) Put(HostPage(page), SeededLine(page));
  for (const std::uint32_t device : {1, 2}) {
    EXPECT_EQ(Read(kDevice, iova.value(), DeviceId(device)).data, SeededLine(1));
  }
  EXPECT_EQ(Read(kDevice, iova.value(), DeviceId(3)).data, SeededLine(2));
  Expect(iommu_->UnmapGuest(GuestId(1), guest_memory));
  for (const std::uint32_t device : {1, 2}) {
    EXPECT_EQ(Read(kDevice, iova.value() + 0x80, DeviceId(device)).status, LineStatus::kPoison);
    const drivers::IommuFault fault = TheFault();
    EXPECT_EQ(fault.cause, 21U);  // read guest-page fault
    EXPECT_EQ(fault.device, DeviceId(device));
    EXPECT_EQ(fault.iova, iova.value() + 0x80);
    EXPECT_EQ(fault.iotval2, guest_memory.value() + 0x80);
    EXPECT_EQ(Read(kDevice, iova.value() + kPageBytes, DeviceId(device)).data, SeededLine(2));
  }
  EXPECT_EQ(Read(kDevice, iova.value(), DeviceId(3)).data, SeededLine(2));
}

TEST_P(TranslatingNode, APageTakenFromAGuestsDeviceIsGoneForThatDeviceAlone) {
  const Iova iova(0x5000'0000);
  const GuestPhysAddr guest_memory(0x8000'0000);
  Expect(iommu_->AddGuest(GuestId(1), {drivers::kSv39x4, {{guest_memory, HostPage(1)}}}, GuestPhysAddr(0x1000'0000)));
  for (const std::uint32_t device : {1, 2}) {
    Expect(iommu_->AddGuestDevice(DeviceId(device), GuestId(1), {drivers::kSv39, {{iova, guest_memory}}}));
  }
  Expect(iommu_->EnableDirectory());
  Put(HostPage(1), SeededLine(1));
  for (const std::uint32_t device : {1, 2}) {
    EXPECT_EQ(Read(kDevice, iova.value(), DeviceId(device)).data, SeededLine(1));
  }
  Expect(iommu_->Unmap(DeviceId(1), iova));
  EXPECT_EQ(Write(kDevice, iova.value(), SeededLine(9), DeviceId(1)).status, LineStatus::kPoison);
  EXPECT_EQ(TheFault().cause, 15U);  // write page fault, of the first stage
  EXPECT_EQ(Read(kDevice, iova.value(), DeviceId(2)).data, SeededLine(1));
}

// The window is smaller than 1 GiB: such a page reaches beyond it, which is the pool's to refuse.
TEST_P(TranslatingNode, PagesOfEachSizeLeadWhereTheyShouldUntilTheyAreTaken) {
  const DeviceId device(1);
  drivers::SingleStage stage{.mode = drivers::kSv39, .mappings = {}};
  for (const std::uint64_t size : drivers::kPageSizes) {
    const HostPhysAddr target(Base(kDevice) + (size < drivers::kPage1GiB ? size : 0));
    stage.mappings.push_back({Iova(4 * size + drivers::kPage1GiB * 8), target, size, size});
  }
  Expect(iommu_->AddDevice(device, stage));
  Expect(iommu_->EnableDirectory());
  const auto inside = [](std::uint64_t size) { return (size < drivers::kPage1GiB ? size / 2 : 0x34'5000) + 0x40; };
  for (const auto& [from, to, size, page_bytes] : stage.mappings) {
    Put(HostPhysAddr(to.value() + inside(size)), SeededLine(size));
    EXPECT_EQ(Read(kDevice, from.value() + inside(size), device).data, SeededLine(size)) << size;
  }
  for (const auto& [from, to, size, page_bytes] : stage.mappings) {
    EXPECT_EQ(Read(kDevice, from.value() + inside(size), device).data, SeededLine(size)) << size;
    Expect(iommu_->Unmap(device, Iova(from.value() + kPageBytes * (size / kPageBytes - 1))));
    EXPECT_EQ(Read(kDevice, from.value() + inside(size), device).status, LineStatus::kPoison) << size;
    EXPECT_EQ(TheFault().cause, 13U);
  }
}

std::string PlatformName(const testing::TestParamInfo<PlatformKind>& info) {
  switch (info.param) {
    case PlatformKind::kRtl:
      return "rtl";
    case PlatformKind::kModel:
      return "model";
    case PlatformKind::kTlm:
      break;
  }
  return "tlm";
}

INSTANTIATE_TEST_SUITE_P(On, Node, testing::Values(PlatformKind::kRtl, PlatformKind::kModel, PlatformKind::kTlm),
                         PlatformName);
INSTANTIATE_TEST_SUITE_P(On, TranslatingNode,
                         testing::Values(PlatformKind::kRtl, PlatformKind::kModel, PlatformKind::kTlm), PlatformName);

// A rule shaved by one clock in the controller's registers is caught on the pins.
class NodeTiming : public NodeScenario {
 protected:
  void TearDown() override {}
};

TEST_P(NodeTiming, OneClockTooFewFromActivateToReadIsCaught) {
  const std::uint32_t bank = drivers::ChannelDriver::Base(0) + channel_registers::timing_bank::kOffset;
  ASSERT_TRUE(pool_->Enable().ok());
  const auto timing = platform_->ReadRegister(hal::Aperture::Management(), bank);
  ASSERT_TRUE(timing.ok());
  const std::uint32_t shaved = *timing - (1U << channel_registers::timing_bank::Rcd::kShift);
  ASSERT_TRUE(platform_->WriteRegister(hal::Aperture::Management(), bank, shaved).ok());
  // The first is answered from what the channel has yet to write.
  for (std::uint32_t segment = 0; segment < 4 && platform_->Health().ok(); ++segment) {
    const hal::Access read = {.op = Op::kRead, .addr = Base(kCpu) + segment * SegmentBytes()};
    if (!hal::Perform(*platform_, HostId(kCpu), read, kCyclesMax).ok()) break;
  }
  ASSERT_FALSE(platform_->Health().ok());
  EXPECT_NE(platform_->Health().message().find("memory timing"), std::string::npos) << platform_->Health().message();
}

INSTANTIATE_TEST_SUITE_P(On, NodeTiming, testing::Values(PlatformKind::kRtl), PlatformName);

}  // namespace
}  // namespace tarn
