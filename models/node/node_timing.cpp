#include "models/node/node_timing.h"

#include <algorithm>
#include <cmath>

#include "models/channel/channel_registers.h"

namespace tarn::node {
namespace {

// Fixed parts, in cycles, as the blocks promise them (targets: a resident hit adds at most 3 cycles in the pool, a
// translation hit at most 2; a port adapter takes one each way).
constexpr std::uint64_t kPortCycles = 2;
constexpr std::uint64_t kPoolCycles = 3;
constexpr std::uint64_t kTranslationCycles = 2;

// DDR4: 8 beats of 8 bytes on both edges; 128 lines a row; banks between column and row in the address.
constexpr std::uint64_t kBurstCycles = 4;
constexpr std::uint64_t kLinesPerRow = 128;

}  // namespace

NodeTiming::NodeTiming(const channel::ChannelRegisterFile& registers, const bulk::BulkConfig& bulk)
    : bulk_(bulk), random_(bulk.seed) {
  namespace latency = channel_registers::timing_latency;
  cl_cycles_ = registers.Get<latency::Cl>(latency::kOffset);
  namespace bank = channel_registers::timing_bank;
  rcd_cycles_ = registers.Get<bank::Rcd>(bank::kOffset);
  rp_cycles_ = registers.Get<bank::Rp>(bank::kOffset);
  bulk_page_cycles_ = kPageBytes / bulk.read_bytes_per_ns / bulk.clock_ns;
  bulk_page_out_cycles_ = kPageBytes / bulk.write_bytes_per_ns / bulk.clock_ns;
}

std::uint64_t NodeTiming::ResidentCyclesMin(bool has_iommu) const {
  return kPortCycles + (has_iommu ? kTranslationCycles : 0) + kPoolCycles + cl_cycles_ + kBurstCycles;
}

std::uint64_t NodeTiming::PageInCyclesMin() const {
  return kPortCycles + kPoolCycles + static_cast<std::uint64_t>(std::ceil(bulk_.read.min_ns / bulk_.clock_ns));
}

// A line on the bus, in order; the row that was open decides the latency.
std::uint64_t NodeTiming::ReadLine(std::uint64_t now, std::uint64_t line, bool write) {
  Bank& bank = banks_[line / kLinesPerRow % banks_.size()];
  const std::uint64_t row = line / kLinesPerRow / banks_.size();
  std::uint64_t latency = cl_cycles_;
  if (bank.open && bank.row == row) {
    ++channel_.row_hits;
  } else {
    latency += rcd_cycles_;
    if (bank.open) {
      latency += rp_cycles_;
      ++channel_.row_conflicts;
    } else {
      ++channel_.row_misses;
    }
    bank = {.open = true, .row = row};
  }
  ++(write ? channel_.writes : channel_.reads);
  channel_.bus_busy_cycles += kBurstCycles;
  const std::uint64_t start = std::max(now, bus_free_at_);
  bus_free_at_ = start + kBurstCycles;
  return start + latency + kBurstCycles;
}

std::uint64_t NodeTiming::PageIn(std::uint64_t now) {
  const double start = std::max(static_cast<double>(now), bulk_read_free_at_);
  bulk_read_free_at_ = start + bulk_page_cycles_;
  bus_free_at_ += kLinesPerPage * kBurstCycles;  // the fill
  channel_.writes += kLinesPerPage;
  channel_.row_hits += kLinesPerPage;
  channel_.bus_busy_cycles += kLinesPerPage * kBurstCycles;
  const double latency = DrawNanoseconds(bulk_.read, random_) / bulk_.clock_ns;
  return static_cast<std::uint64_t>(std::ceil(start + latency));
}

std::uint64_t NodeTiming::AnswerCycle(std::uint64_t now, const AccessWork& work) {
  std::uint64_t at = now + kPortCycles + (work.has_iommu ? kTranslationCycles : 0);
  bus_free_at_ = std::max(bus_free_at_, at);
  // Page-outs go beside: they take the bus and the device's write bandwidth, and hold the slot back until then.
  for (std::uint32_t page = 0; page < work.pages_out; ++page) {
    bulk_write_free_at_ = std::max(bulk_write_free_at_, static_cast<double>(at)) + bulk_page_out_cycles_;
    bus_free_at_ += kLinesPerPage * kBurstCycles;
    channel_.reads += kLinesPerPage;
    channel_.row_hits += kLinesPerPage;
    channel_.bus_busy_cycles += kLinesPerPage * kBurstCycles;
  }
  // Table entries come one after the other; where they lie is not known here: one bank's row is as good as another's.
  for (std::uint32_t read = 0; read < work.table_reads; ++read) {
    at = ReadLine(at + kPoolCycles, work.slot_line + read * kLinesPerRow, false);
  }
  for (std::uint32_t page = 0; page < work.pages_in; ++page) at = PageIn(at + kPoolCycles);
  const std::uint64_t answered = ReadLine(at + kPoolCycles, work.slot_line, work.write);
  return work.write || work.pages_in != 0 ? at + kPoolCycles + kPortCycles : answered;
}

}  // namespace tarn::node
