// Brings a host's IOMMU up and works with it, as the RISC-V IOMMU Architecture's software guidelines (chapter 8) and
// Linux's driver do: looks at what the unit can do, tries a directory of three levels and falls back to fewer, sizes
// the queues, maps through one stage or two, unmaps with IOTINVAL.VMA or .GVMA and IOFENCE.C, and takes fault records.
// Tables lie in the host's own memory (a guest's first stages in what the guest has of it) and are written through the
// host's own port: untranslated at first, later by a device of the driver's own.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/drivers/translation_tables.h"
#include "sw/hal/platform.h"

namespace tarn::drivers {

// A fault that the unit has recorded (section 4.2).
struct IommuFault {
  std::uint32_t cause = 0;
  DeviceId device;
  std::uint64_t iova = 0;
  std::uint64_t iotval2 = 0;  // of a guest page fault: the guest physical address, but for its last two bits
};

class IommuDriver {
 public:
  // Devices 0 to 62 fill one page of the directory's last level in either format, with the driver's own behind them.
  static constexpr std::uint32_t kDevicesMax = 63;
  static constexpr std::uint64_t kPagesForQueues = 5;  // three levels of a directory, command queue, fault queue

  // What stands in the memory for tables and queues: anything, or zeros everywhere, as in pages that nobody wrote yet.
  // Then zeros need not be written, which is most of a table.
  enum class Memory : std::uint8_t { kAny, kReadsZero };

  // first, pages: memory of the host for tables and queues, [first, first + pages x 4096).
  IommuDriver(hal::Platform& platform, HostId host, HostPhysAddr first, std::uint64_t pages,
              Memory memory = Memory::kAny)
      : platform_(platform), host_(host), memory_(memory), tables_(first, pages * kPageBytes) {}

  // Requests pass untranslated. Needed before anything can be written through the port.
  Status SetBare();
  // Looks at what the unit can do; queues and an empty directory. REQUIRES: SetBare.
  Status Prepare();
  // A device whose addresses go through a first stage; one whose addresses pass untranslated. Errors: a mode that the
  // unit has not, mappings that no table can hold, no memory left. REQUIRES: Prepare.
  Status AddDevice(DeviceId device, const SingleStage& stage);
  Status AddBareDevice(DeviceId device);
  // A guest: what its physical addresses mean. Its devices' first-stage tables lie from `tables` on in its addresses,
  // where nothing else is. Guest and host numbers: GSCID below 65536. REQUIRES: Prepare.
  Status AddGuest(GuestId guest, const SecondStage& stage, GuestPhysAddr tables);
  // A guest's device: through a first stage of the guest's, or the second stage alone. REQUIRES: AddGuest.
  Status AddGuestDevice(DeviceId device, GuestId guest, const GuestStage& stage);
  Status AddBareGuestDevice(DeviceId device, GuestId guest);
  // From here on every request is translated by its device's context. The directory has as many levels as the unit
  // takes, at most three.
  Status EnableDirectory();
  int directory_levels() const { return directory_levels_; }

  // Takes a page, as large as it was mapped, from a device: when it returns, no request of the device reaches it any
  // more, and those that did are done. REQUIRES: EnableDirectory.
  Status Unmap(DeviceId device, Iova iova);
  // Takes a page from a guest: the same, for all of its devices. REQUIRES: EnableDirectory.
  Status UnmapGuest(GuestId guest, GuestPhysAddr address);

  // Fault records waiting in the queue.
  Result<std::uint32_t> PendingFaults();
  // Takes them. REQUIRES: EnableDirectory.
  Result<std::vector<IommuFault>> TakeFaults();

 private:
  static constexpr std::uint32_t kOwnDevice = kDevicesMax;  // its requests pass untranslated

  Status Probe();
  Status WaitForBit(std::uint32_t offset, std::uint32_t bit, bool value, const std::string& what);
  Status Require(PagingMode mode) const;
  Result<HostPhysAddr> TakeEmptyPage();
  Status WriteLines(const std::vector<TranslationTables::TableLine>& lines);
  bool IsThereAlready(const TranslationTables::TableLine& line);
  Status WriteBytes(std::uint64_t address, const std::uint64_t* words, std::uint64_t size_bytes);
  Result<Line> ReadLine(std::uint64_t address);
  Status WriteDeviceContext(DeviceId device, const DeviceTables& tables);
  Status CheckDevice(DeviceId device) const;
  Status Publish(DeviceId device, const Status& added);
  Status WriteChangedLines();
  Status Revoke(const TranslationTables::Leaf& leaf, std::uint64_t low, std::uint64_t high);
  Status Command(std::uint64_t low, std::uint64_t high);
  Status RunCommands();
  Status Failed(const std::string& what) const;

  hal::Platform& platform_;
  HostId host_;
  Memory memory_;
  std::set<std::uint64_t> written_;  // lines of tables, once they were written
  TranslationTables tables_;
  std::uint64_t capabilities_ = 0;
  std::uint64_t context_bytes_ = 0;
  HostPhysAddr directory_[3];  // a page a level, the contexts' first
  int directory_levels_ = 0;
  HostPhysAddr commands_, faults_;
  std::uint32_t command_tail_ = 0;
};

}  // namespace tarn::drivers
