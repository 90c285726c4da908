// Scenarios that every platform must pass: software's view alone, through registers and host ports.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "models/common/random.h"
#include "models/iommu/iommu_registers.h"
#include "models/pool/pool_host_registers.h"
#include "models/pool/pool_registers.h"
#include "models/pool/replacement_checker.h"
#include "sw/drivers/channel_driver.h"
#include "sw/drivers/iommu_driver.h"
#include "sw/drivers/pool_driver.h"
#include "sw/hal/platform.h"
#include "sw/hal/wait.h"

namespace tarn::scenarios {

inline constexpr std::uint64_t kBase = 0x4000'0000;
inline constexpr std::uint32_t kSegments = 32;
inline constexpr std::uint32_t kSlots = 16;
inline constexpr std::uint64_t kCyclesMax = 10'000'000;
inline constexpr std::uint32_t kCpu = 0;     // a host without an IOMMU
inline constexpr std::uint32_t kDevice = 2;  // one with

// Initial content of bulk: each byte a function of its place.
inline void FillPage(LogicalPage page, std::span<std::uint8_t, kPageBytes> bytes) {
  Random random(page.value());
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.Next());
}
inline Line InitialLine(std::uint32_t host, std::uint64_t window_offset) {
  std::array<std::uint8_t, kPageBytes> page;
  FillPage(LogicalPage(std::uint64_t{host} << 32 | window_offset / kPageBytes), page);
  Line line;
  std::memcpy(line.data(), page.data() + window_offset % kPageBytes, kLineBytes);
  return line;
}

#define TARN_ASSERT_OK(expression)                                            \
  do {                                                                        \
    const Status status_of_expression = (expression);                         \
    ASSERT_TRUE(status_of_expression.ok()) << status_of_expression.message(); \
  } while (false)

inline void BringUp(hal::Platform& platform) {
  drivers::PoolDriver pool(platform);
  TARN_ASSERT_OK(drivers::ChannelDriver(platform).WaitReady());
  TARN_ASSERT_OK(pool.WaitCleared());
  TARN_ASSERT_OK(pool.SetSlotsInService(kSlots));
  const std::vector<bool> all(platform.parameters().segment_bytes / kPageBytes, true);
  for (const std::uint32_t host : {kCpu, kDevice}) {
    TARN_ASSERT_OK(pool.SetWindow(HostId(host), HostPhysAddr(kBase), kSegments));
    for (std::uint32_t segment = 0; segment < kSegments; ++segment) {
      TARN_ASSERT_OK(pool.DeclareOnBulk(HostId(host), segment, all));
    }
  }
  TARN_ASSERT_OK(pool.Enable());
}

inline hal::Completion Do(hal::Platform& platform, std::uint32_t host, const hal::Access& access) {
  const Result<hal::Completion> completion = hal::Perform(platform, HostId(host), access, kCyclesMax);
  EXPECT_TRUE(completion.ok());
  return completion.ok() ? *completion : hal::Completion{};
}
inline hal::Completion Read(hal::Platform& platform, std::uint32_t host, std::uint64_t addr, std::uint32_t device = 0) {
  hal::Access access;
  access.addr = addr;
  access.device = DeviceId(device);
  return Do(platform, host, access);
}
inline hal::Completion Write(hal::Platform& platform, std::uint32_t host, std::uint64_t addr, const Line& data,
                             std::uint64_t mask = ~std::uint64_t{0}, std::uint32_t device = 0) {
  hal::Access access;
  access.op = mask == ~std::uint64_t{0} ? Op::kWrite : Op::kPartialWrite;
  access.addr = addr;
  access.mask = mask;
  access.data = data;
  access.device = DeviceId(device);
  return Do(platform, host, access);
}

// A page-in on first touch, a hit afterwards; both say which they were.
inline void FirstTouchPagesIn(hal::Platform& platform) {
  BringUp(platform);
  const hal::Completion first = Read(platform, kCpu, kBase + 0x5040);
  EXPECT_EQ(first.status, LineStatus::kOk);
  EXPECT_TRUE(first.paged);
  EXPECT_EQ(first.data, InitialLine(kCpu, 0x5040));
  const hal::Completion second = Read(platform, kCpu, kBase + 0x5080);
  EXPECT_FALSE(second.paged);
  EXPECT_EQ(second.data, InitialLine(kCpu, 0x5080));
  EXPECT_LT(second.completed_cycle - second.submitted_cycle, first.completed_cycle - first.submitted_cycle);
}

