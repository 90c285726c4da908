#include "sw/drivers/channel_driver.h"

#include <string>
#include <utility>

#include "models/channel/channel_registers.h"
#include "sw/drivers/register_access.h"
#include "sw/hal/wait.h"

namespace tarn::drivers {

namespace {

namespace registers = channel_registers;

constexpr std::uint64_t kInitialisationCyclesMax = 10'000'000;
constexpr std::uint64_t kDrainCyclesMax = 200'000;  // longer than any request waits

}  // namespace

std::uint32_t ChannelDriver::Base(std::uint32_t channel) { return channel == 0 ? 0x2000 : 0x8000 + channel * 0x1000; }

Status ChannelDriver::WaitReady() {
  for (std::uint32_t channel = 0; channel < platform_.parameters().channels; ++channel) {
    if (Status status = WaitReady(channel); !status.ok()) return status;
  }
  return {};
}

Status ChannelDriver::WaitReady(std::uint32_t channel) {
  return WaitFor(channel, registers::status::InitDone::kMask, kInitialisationCyclesMax, "modules not initialised");
}

Status ChannelDriver::WaitFor(std::uint32_t channel, std::uint32_t status_mask, std::uint64_t cycles_max,
                              const std::string& what) {
  const std::uint64_t start = platform_.cycle();
  while (true) {
    const Result<std::uint32_t> status =
        platform_.ReadRegister(hal::Aperture::Management(), Base(channel) + registers::status::kOffset);
    if (!status.ok()) return status.status();
    if ((*status & status_mask) != 0) return {};
    if (platform_.cycle() - start > cycles_max) {
      return Status::Error("channel " + std::to_string(channel) + ": " + what + " within " +
                           std::to_string(cycles_max) + " cycles");
    }
  }
}

Status ChannelDriver::Write(std::uint32_t channel, std::uint32_t offset, std::uint32_t value) {
  return platform_.WriteRegister(hal::Aperture::Management(), Base(channel) + offset, value);
}

Status ChannelDriver::Configure(const std::vector<channel::RegisterWrite>& writes) {
  for (std::uint32_t channel = 0; channel < platform_.parameters().channels; ++channel) {
    Status status = Write(channel, registers::control::kOffset, registers::control::Quiesce::kMask);
    if (status.ok()) status = WaitFor(channel, registers::status::Idle::kMask, kDrainCyclesMax, "not idle");
    for (const channel::RegisterWrite& write : writes) {
      if (status.ok()) status = Write(channel, write.offset, write.value);
    }
    if (status.ok()) status = Write(channel, registers::control::kOffset, 0);
    if (!status.ok()) return status;
  }
  return {};
}

Result<std::uint64_t> ChannelDriver::Read64(std::uint32_t channel, std::uint32_t offset) {
  return ReadRegister64(platform_, hal::Aperture::Management(), Base(channel) + offset);
}

Result<ChannelCounters> ChannelDriver::ReadCounters(std::uint32_t channel) {
  ChannelCounters counters;
  const std::pair<std::uint32_t, std::uint64_t*> places[] = {
      {registers::reads::kOffset, &counters.reads},
      {registers::writes::kOffset, &counters.writes},
      {registers::row_hits::kOffset, &counters.row_hits},
      {registers::row_misses::kOffset, &counters.row_misses},
      {registers::row_conflicts::kOffset, &counters.row_conflicts},
      {registers::refreshes::kOffset, &counters.refreshes},
      {registers::bus_busy::kOffset, &counters.bus_busy_cycles},
      {registers::slow_reads::kOffset, &counters.slow_reads},
      {registers::slow_writes::kOffset, &counters.slow_writes},
      {registers::old_line_reads::kOffset, &counters.old_line_reads},
      {registers::ecc_corrected::kOffset, &counters.ecc_corrected},
      {registers::ecc_uncorrected::kOffset, &counters.ecc_uncorrected},
  };
  for (const auto& [offset, value] : places) {
    const Result<std::uint64_t> read = Read64(channel, offset);
    if (!read.ok()) return read.status();
    *value = *read;
  }
  return counters;
}

Result<ChannelCounters> ChannelDriver::ReadCounters() {
  ChannelCounters sum;
  for (std::uint32_t channel = 0; channel < platform_.parameters().channels; ++channel) {
    const Result<ChannelCounters> one = ReadCounters(channel);
    if (!one.ok()) return one.status();
    sum.reads += one->reads;
    sum.writes += one->writes;
    sum.row_hits += one->row_hits;
    sum.row_misses += one->row_misses;
    sum.row_conflicts += one->row_conflicts;
    sum.refreshes += one->refreshes;
    sum.bus_busy_cycles += one->bus_busy_cycles;
    sum.slow_reads += one->slow_reads;
    sum.slow_writes += one->slow_writes;
    sum.old_line_reads += one->old_line_reads;
    sum.ecc_corrected += one->ecc_corrected;
    sum.ecc_uncorrected += one->ecc_uncorrected;
  }
  return sum;
}

Result<std::uint64_t> ChannelDriver::ReadBusBusyCycles() {
  std::uint64_t sum = 0;
  for (std::uint32_t channel = 0; channel < platform_.parameters().channels; ++channel) {
    const Result<std::uint64_t> one = Read64(channel, registers::bus_busy::kOffset);
    if (!one.ok()) return one.status();
    sum += *one;
  }
  return sum;
}

}  // namespace tarn::drivers
