// What drivers do with registers: 64-bit ones over 32-bit accesses, and waiting for a field.
#pragma once

#include <cstdint>
#include <string>

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

// Reads until (register & mask) == value. block and what: for the message when it does not come within cycles_max.
inline Status WaitForRegister(hal::Platform& platform, hal::Aperture aperture, std::uint32_t offset, std::uint32_t mask,
                              std::uint32_t value, std::uint64_t cycles_max, const std::string& block,
                              const std::string& what) {
  const std::uint64_t start = platform.cycle();
  do {
    const Result<std::uint32_t> now = platform.ReadRegister(aperture, offset);
    if (!now.ok()) return now.status();
    if ((*now & mask) == value) return {};
  } while (platform.cycle() - start <= cycles_max);
  return Status::Error(block + ": no " + what + " within " + std::to_string(cycles_max) + " cycles");
}

}  // namespace tarn::drivers