inline void OutsideTheWindowIsAnAccessError(hal::Platform& platform) {
  BringUp(platform);
  EXPECT_EQ(Read(platform, kCpu, kBase - 64).status, LineStatus::kAccessError);
  EXPECT_EQ(Read(platform, kCpu, kBase + kSegments * platform.parameters().segment_bytes).status,
            LineStatus::kAccessError);
  const Result<std::uint32_t> events =
      platform.ReadRegister(hal::Aperture::Host(HostId(kCpu)), 0x1000 + pool_host_registers::events::kOffset);
  ASSERT_TRUE(events.ok());
  EXPECT_NE(*events & pool_host_registers::events::AccessError::kMask, 0u);
}

// Random reads and writes over twice the pool, against a flat map; replacement checked by its probe.
inline void RandomTrafficReadsWhatWasWritten(hal::Platform& platform, int accesses) {
  BringUp(platform);
  pool::ReplacementChecker checker(kSlots);
  Status policy;
  platform.set_probe_listener([&](const pool::PoolProbe& event, std::uint64_t) {
    if (policy.ok()) policy = checker.Observe(event);
  });
  const std::uint64_t segment_bytes = platform.parameters().segment_bytes;
  Random random(11);
  std::map<std::uint64_t, Line> flat;
  for (int step = 0; step < accesses; ++step) {
    const std::uint64_t offset =
        random.Below(kSegments) * segment_bytes + random.Below(4) * kPageBytes + random.Below(64) * kLineBytes;
    const auto found = flat.try_emplace(offset, InitialLine(kCpu, offset)).first;
    if (random.Percent(40)) {
      const Line data = SeededLine(static_cast<std::uint64_t>(step));
      const std::uint64_t mask = random.Percent(50) ? ~std::uint64_t{0} : random.Next();
      ASSERT_EQ(Write(platform, kCpu, kBase + offset, data, mask).status, LineStatus::kOk);
      MergeLine(found->second, data, mask);
    } else {
      const hal::Completion completion = Read(platform, kCpu, kBase + offset);
      ASSERT_EQ(completion.status, LineStatus::kOk);
      ASSERT_EQ(completion.data, found->second) << "step " << step;
    }
  }
  if (policy.ok()) policy = platform.PolicyHealth();
  EXPECT_TRUE(policy.ok()) << (policy.ok() ? "" : policy.message());
  EXPECT_GT(checker.evictions(), 10u);
  TARN_ASSERT_OK(platform.Health());
}

