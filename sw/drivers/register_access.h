// 64-bit registers over 32-bit accesses.
#pragma once

#include <cstdint>

#include "models/common/result.h"
#include "sw/hal/platform.h"

namespace tarn::drivers {

// Low word first: reading it keeps the high word (docs/registers.md, snapshot).
inline Result<std::uint64_t> ReadRegister64(hal::Platform& platform, hal::Aperture aperture, std::uint32_t offset) {
  const Result<std::uint32_t> low = platform.ReadRegister(aperture, offset);
  if (!low.ok()) return low.status();
  const Result<std::uint32_t> high = platform.ReadRegister(aperture, offset + 4);
  if (!high.ok()) return high.status();
  return std::uint64_t{*high} << 32 | *low;
}

// High word first, so that what the low word starts finds both.
inline Status WriteRegister64(hal::Platform& platform, hal::Aperture aperture, std::uint32_t offset,
                              std::uint64_t value) {
  Status status = platform.WriteRegister(aperture, offset + 4, static_cast<std::uint32_t>(value >> 32));
  return status.ok() ? platform.WriteRegister(aperture, offset, static_cast<std::uint32_t>(value)) : status;
}

}  // namespace tarn::drivers
