// Moves whole pages between software and a host's memory, over any platform: through the page port where there is one,
// else line by line, as many in flight as the port takes. A node that does not answer within the watchdog's cycles is
// an error, and stays one: what it may still answer later is not looked at any more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/common/result.h"
#include "models/common/sparse_memory.h"
#include "sw/hal/page_port.h"
#include "sw/hal/platform.h"

namespace tarn::drivers {

class PageMover {
 public:
  static constexpr std::uint64_t kWatchdogCycles = 10'000'000;  // the pool's own bounds are far below

  // pages: the platform's page port; null: it has none. watchdog_cycles: in the node's cycles, for one page.
  // REQUIRES: nobody else submits accesses for the hosts that it is used with.
  PageMover(hal::Platform& platform, hal::PagePort* pages, std::uint64_t watchdog_cycles = kWatchdogCycles)
      : platform_(platform), pages_(pages), watchdog_cycles_(watchdog_cycles) {}

  // address: host physical, a multiple of 4096; of a port without an IOMMU.
  Status Read(HostId host, HostPhysAddr address, Page& page) { return Move(PlaceOf(host, address), false, page); }
  Status Write(HostId host, HostPhysAddr address, const Page& page) { return Send(PlaceOf(host, address), page); }
  // The same as a device, through the port's IOMMU: always line by line.
  Status Read(HostId host, DeviceId device, Iova iova, Page& page) {
    return Move({.host = host, .device = device, .address = iova.value()}, false, page);
  }
  Status Write(HostId host, DeviceId device, Iova iova, const Page& page) {
    return Send({.host = host, .device = device, .address = iova.value()}, page);
  }

 private:
  struct Place {
    HostId host;
    std::optional<DeviceId> device;
    std::uint64_t address = 0;
  };
  static Place PlaceOf(HostId host, HostPhysAddr address) { return {.host = host, .address = address.value()}; }
  static std::string Describe(const Place& place, bool write);
  Status Send(const Place& place, const Page& page);
  Status Move(const Place& place, bool write, Page& page);
  Status MoveLines(const Place& place, bool write, Page& page);
  void Submit(const Place& place, bool write, const Page& page);
  Status Collect(HostId host, bool write, Page& page);

  hal::Platform& platform_;
  hal::PagePort* pages_;
  std::uint64_t watchdog_cycles_;
  std::optional<Status> dead_;
  std::uint32_t submitted_ = 0;  // lines of the page under way
  std::uint32_t answered_ = 0;
  Page outgoing_;
};

}  // namespace tarn::drivers
