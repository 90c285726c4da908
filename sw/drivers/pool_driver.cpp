#include "sw/drivers/pool_driver.h"

#include <utility>

#include "models/pool/pool_host_registers.h"
#include "models/pool/pool_registers.h"
#include "sw/drivers/register_access.h"

namespace tarn::drivers {

namespace {

namespace registers = pool_registers;

constexpr std::uint32_t kPoolBase = 0x1000;  // in the management aperture, and in each host's
constexpr std::uint64_t kCyclesMax = 10'000'000;
constexpr std::uint32_t kCommandLoad = 1;
constexpr std::uint32_t kCommandRead = 2;
constexpr std::uint32_t kCommandPageOut = 6;
constexpr std::uint32_t kCommandToFast = 10;
constexpr std::uint32_t kCommandToSlow = 11;
constexpr std::uint32_t kPagesPerWord = 32;

// Places of a host's counters in the array (rtl/pool/README.md).
constexpr std::uint32_t kCountersPerHost = 16;
enum CounterIndex : std::uint32_t {
  kHits = 1,
  kMisses = 2,
  kAccessErrors = 3,
  kPageIns = 4,
  kZeroFills = 5,
  kPagesWritten = 6,
  kPagesDropped = 7,
  kEvictions = 8,
  kBulkErrors = 9,
};

}  // namespace

void PoolCounters::Add(const PoolCounters& other) {
  hits += other.hits;
  misses += other.misses;
  page_ins += other.page_ins;
  zero_fills += other.zero_fills;
  pages_out_dirty += other.pages_out_dirty;
  pages_dropped_clean += other.pages_dropped_clean;
  evictions += other.evictions;
  access_errors += other.access_errors;
  bulk_errors += other.bulk_errors;
}

Status PoolDriver::Write(std::uint32_t offset, std::uint32_t value) {
  return platform_.WriteRegister(hal::Aperture::Management(), kPoolBase + offset, value);
}

Result<std::uint32_t> PoolDriver::Read(std::uint32_t offset) {
  return platform_.ReadRegister(hal::Aperture::Management(), kPoolBase + offset);
}

Status PoolDriver::WaitFor(std::uint32_t offset, std::uint32_t mask, std::uint32_t value, const std::string& what) {
  return WaitForRegister(platform_, hal::Aperture::Management(), kPoolBase + offset, mask, value, kCyclesMax, "pool",
                         what);
}

Status PoolDriver::WaitCleared() {
  const auto cleared = static_cast<std::uint32_t>(registers::status::Cleared::kMask);
  return WaitFor(registers::status::kOffset, cleared, cleared, "cleared map");
}

Status PoolDriver::SetSlotsInService(std::uint32_t slots) {
  if (Status status = Write(registers::slots_in_service::kOffset, slots); !status.ok()) return status;
  const Result<std::uint32_t> taken = Read(registers::slots_in_service::kOffset);
  if (!taken.ok()) return taken.status();
  if (*taken == slots) return {};
  return Status::Error("pool: does not take " + std::to_string(slots) + " slots into service, but " +
                       std::to_string(*taken));
}

Status PoolDriver::SetFastSlots(std::uint32_t slots) { return Write(registers::fast_slots::kOffset, slots); }

Status PoolDriver::SetPageOutMarks(std::uint32_t page_out, std::uint32_t low) {
  if (Status status = Write(registers::low_mark::kOffset, low); !status.ok()) return status;
  return Write(registers::page_out_mark::kOffset, page_out);
}

Result<PoolMoves> PoolDriver::ReadMoves() {
  PoolMoves moves;
  const std::pair<std::uint32_t, std::uint64_t*> places[] = {{registers::promotions::kOffset, &moves.promotions},
                                                             {registers::demotions::kOffset, &moves.demotions}};
  for (const auto& [offset, value] : places) {
    const Result<std::uint64_t> read = ReadRegister64(platform_, hal::Aperture::Management(), kPoolBase + offset);
    if (!read.ok()) return read.status();
    *value = *read;
  }
  const Result<std::uint32_t> given_up = Read(registers::moves_given_up::kOffset);
  if (!given_up.ok()) return given_up.status();
  moves.given_up = *given_up;
  return moves;
}

Status PoolDriver::Select(HostId host, std::uint32_t segment) {
  if (Status status = Write(registers::map_host::kOffset, host.value()); !status.ok()) return status;
  if (Status status = Write(registers::map_segment::kOffset, segment); !status.ok()) return status;
  return Write(registers::map_count::kOffset, 1);
}

Status PoolDriver::Move(HostId host, std::uint32_t segment, bool to_fast) {
  if (Status status = Select(host, segment); !status.ok()) return status;
  return RunMapCommand(to_fast ? kCommandToFast : kCommandToSlow,
                       std::string("move to a ") + (to_fast ? "fast" : "slow") + " slot of segment " +
                           std::to_string(segment) + " of host " + std::to_string(host.value()));
}

Status PoolDriver::SetWindow(HostId host, HostPhysAddr base, std::uint32_t segments) {
  const std::uint32_t base_offset = kPoolBase + registers::window_base::kOffset + 8 * host.value();
  if (Status s = WriteRegister64(platform_, hal::Aperture::Management(), base_offset, base.value()); !s.ok()) return s;
  return Write(registers::window_segments::kOffset + 4 * host.value(), segments);
}

namespace {

// Pages first .. first + 31.
std::uint32_t WordOf(const std::vector<bool>& pages, std::uint32_t first) {
  std::uint32_t word = 0;
  for (std::uint32_t page = first; page < pages.size() && page < first + kPagesPerWord; ++page) {
    if (pages[page]) word |= 1U << (page - first);
  }
  return word;
}

}  // namespace

Status PoolDriver::DeclareOnBulk(HostId host, std::uint32_t segment, const std::vector<bool>& pages,
                                 const std::vector<bool>& lost) {
  if (Status status = Select(host, segment); !status.ok()) return status;
  for (std::uint32_t first = 0; first < pages.size(); first += kPagesPerWord) {
    if (Status status = Write(registers::map_word::kOffset, first / kPagesPerWord); !status.ok()) return status;
    if (Status s = Write(registers::map_on_bulk::kOffset, WordOf(pages, first)); !s.ok()) return s;
    if (Status s = Write(registers::map_lost_pages::kOffset, WordOf(lost, first)); !s.ok()) return s;
    const std::string what = "load of segment " + std::to_string(segment) + " of host " + std::to_string(host.value());
    if (Status status = RunMapCommand(kCommandLoad, what); !status.ok()) return status;
  }
  return {};
}

Status PoolDriver::RunMapCommand(std::uint32_t command, const std::string& what) {
  if (Status status = Write(registers::map_command::kOffset, command); !status.ok()) return status;
  Status done = WaitFor(registers::map_status::kOffset, registers::map_status::Busy::kMask, 0, "end of a " + what);
  if (!done.ok()) return done;
  const Result<std::uint32_t> status = Read(registers::map_status::kOffset);
  if (!status.ok()) return status.status();
  return registers::map_status::Failed::Get(*status) == 0 ? Status() : Status::Error("pool: no " + what);
}

Status PoolDriver::PageOut(HostId host, std::uint32_t segment) {
  if (Status status = Select(host, segment); !status.ok()) return status;
  return RunMapCommand(kCommandPageOut,
                       "page-out of segment " + std::to_string(segment) + " of host " + std::to_string(host.value()));
}

Status PoolDriver::Release(HostId host, std::uint32_t segment) {
  namespace host_registers = pool_host_registers;
  const hal::Aperture aperture = hal::Aperture::Host(host);
  const auto write = [&](std::uint32_t offset, std::uint32_t value) {
    return platform_.WriteRegister(aperture, kPoolBase + offset, value);
  };
  const std::uint32_t status_offset = kPoolBase + host_registers::release_status::kOffset;
  const std::string what = "release of segment " + std::to_string(segment) + " of host " + std::to_string(host.value());
  if (Status status = write(host_registers::release_segment::kOffset, segment); !status.ok()) return status;
  if (Status status = write(host_registers::release_command::kOffset, 1); !status.ok()) return status;
  Status done = WaitForRegister(platform_, aperture, status_offset, host_registers::release_status::Busy::kMask, 0,
                                kCyclesMax, "pool", "end of a " + what);
  if (!done.ok()) return done;
  const Result<std::uint32_t> status = platform_.ReadRegister(aperture, status_offset);
  if (!status.ok()) return status.status();
  return host_registers::release_status::Failed::Get(*status) == 0 ? Status() : Status::Error("pool: no " + what);
}

Status PoolDriver::Enable() { return Write(registers::control::kOffset, 1); }

Status PoolDriver::Quiesce() {
  const auto quiesced = static_cast<std::uint32_t>(registers::status::Quiesced::kMask);
  const auto bits = static_cast<std::uint32_t>(registers::control::Enable::kMask | registers::control::Quiesce::kMask);
  if (Status status = Write(registers::control::kOffset, bits); !status.ok()) return status;
  return WaitFor(registers::status::kOffset, quiesced, quiesced, "quiet pool");
}

Result<PoolMapEntry> PoolDriver::ReadEntry(HostId host, std::uint32_t segment, std::uint32_t word) {
  if (Status status = Select(host, segment); !status.ok()) return status;
  if (Status status = Write(registers::map_word::kOffset, word); !status.ok()) return status;
  if (Status status = Write(registers::map_command::kOffset, kCommandRead); !status.ok()) return status;
  Status read = WaitFor(registers::map_status::kOffset, registers::map_status::Busy::kMask, 0, "end of a map read");
  if (!read.ok()) return read;
  PoolMapEntry entry;
  const Result<std::uint32_t> status = Read(registers::map_status::kOffset);
  if (!status.ok()) return status.status();
  entry.resident = registers::map_status::Resident::Get(*status) != 0;
  entry.lost = registers::map_status::Lost::Get(*status) != 0;
  const std::pair<std::uint32_t, std::uint32_t*> words[] = {
      {registers::map_read_valid::kOffset, &entry.valid},
      {registers::map_read_dirty::kOffset, &entry.dirty},
      {registers::map_read_on_bulk::kOffset, &entry.on_bulk},
      {registers::map_read_lost_pages::kOffset, &entry.lost_pages},
      {registers::map_read_slot::kOffset, &entry.slot}};
  for (const auto& [offset, value] : words) {
    const Result<std::uint32_t> bits = Read(offset);
    if (!bits.ok()) return bits.status();
    *value = *bits;
  }
  return entry;
}

Result<PoolCounters> PoolDriver::ReadCounters(HostId host) {
  PoolCounters counters;
  const std::pair<CounterIndex, std::uint64_t*> places[] = {
      {kHits, &counters.hits},
      {kMisses, &counters.misses},
      {kAccessErrors, &counters.access_errors},
      {kPageIns, &counters.page_ins},
      {kZeroFills, &counters.zero_fills},
      {kPagesWritten, &counters.pages_out_dirty},
      {kPagesDropped, &counters.pages_dropped_clean},
      {kEvictions, &counters.evictions},
      {kBulkErrors, &counters.bulk_errors},
  };
  for (const auto& [index, value] : places) {
    const std::uint32_t offset = registers::counter::kOffset + 8 * (kCountersPerHost * host.value() + index);
    const Result<std::uint64_t> read = ReadRegister64(platform_, hal::Aperture::Management(), kPoolBase + offset);
    if (!read.ok()) return read.status();
    *value = *read;
  }
  return counters;
}

}  // namespace tarn::drivers
