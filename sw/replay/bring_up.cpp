#include "sw/replay/bring_up.h"

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
    if (Status status = pool.DeclareOnBulk(plan.host, segment, on_bulk[segment]); !status.ok()) return status;
  }
  return {};
}

Status BringUpIommu(hal::Platform& platform, const HostPlan& plan) {
  std::uint64_t program_segments = 0;
  for (const Program& program : plan.programs) program_segments += program.segments();
  const std::uint64_t segment_bytes = platform.parameters().segment_bytes;
  drivers::IommuDriver iommu(platform, plan.host, HostPhysAddr(plan.window_base + program_segments * segment_bytes),
                             (plan.window_segments - program_segments) * segment_bytes / kPageBytes);
  if (Status status = iommu.SetBare(); !status.ok()) return status;
  if (Status status = iommu.Prepare(); !status.ok()) return status;
  for (std::size_t program = 0; program < plan.programs.size(); ++program) {
    std::vector<std::pair<std::uint64_t, HostPhysAddr>> mappings;
    plan.programs[program].VisitPages([&](std::uint64_t program_addr, std::uint64_t window_offset) {
      mappings.emplace_back(program_addr, HostPhysAddr(plan.window_base + window_offset));
    });
    const DeviceId device = DeviceOfProgram(program);
    Status status = plan.translated ? iommu.AddDevice(device, mappings) : iommu.AddBareDevice(device);
    if (!status.ok()) return status;
  }
  return iommu.EnableDirectory();
}

}  // namespace

Status BringUp(hal::Platform& platform, const std::vector<HostPlan>& plans, const Content& content,
               std::uint32_t slots) {
  drivers::PoolDriver pool(platform);
  if (Status status = pool.WaitCleared(); !status.ok()) return status;
  if (Status status = pool.SetSlotsInService(slots); !status.ok()) return status;
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