// A device behind its IOMMU: bare, then Sv39 tables that the driver writes through the port; a page that is not mapped
// is refused and reported.
inline void ADeviceTranslates(hal::Platform& platform) {
  BringUp(platform);
  const std::uint64_t segment_bytes = platform.parameters().segment_bytes;
  const std::uint64_t tables = kBase + 24 * segment_bytes;
  drivers::IommuDriver iommu(platform, HostId(kDevice), HostPhysAddr(tables), 64);
  TARN_ASSERT_OK(iommu.SetBare());
  EXPECT_EQ(Read(platform, kDevice, kBase + 64).data, InitialLine(kDevice, 64));
  TARN_ASSERT_OK(iommu.Prepare());
  drivers::SingleStage stage{.mode = drivers::kSv39, .mappings = {}};
  for (std::uint64_t page = 0; page < 8; ++page) {
    stage.mappings.push_back({Iova(0x1000'0000 + page * kPageBytes), HostPhysAddr(kBase + (7 - page) * kPageBytes)});
  }
  TARN_ASSERT_OK(iommu.AddDevice(DeviceId(3), stage));
  TARN_ASSERT_OK(iommu.EnableDirectory());
  for (std::uint64_t page = 0; page < 8; ++page) {
    const hal::Completion completion = Read(platform, kDevice, 0x1000'0000 + page * kPageBytes + 192, 3);
    EXPECT_EQ(completion.status, LineStatus::kOk);
    EXPECT_EQ(completion.data, InitialLine(kDevice, (7 - page) * kPageBytes + 192));
  }
  EXPECT_EQ(Read(platform, kDevice, 0x2000'0000, 3).status, LineStatus::kPoison);  // SLVERR at AXI
  const Result<std::uint32_t> faults = iommu.PendingFaults();
  ASSERT_TRUE(faults.ok());
  EXPECT_EQ(*faults, 1u);
}

// The driver's daily work: a page is taken from a device and nothing else is; what it then asks for is reported.
inline void AnUnmappedPageIsGoneAndReported(hal::Platform& platform) {
  BringUp(platform);
  drivers::IommuDriver iommu(platform, HostId(kDevice), HostPhysAddr(kBase + 24 * platform.parameters().segment_bytes),
                             64);
  TARN_ASSERT_OK(iommu.SetBare());
  TARN_ASSERT_OK(iommu.Prepare());
  const std::uint64_t iova = 0x1000'0000;
  for (const std::uint32_t device : {3, 4}) {
    const std::uint64_t target = kBase + device * 16 * kPageBytes;
    const drivers::SingleStage stage{.mode = drivers::kSv39,
                                     .mappings = {{Iova(iova), HostPhysAddr(target), 2 * kPageBytes}}};
    TARN_ASSERT_OK(iommu.AddDevice(DeviceId(device), stage));
  }
  TARN_ASSERT_OK(iommu.EnableDirectory());
  EXPECT_EQ(iommu.directory_levels(), 3);
  EXPECT_EQ(Read(platform, kDevice, iova, 3).data, InitialLine(kDevice, 48 * kPageBytes));
  TARN_ASSERT_OK(iommu.Unmap(DeviceId(3), Iova(iova)));
  EXPECT_FALSE(iommu.Unmap(DeviceId(3), Iova(iova)).ok());
  EXPECT_EQ(Read(platform, kDevice, iova + 64, 3).status, LineStatus::kPoison);  // SLVERR at AXI
  EXPECT_EQ(Read(platform, kDevice, iova + kPageBytes, 3).data, InitialLine(kDevice, 49 * kPageBytes));
  EXPECT_EQ(Read(platform, kDevice, iova, 4).data, InitialLine(kDevice, 64 * kPageBytes));
  const Result<std::vector<drivers::IommuFault>> faults = iommu.TakeFaults();
  ASSERT_TRUE(faults.ok());
  ASSERT_EQ(faults->size(), 1u);
  EXPECT_EQ((*faults)[0].cause, 13u);
  EXPECT_EQ((*faults)[0].device, DeviceId(3));
  EXPECT_EQ((*faults)[0].iova, iova + 64);
  EXPECT_EQ(*iommu.PendingFaults(), 0u);
}

// Many accesses in flight come back once each.
inline void EveryAccessIsAnsweredOnce(hal::Platform& platform) {
  BringUp(platform);
  std::set<std::uint64_t> pending;
  std::uint64_t next = 0;
  std::uint64_t answered = 0;
  const std::uint64_t start = platform.cycle();
  while (answered < 2000) {
    hal::Completion completion;
    while (platform.PopCompletion(HostId(kCpu), completion)) {
      ASSERT_EQ(pending.erase(completion.id), 1u);
      ASSERT_EQ(completion.data, InitialLine(kCpu, completion.id * kLineBytes));
      ++answered;
    }
    while (next < 2000) {
      hal::Access access;
      access.id = next;
      access.addr = kBase + next * kLineBytes;
      if (!platform.TrySubmit(HostId(kCpu), access)) break;
      pending.insert(next++);
    }
    ASSERT_LT(platform.cycle() - start, kCyclesMax);
    platform.Advance();
  }
  EXPECT_TRUE(pending.empty());
}

// Gives a segment back: it reads as zero.
inline void AReleasedSegmentReadsAsZero(hal::Platform& platform) {
  BringUp(platform);
  const auto host = hal::Aperture::Host(HostId(kCpu));
  ASSERT_EQ(Write(platform, kCpu, kBase, SeededLine(1)).status, LineStatus::kOk);
  TARN_ASSERT_OK(platform.WriteRegister(host, 0x1000 + pool_host_registers::release_segment::kOffset, 0));
  TARN_ASSERT_OK(platform.WriteRegister(host, 0x1000 + pool_host_registers::release_command::kOffset, 1));
  const auto released = [&] {
    const Result<std::uint32_t> events = platform.ReadRegister(host, 0x1000 + pool_host_registers::events::kOffset);
    return events.ok() && (*events & pool_host_registers::events::Released::kMask) != 0;
  };
  TARN_ASSERT_OK(hal::WaitUntil(platform, released, kCyclesMax, "end of the release"));
  EXPECT_EQ(Read(platform, kCpu, kBase).data, Line{});
  EXPECT_EQ(Read(platform, kCpu, kBase + kPageBytes).data, Line{});
}

inline void RegistersOutsideABlockAreErrors(hal::Platform& platform) {
  EXPECT_FALSE(platform.ReadRegister(hal::Aperture::Management(), 0x8000).ok());
  EXPECT_FALSE(platform.ReadRegister(hal::Aperture::Host(HostId(kCpu)), 0x0).ok());  // no IOMMU there
  const Result<std::uint32_t> magic = platform.ReadRegister(hal::Aperture::Management(), 0);
  ASSERT_TRUE(magic.ok());
  EXPECT_EQ(*magic, 0x4e524154u);
}

}  // namespace tarn::scenarios
