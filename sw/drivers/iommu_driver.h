// Brings a host's IOMMU up and works with it, as the RISC-V IOMMU Architecture's software guidelines (chapter 8) and
// Linux's driver do: looks at what the unit can do, tries a directory of three levels and falls back to fewer, sizes
// the queues, maps, unmaps with IOTINVAL.VMA and IOFENCE.C, and takes fault records. Tables lie in the host's own
// memory and are written through the host's own port: untranslated at first, later by a device of the driver's own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/common/result.h"
#include "sw/drivers/sv39_table.h"
#include "sw/hal/platform.h"

namespace tarn::drivers {

// A fault that the unit has recorded (section 4.2).
struct IommuFault {
  std::uint32_t cause = 0;
  DeviceId device;
  std::uint64_t iova = 0;
};

class IommuDriver {
 public:
  // Devices 0 to 62 fill one page of the directory's last level in either format, with the driver's own behind them.
  static constexpr std::uint32_t kDevicesMax = 63;
  static constexpr std::uint64_t kPagesForQueues = 5;  // three levels of a directory, command queue, fault queue

  // memory: pages of the host for tables and queues, [first, first + pages x 4096).
  IommuDriver(hal::Platform& platform, HostId host, HostPhysAddr memory, std::uint64_t pages)
      : platform_(platform), host_(host), next_page_(memory), memory_end_(memory.value() + pages * kPageBytes) {}

  // Requests pass untranslated. Needed before anything can be written through the port.
  Status SetBare();
  // Looks at what the unit can do; queues and an empty directory. REQUIRES: SetBare.
  Status Prepare();
  // One device's mappings of 4 KiB pages, (virtual address, host physical address), ascending. REQUIRES: Prepare.
  Status AddDevice(DeviceId device, const std::vector<std::pair<std::uint64_t, HostPhysAddr>>& mappings);
  // A device whose addresses pass untranslated. REQUIRES: Prepare.
  Status AddBareDevice(DeviceId device);
  // From here on every request is translated by its device's context. The directory has as many levels as the unit
  // takes, at most three.
  Status EnableDirectory();
  int directory_levels() const { return directory_levels_; }

  // Takes a page from a device: when it returns, no request of the device reaches it any more, and those that did are
  // done. REQUIRES: EnableDirectory; AddDevice mapped the page.
  Status Unmap(DeviceId device, std::uint64_t virtual_addr);

  // Fault records waiting in the queue.
  Result<std::uint32_t> PendingFaults();
  // Takes them. REQUIRES: EnableDirectory.
  Result<std::vector<IommuFault>> TakeFaults();

 private:
  static constexpr std::uint32_t kOwnDevice = kDevicesMax;  // its requests pass untranslated

  Status Probe();
  Status WaitForBit(std::uint32_t offset, std::uint32_t bit, bool value, const std::string& what);
  Result<HostPhysAddr> TakePage();
  Status WritePage(HostPhysAddr page, const std::uint64_t* words);
  Status WriteLine(HostPhysAddr line, const std::uint64_t* words);
  Status WriteBytes(std::uint64_t address, const std::uint64_t* words, std::uint64_t size_bytes);
  Result<Line> ReadLine(std::uint64_t address);
  Status WriteDeviceContext(DeviceId device, std::uint64_t first_stage);
  Status Command(std::uint64_t low, std::uint64_t high);
  Status RunCommands();
  Status Failed(const std::string& what) const;

  hal::Platform& platform_;
  HostId host_;
  HostPhysAddr next_page_;
  std::uint64_t memory_end_;
  std::uint64_t context_bytes_ = 0;
  HostPhysAddr directory_[3];  // a page a level, the contexts' first
  int directory_levels_ = 0;
  HostPhysAddr commands_, faults_;
  std::uint32_t command_tail_ = 0;
  std::map<DeviceId, Sv39Table> tables_;
};

}  // namespace tarn::drivers
