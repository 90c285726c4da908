// The page tables of a host's devices and guests, and the memory they take: laid out here, written to memory and made
// known to the IOMMU by whoever drives it. Knows no platform, so that a plan can count pages ahead.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "models/common/result.h"
#include "models/common/units.h"
#include "sw/drivers/page_table.h"
#include "sw/drivers/paging_mode.h"

namespace tarn::drivers {

// `size_bytes` from `from` on are found at `to`, through pages of at most `page_bytes_max`.
template <typename From, typename To>
struct Mapping {
  From from;
  To to;
  std::uint64_t size_bytes = kPageBytes;
  std::uint64_t page_bytes_max = kPageBytes;
};

// One stage of translation as it is wanted.
template <typename From, typename To>
struct Stage {
  PagingMode mode;
  std::vector<Mapping<From, To>> mappings;
};
using SingleStage = Stage<Iova, HostPhysAddr>;
using GuestStage = Stage<Iova, GuestPhysAddr>;  // the first of two
using SecondStage = Stage<GuestPhysAddr, HostPhysAddr>;

// What a device context says of a device's tables.
struct DeviceTables {
  std::optional<PagingMode> first_mode;  // nothing: bare
  std::uint64_t first_root = 0;          // guest physical where there is a guest
  std::optional<GuestId> guest;
  std::optional<PagingMode> second_mode;
  HostPhysAddr second_root;
};

class TranslationTables {
 public:
  // A line that is to be written.
  struct TableLine {
    HostPhysAddr address;
    const std::uint64_t* words = nullptr;  // valid until the next call
  };
  struct Leaf {
    HostPhysAddr address;
    std::uint64_t entries = 0;
  };

  // memory: of the host, for tables, [memory, memory + size_bytes).
  TranslationTables(HostPhysAddr memory, std::uint64_t size_bytes)
      : begin_(memory.value()), next_(memory.value()), end_(memory.value() + size_bytes) {}
  TranslationTables(const TranslationTables&) = delete;  // tables allocate from it
  TranslationTables& operator=(const TranslationTables&) = delete;

  // The next free memory, aligned to its size.
  Result<HostPhysAddr> Take(std::uint64_t size_bytes);
  // From the start of the memory, gaps included.
  std::uint64_t used_bytes() const { return next_ - begin_; }

  // A guest's memory. `tables`: where, in its addresses, first-stage tables of its devices lie; nothing else is there.
  Status AddGuest(GuestId guest, const SecondStage& stage, GuestPhysAddr tables);
  Status AddDevice(DeviceId device, const SingleStage& stage);
  Status AddBareDevice(DeviceId device);
  // REQUIRES: AddGuest.
  Status AddGuestDevice(DeviceId device, GuestId guest, const GuestStage& stage);
  Status AddBareGuestDevice(DeviceId device, GuestId guest);

  Result<DeviceTables> TablesOf(DeviceId device) const;
  // Pages mapped by size, over all first stages, and all second ones.
  std::map<std::uint64_t, std::uint64_t> MappedInFirstStages() const;
  std::map<std::uint64_t, std::uint64_t> MappedInSecondStages() const;

  Result<Leaf> Unmap(DeviceId device, Iova iova);
  Result<Leaf> UnmapGuest(GuestId guest, GuestPhysAddr address);

  std::vector<TableLine> TakeChangedLines();

 private:
  struct Guest {
    PageTable table;
    std::uint64_t next_table = 0;                           // guest physical
    std::map<std::uint64_t, HostPhysAddr> pages_of_tables;  // guest physical page -> where it lies
  };
  struct Device {
    std::optional<PageTable> table;  // nothing: bare
    std::optional<GuestId> guest;
  };

  Result<PageTable> MakeTable(PagingMode mode);
  Result<Guest*> GuestOf(GuestId guest);
  Result<std::uint64_t> TakeGuestPage(Guest& guest);
  HostPhysAddr WhereLies(const Device& device, std::uint64_t address) const;

  std::uint64_t begin_;
  std::uint64_t next_;
  std::uint64_t end_;
  std::map<GuestId, Guest> guests_;
  std::map<DeviceId, Device> devices_;
};

}  // namespace tarn::drivers
