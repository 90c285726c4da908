#include "sw/drivers/channel_driver.h"

#include "models/channel/channel_registers.h"
#include "sw/drivers/register_access.h"
#include "sw/hal/wait.h"

namespace tarn::drivers {

namespace {

namespace registers = channel_registers;

constexpr std::uint32_t kChannelBase = 0x2000;  // in the management aperture
constexpr std::uint64_t kInitialisationCyclesMax = 10'000'000;

}  // namespace

Status ChannelDriver::WaitReady() {
  const std::uint64_t start = platform_.cycle();
  while (true) {
    const Result<std::uint32_t> status =
        platform_.ReadRegister(hal::Aperture::Management(), kChannelBase + registers::status::kOffset);
    if (!status.ok()) return status.status();
    if (registers::status::InitDone::Get(*status) != 0) return {};
    if (platform_.cycle() - start > kInitialisationCyclesMax) {
      return Status::Error("channel: modules not initialised within " + std::to_string(kInitialisationCyclesMax) +
                           " cycles");
    }
  }
}

Result<std::uint64_t> ChannelDriver::Read64(std::uint32_t offset) {
  return ReadRegister64(platform_, hal::Aperture::Management(), kChannelBase + offset);
}

Result<ChannelCounters> ChannelDriver::ReadCounters() {
  ChannelCounters counters;
  const std::pair<std::uint32_t, std::uint64_t*> places[] = {
      {registers::reads::kOffset, &counters.reads},
      {registers::writes::kOffset, &counters.writes},
      {registers::row_hits::kOffset, &counters.row_hits},
      {registers::row_misses::kOffset, &counters.row_misses},
      {registers::row_conflicts::kOffset, &counters.row_conflicts},
      {registers::refreshes::kOffset, &counters.refreshes},
      {registers::bus_busy::kOffset, &counters.bus_busy_cycles},
  };
  for (const auto& [offset, value] : places) {
    const Result<std::uint64_t> read = Read64(offset);
    if (!read.ok()) return read.status();
    *value = *read;
  }
  return counters;
}

Result<std::uint64_t> ChannelDriver::ReadBusBusyCycles() { return Read64(registers::bus_busy::kOffset); }

}  // namespace tarn::drivers
