// Brings a host's IOMMU up (RISC-V IOMMU Architecture, "Software guidelines"): queues, a one-level device
// directory, Sv39 tables in the host's own memory, written through the host's own port.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/common/result.h"
#include "sw/drivers/sv39_table.h"
#include "sw/hal/platform.h"

namespace tarn::drivers {

class IommuDriver {
 public:
  static constexpr std::uint32_t kDevicesMax = 128;    // of a one-level directory, base format
  static constexpr std::uint64_t kPagesForQueues = 3;  // directory, command queue, fault queue

  // memory: pages of the host for tables and queues, [first, first + pages x 4096).
  IommuDriver(hal::Platform& platform, HostId host, HostPhysAddr memory, std::uint64_t pages)
      : platform_(platform), host_(host), next_page_(memory), memory_end_(memory.value() + pages * kPageBytes) {}

  // Requests pass untranslated. Needed before anything can be written through the port.
  Status SetBare();
  // Queues and an empty directory. REQUIRES: SetBare.
  Status Prepare();
  // One device's mappings of 4 KiB pages, (virtual address, host physical address), ascending. REQUIRES: Prepare.
  Status AddDevice(DeviceId device, const std::vector<std::pair<std::uint64_t, HostPhysAddr>>& mappings);
  // A device whose addresses pass untranslated. REQUIRES: Prepare.
  Status AddBareDevice(DeviceId device);
  // From here on every request is translated by its device's context.
  Status EnableDirectory();

  // Fault records waiting in the queue.
  Result<std::uint32_t> PendingFaults();

 private:
  Status WaitForBit(std::uint32_t offset, std::uint32_t bit, bool value, const std::string& what);
  Result<HostPhysAddr> TakePage();
  Status WritePage(HostPhysAddr page, const std::uint64_t* words);
  Status WriteLine(HostPhysAddr line, const std::uint64_t* words);
  Status WriteDeviceContext(DeviceId device, std::uint64_t first_stage);

  hal::Platform& platform_;
  HostId host_;
  HostPhysAddr next_page_;
  std::uint64_t memory_end_;
  HostPhysAddr directory_;
};

}  // namespace tarn::drivers
