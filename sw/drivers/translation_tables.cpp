#include "sw/drivers/translation_tables.h"

#include <string>
#include <utility>

namespace tarn::drivers {

namespace {

template <typename From, typename To>
Status MapAll(PageTable& table, const std::vector<Mapping<From, To>>& mappings) {
  for (const Mapping<From, To>& mapping : mappings) {
    Status status =
        table.MapRange(mapping.from.value(), mapping.to.value(), mapping.size_bytes, mapping.page_bytes_max);
    if (!status.ok()) return status;
  }
  return {};
}

Status CheckStage(PagingMode mode, bool second_stage) {
  if (mode.second_stage == second_stage) return {};
  return Status::Error(mode.name() + " is not a mode of a " + (second_stage ? "second" : "first") + " stage");
}

}  // namespace

Result<HostPhysAddr> TranslationTables::Take(std::uint64_t size_bytes) {
  const std::uint64_t address = (next_ + size_bytes - 1) / size_bytes * size_bytes;
  if (address + size_bytes > end_) return Status::Error("no memory left for tables");
  next_ = address + size_bytes;
  return HostPhysAddr(address);
}

Result<PageTable> TranslationTables::MakeTable(PagingMode mode) {
  return PageTable::Create(mode, [this](std::uint64_t size_bytes) -> Result<std::uint64_t> {
    const Result<HostPhysAddr> memory = Take(size_bytes);
    if (!memory.ok()) return memory.status();
    return memory->value();
  });
}

// A page of the guest's for a table: taken from the host, and mapped for the guest.
Result<std::uint64_t> TranslationTables::TakeGuestPage(Guest& guest) {
  const Result<HostPhysAddr> page = Take(kPageBytes);
  if (!page.ok()) return page.status();
  const std::uint64_t guest_address = guest.next_table;
  if (Status status = guest.table.Map(guest_address, page->value(), kPageBytes); !status.ok()) return status;
  guest.next_table += kPageBytes;
  guest.pages_of_tables[guest_address] = *page;
  return guest_address;
}

Status TranslationTables::AddGuest(GuestId guest, const SecondStage& stage, GuestPhysAddr tables) {
  if (Status status = CheckStage(stage.mode, true); !status.ok()) return status;
  if (guests_.contains(guest)) return Status::Error("guest " + std::to_string(guest.value()) + " is there already");
  Result<PageTable> table = MakeTable(stage.mode);
  if (!table.ok()) return table.status();
  if (Status status = MapAll(*table, stage.mappings); !status.ok()) return status;
  guests_.emplace(guest, Guest{.table = std::move(*table), .next_table = tables.value(), .pages_of_tables = {}});
  return {};
}

Status TranslationTables::AddDevice(DeviceId device, const SingleStage& stage) {
  if (Status status = CheckStage(stage.mode, false); !status.ok()) return status;
  Result<PageTable> table = MakeTable(stage.mode);
  if (!table.ok()) return table.status();
  if (Status status = MapAll(*table, stage.mappings); !status.ok()) return status;
  devices_.insert_or_assign(device, Device{.table = std::move(*table), .guest = {}});
  return {};
}

Status TranslationTables::AddBareDevice(DeviceId device) {
  devices_.insert_or_assign(device, Device{});
  return {};
}

Status TranslationTables::AddGuestDevice(DeviceId device, GuestId guest, const GuestStage& stage) {
  if (Status status = CheckStage(stage.mode, false); !status.ok()) return status;
  const Result<Guest*> owner = GuestOf(guest);
  if (!owner.ok()) return owner.status();
  Result<PageTable> table = PageTable::Create(
      stage.mode, [this, owner](std::uint64_t) -> Result<std::uint64_t> { return TakeGuestPage(**owner); });
  if (!table.ok()) return table.status();
  if (Status status = MapAll(*table, stage.mappings); !status.ok()) return status;
  devices_.insert_or_assign(device, Device{.table = std::move(*table), .guest = guest});
  return {};
}

Status TranslationTables::AddBareGuestDevice(DeviceId device, GuestId guest) {
  const Result<Guest*> owner = GuestOf(guest);
  if (!owner.ok()) return owner.status();
  devices_.insert_or_assign(device, Device{.table = {}, .guest = guest});
  return {};
}

Result<TranslationTables::Guest*> TranslationTables::GuestOf(GuestId guest) {
  const auto place = guests_.find(guest);
  if (place == guests_.end()) return Status::Error("there is no guest " + std::to_string(guest.value()));
  return &place->second;
}

Result<DeviceTables> TranslationTables::TablesOf(DeviceId device) const {
  const auto place = devices_.find(device);
  if (place == devices_.end()) return Status::Error("there is no device " + std::to_string(device.value()));
  const Device& found = place->second;
  DeviceTables tables;
  if (found.table) {
    tables.first_mode = found.table->mode();
    tables.first_root = found.table->root();
  }
  if (found.guest) {
    const Guest& guest = guests_.at(*found.guest);
    tables.guest = found.guest;
    tables.second_mode = guest.table.mode();
    tables.second_root = HostPhysAddr(guest.table.root());
  }
  return tables;
}

std::map<std::uint64_t, std::uint64_t> TranslationTables::MappedInFirstStages() const {
  std::map<std::uint64_t, std::uint64_t> all;
  for (const auto& [id, device] : devices_) {
    if (!device.table) continue;
    for (const auto& [page_bytes, pages] : device.table->mapped()) all[page_bytes] += pages;
  }
  return all;
}

std::map<std::uint64_t, std::uint64_t> TranslationTables::MappedInSecondStages() const {
  std::map<std::uint64_t, std::uint64_t> all;
  for (const auto& [id, guest] : guests_) {
    for (const auto& [page_bytes, pages] : guest.table.mapped()) all[page_bytes] += pages;
  }
  return all;
}

HostPhysAddr TranslationTables::WhereLies(const Device& device, std::uint64_t address) const {
  if (!device.guest) return HostPhysAddr(address);
  const std::uint64_t inside = address % kPageBytes;
  return HostPhysAddr(guests_.at(*device.guest).pages_of_tables.at(address - inside).value() + inside);
}

Result<TranslationTables::Leaf> TranslationTables::Unmap(DeviceId device, Iova iova) {
  const auto place = devices_.find(device);
  if (place == devices_.end() || !place->second.table) {
    return Status::Error("device " + std::to_string(device.value()) + " has no first stage");
  }
  const Result<PageTable::Leaf> leaf = place->second.table->Unmap(iova.value());
  if (!leaf.ok()) return leaf.status();
  return Leaf{.address = WhereLies(place->second, leaf->address), .entries = leaf->entries};
}

Result<TranslationTables::Leaf> TranslationTables::UnmapGuest(GuestId guest, GuestPhysAddr address) {
  const Result<Guest*> owner = GuestOf(guest);
  if (!owner.ok()) return owner.status();
  const Result<PageTable::Leaf> leaf = (*owner)->table.Unmap(address.value());
  if (!leaf.ok()) return leaf.status();
  return Leaf{.address = HostPhysAddr(leaf->address), .entries = leaf->entries};
}

std::vector<TranslationTables::TableLine> TranslationTables::TakeChangedLines() {
  std::vector<TableLine> all;
  for (auto& [id, guest] : guests_) {
    for (const PageTable::TableLine& line : guest.table.TakeChangedLines()) {
      all.push_back({.address = HostPhysAddr(line.address), .words = line.entries});
    }
  }
  for (auto& [id, device] : devices_) {
    if (!device.table) continue;
    for (const PageTable::TableLine& line : device.table->TakeChangedLines()) {
      all.push_back({.address = WhereLies(device, line.address), .words = line.entries});
    }
  }
  return all;
}

}  // namespace tarn::drivers
