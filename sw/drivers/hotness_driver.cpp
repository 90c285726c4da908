#include "sw/drivers/hotness_driver.h"

#include <initializer_list>
#include <utility>

#include "models/pool/pool_hotness_registers.h"
#include "models/pool/pool_registers.h"
#include "sw/drivers/register_access.h"

namespace tarn::drivers {

namespace {

namespace reg = pool_hotness_registers;

constexpr std::uint32_t kPoolBase = 0x1000;  // in the management aperture
constexpr std::uint32_t kHotnessBase = 0x4000;
constexpr std::uint64_t kCyclesMax = 10'000'000;

}  // namespace

Status HotnessDriver::Write(std::uint32_t offset, std::uint32_t value) {
  return platform_.WriteRegister(hal::Aperture::Management(), kHotnessBase + offset, value);
}

Result<std::uint32_t> HotnessDriver::Read(std::uint32_t offset) {
  return platform_.ReadRegister(hal::Aperture::Management(), kHotnessBase + offset);
}

Status HotnessDriver::WaitFor(std::uint32_t offset, std::uint32_t mask, std::uint32_t value, const std::string& what) {
  return WaitForRegister(platform_, hal::Aperture::Management(), kHotnessBase + offset, mask, value, kCyclesMax,
                         "hotness monitoring", what);
}

Result<bool> HotnessDriver::Present() {
  namespace pool = pool_registers;
  const Result<std::uint32_t> geometry =
      platform_.ReadRegister(hal::Aperture::Management(), kPoolBase + pool::geometry::kOffset);
  if (!geometry.ok()) return geometry.status();
  return pool::geometry::Hotness::Get(*geometry) != 0;
}

Status HotnessDriver::Start(const HotnessSettings& settings) {
  constexpr std::uint32_t kCleared = reg::status::Cleared::kMask;
  if (Status status = WaitFor(reg::status::kOffset, kCleared, kCleared, "cleared counters"); !status.ok()) {
    return status;
  }
  const std::uint32_t mode =
      reg::mode::AlwaysOn::Of(settings.always_on ? 1u : 0u) | reg::mode::DownSampling::Of(settings.down_sampling);
  for (const auto& [offset, value] : std::initializer_list<std::pair<std::uint32_t, std::uint32_t>>{
           {reg::control::kOffset, 0},
           {reg::mode::kOffset, mode},
           {reg::epoch_length::kOffset, settings.epoch_cycles},
           {reg::sweep_interval::kOffset, settings.sweep_interval_cycles},
           {reg::hot_threshold::kOffset, settings.hot_threshold},
           {reg::cold_threshold::kOffset, settings.cold_threshold},
           {reg::events::kOffset, ~std::uint32_t{0}},
           {reg::control::kOffset, reg::control::Enable::kMask}}) {
    if (Status status = Write(offset, value); !status.ok()) return status;
  }
  return WaitFor(reg::status::kOffset, reg::status::StartPending::kMask | reg::status::Sweeping::kMask, 0, "start");
}

Status HotnessDriver::EndEpoch() {
  constexpr std::uint32_t kSwept = reg::events::Swept::kMask;
  if (Status status = Write(reg::events::kOffset, kSwept); !status.ok()) return status;
  const std::uint32_t control = reg::control::Enable::kMask | reg::control::EndEpoch::kMask;
  if (Status status = Write(reg::control::kOffset, control); !status.ok()) return status;
  return WaitFor(reg::events::kOffset, kSwept, kSwept, "end of an epoch");
}

Result<std::vector<ListedSegment>> HotnessDriver::Take(std::uint32_t head, std::uint32_t tail, std::uint32_t entries) {
  const Result<std::uint32_t> geometry = Read(reg::geometry::kOffset);
  if (!geometry.ok()) return geometry.status();
  const auto places = static_cast<std::uint32_t>(reg::geometry::ListEntries::Get(*geometry));
  const Result<std::uint32_t> end = Read(tail);
  if (!end.ok()) return end.status();
  const Result<std::uint32_t> begin = Read(head);
  if (!begin.ok()) return begin.status();
  std::vector<ListedSegment> taken;
  for (std::uint32_t place = *begin; place != *end; place = (place + 1) % places) {
    const Result<std::uint32_t> low = Read(entries + 8 * place);
    if (!low.ok()) return low.status();
    const Result<std::uint32_t> high = Read(entries + 8 * place + 4);
    if (!high.ok()) return high.status();
    taken.push_back({.host = *high >> 16, .segment = *low >> 16 | *high << 16, .value = *low & 0xFFFF});
  }
  if (Status status = Write(head, *end); !status.ok()) return status;
  return taken;
}

Result<std::vector<ListedSegment>> HotnessDriver::TakeHot() {
  return Take(reg::hot_head::kOffset, reg::hot_tail::kOffset, reg::hot_entry::kOffset);
}

Result<std::vector<ListedSegment>> HotnessDriver::TakeCold() {
  return Take(reg::cold_head::kOffset, reg::cold_tail::kOffset, reg::cold_entry::kOffset);
}

Result<bool> HotnessDriver::Overflowed() {
  constexpr std::uint32_t kOverflows = reg::events::HotOverflow::kMask | reg::events::ColdOverflow::kMask;
  const Result<std::uint32_t> events = Read(reg::events::kOffset);
  if (!events.ok()) return events.status();
  if (Status status = Write(reg::events::kOffset, *events & kOverflows); !status.ok()) return status;
  return (*events & kOverflows) != 0;
}

Result<std::array<std::uint32_t, HotnessDriver::kAgeBins>> HotnessDriver::ReadAges() {
  std::array<std::uint32_t, kAgeBins> ages{};
  for (std::uint32_t bin = 0; bin < kAgeBins; ++bin) {
    const Result<std::uint32_t> segments = Read(reg::age_histogram::kOffset + 4 * bin);
    if (!segments.ok()) return segments.status();
    ages[bin] = *segments;
  }
  return ages;
}

}  // namespace tarn::drivers
