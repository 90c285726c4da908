#include "sw/replay/bring_up.h"

#include <algorithm>

#include "sw/drivers/iommu_driver.h"
#include "sw/drivers/pool_driver.h"

namespace tarn::replay {

namespace {

// Bulk holds the pages that programs touch, but for those that start as zero.
Status DeclareContent(drivers::PoolDriver& pool, const HostPlan& plan, const Content& content,
                      std::uint64_t segment_bytes) {
  const std::uint64_t pages_per_segment = segment_bytes / kPageBytes;
  std::vector<std::vector<bool>> on_bulk(plan.window_segments, std::vector<bool>(pages_per_segment));
  for (const Program& program : plan.programs) {
    program.VisitPages([&](std::uint64_t, std::uint64_t window_offset) {
      const std::uint64_t page = window_offset / kPageBytes;
      const LogicalPage logical(std::uint64_t{plan.host.value()} << 32 | page);
      if (!content.StartsZero(logical)) on_bulk[page / pages_per_segment][page % pages_per_segment] = true;
    });
  }
  for (std::uint32_t segment = 0; segment < plan.window_segments; ++segment) {
    if (std::ranges::find(on_bulk[segment], true) == on_bulk[segment].end()) continue;  // as the map stands after reset
    if (Status status = pool.DeclareOnBulk(plan.host, segment, on_bulk[segment]); !status.ok()) return status;
  }
  return {};
}

Status BringUpIommu(hal::Platform& platform, const HostPlan& plan) {
  const std::uint64_t table_segments = plan.window_segments - plan.program_segments;
  drivers::IommuDriver iommu(platform, plan.host, plan.HostAddress(plan.program_bytes()),
                             table_segments * plan.segment_bytes / kPageBytes,
                             drivers::IommuDriver::Memory::kReadsZero);
  if (Status status = iommu.SetBare(); !status.ok()) return status;
  if (Status status = iommu.Prepare(); !status.ok()) return status;
  if (Status status = AddDevices(plan, iommu); !status.ok()) return status;
  return iommu.EnableDirectory();
}

// Two speed classes. A move needs a free slot that no page-in waits for: some are kept free.
Status SetUpClasses(drivers::PoolDriver& pool, std::uint32_t slots, std::uint32_t fast_slots) {
  constexpr std::uint32_t kPageOutBelow = 8;  // slots free
  constexpr std::uint32_t kPageOutUpTo = 12;
  if (Status status = pool.SetFastSlots(fast_slots); !status.ok()) return status;
  if (slots < 4 * kPageOutUpTo) return {};  // too few to spare any
  return pool.SetPageOutMarks(slots - kPageOutBelow, slots - kPageOutUpTo);
}

}  // namespace

Status BringUp(hal::Platform& platform, const std::vector<HostPlan>& plans, const Content& content, std::uint32_t slots,
               std::uint32_t fast_slots) {
  drivers::PoolDriver pool(platform);
  if (Status status = pool.WaitCleared(); !status.ok()) return status;
  if (Status status = pool.SetSlotsInService(slots); !status.ok()) return status;
  if (fast_slots != 0) {
    if (Status status = SetUpClasses(pool, slots, fast_slots); !status.ok()) return status;
  }
  for (const HostPlan& plan : plans) {
    Status status =
        pool.SetWindow(plan.host, HostPhysAddr(plan.window_base), static_cast<std::uint32_t>(plan.window_segments));
    if (!status.ok()) return status;
    status = DeclareContent(pool, plan, content, platform.parameters().segment_bytes);
    if (!status.ok()) return status;
  }
  if (Status status = pool.Enable(); !status.ok()) return status;
  for (const HostPlan& plan : plans) {
    if (!plan.has_iommu) continue;
    if (Status status = BringUpIommu(platform, plan); !status.ok()) return status;
  }
  return {};
}

}  // namespace tarn::replay
