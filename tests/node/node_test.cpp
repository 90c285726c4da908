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
  const Status added = iommu.AddDevice(device, {{0x40'0000'0000 - 0x1'0000'0000, HostPhysAddr(target)}});
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
    ASSERT_TRUE(iommu.AddDevice(DeviceId(device), {{iova, HostPhysAddr(target)}}).ok());
  }
  ASSERT_TRUE(iommu.EnableDirectory().ok());
  EXPECT_EQ(iommu.directory_levels(), 3);
  EXPECT_EQ(Read(kDevice, iova, DeviceId(3)).data, SeededLine(3));
  ASSERT_TRUE(iommu.Unmap(DeviceId(3), iova).ok());
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
  std::vector<std::pair<std::uint64_t, HostPhysAddr>> mappings;
  mappings.reserve(512);
  for (std::uint64_t page = 0; page < 512; ++page) {
    mappings.emplace_back(page * kPageBytes, HostPhysAddr(Base(kDevice) + 16 * SegmentBytes() + page * kPageBytes));
  }
  const Status added = iommu.AddDevice(device, mappings);
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

// A rule shaved by one clock in the controller's registers is caught on the pins.
class NodeTiming : public NodeScenario {
 protected:
  void TearDown() override {}
};

TEST_P(NodeTiming, OneClockTooFewFromActivateToReadIsCaught) {
  constexpr std::uint32_t kLatency = 0x2000 + channel_registers::timing_latency::kOffset;
  ASSERT_TRUE(pool_->Enable().ok());
  const auto timing = platform_->ReadRegister(hal::Aperture::Management(), kLatency);
  ASSERT_TRUE(timing.ok());
  const std::uint32_t shaved = *timing - (1U << channel_registers::timing_latency::Rcd::kShift);
  ASSERT_TRUE(platform_->WriteRegister(hal::Aperture::Management(), kLatency, shaved).ok());
  const auto answer = hal::Perform(*platform_, HostId(kCpu), {.op = Op::kRead, .addr = Base(kCpu)}, kCyclesMax);
  EXPECT_FALSE(answer.ok() && platform_->Health().ok());
  EXPECT_NE(platform_->Health().message().find("memory timing"), std::string::npos) << platform_->Health().message();
}

INSTANTIATE_TEST_SUITE_P(On, NodeTiming, testing::Values(PlatformKind::kRtl), PlatformName);

}  // namespace
}  // namespace tarn
