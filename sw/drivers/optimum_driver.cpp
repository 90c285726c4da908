#include "sw/drivers/optimum_driver.h"

#include <utility>

#include "models/pool/pool_registers.h"
#include "sw/drivers/register_access.h"

namespace tarn::drivers {

namespace {
namespace reg = pool_registers;
constexpr std::uint32_t kPoolBase = 0x1000;  // in the management aperture
constexpr std::uint64_t kBeginCyclesMax = 100'000;
constexpr int kReadTries = 100;
}  // namespace

Result<std::uint32_t> OptimumDriver::Read(std::uint32_t offset) {
  return platform_.ReadRegister(hal::Aperture::Management(), kPoolBase + offset);
}

Result<bool> OptimumDriver::Present() {
  const Result<std::uint32_t> geometry = Read(reg::geometry::kOffset);
  if (!geometry.ok()) return geometry.status();
  return reg::geometry::Optimum::Get(*geometry) != 0;
}

Status OptimumDriver::Start(std::uint32_t log2_epoch, std::uint32_t log2_sampling) {
  const auto write = [this](std::uint32_t value) {
    return platform_.WriteRegister(hal::Aperture::Management(), kPoolBase + reg::optimum_control::kOffset, value);
  };
  const std::uint32_t control = reg::optimum_control::Enable::kMask |
                                reg::optimum_control::Log2Sampling::Of(log2_sampling) |
                                reg::optimum_control::Log2Epoch::Of(log2_epoch);
  if (Status status = write(control & ~std::uint32_t{reg::optimum_control::Enable::kMask}); !status.ok()) return status;
  if (Status status = write(control); !status.ok()) return status;
  const auto listening = static_cast<std::uint32_t>(reg::optimum_status::Listening::kMask);
  return WaitForRegister(platform_, hal::Aperture::Management(), kPoolBase + reg::optimum_status::kOffset, listening,
                         listening, kBeginCyclesMax, "pool", "estimate of the optimum");
}

// An epoch may end between two reads: then they are of two epochs, and are done again.
Result<std::optional<OptimumEpoch>> OptimumDriver::ReadLast() {
  for (int tries = 0; tries < kReadTries; ++tries) {
    OptimumEpoch epoch;
    const auto epochs = [this]() -> Result<std::uint32_t> {
      const Result<std::uint32_t> status = Read(reg::optimum_status::kOffset);
      if (!status.ok()) return status.status();
      return reg::optimum_status::Epochs::Get(*status);
    };
    const Result<std::uint32_t> before = epochs();
    if (!before.ok()) return before.status();
    if (*before == 0) return std::optional<OptimumEpoch>();
    const std::pair<std::uint32_t, std::uint32_t*> places[] = {{reg::optimum_accesses::kOffset, &epoch.accesses},
                                                               {reg::optimum_pool_misses::kOffset, &epoch.pool_misses},
                                                               {reg::optimum_misses::kOffset, &epoch.optimum_misses},
                                                               {reg::optimum_dropped::kOffset, &epoch.dropped}};
    for (const auto& [offset, value] : places) {
      const Result<std::uint32_t> word = Read(offset);
      if (!word.ok()) return word.status();
      *value = *word;
    }
    const Result<std::uint32_t> after = epochs();
    if (!after.ok()) return after.status();
    epoch.number = *after - 1;
    if (*before == *after) return std::optional(epoch);
  }
  return Status::Error(
      "pool: epochs of the estimate of the optimum are over before they can be read; make them longer");
}

}  // namespace tarn::drivers
