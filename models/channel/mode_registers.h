// Latencies as the standards code them in mode registers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "models/channel/module_geometry.h"

namespace tarn::channel {

struct ModeWrite {
  std::uint32_t number;  // of the mode register
  std::uint32_t value;
};

struct CodedTiming {
  std::string_view timing;  // "CL", "CWL", "WR", "RTP", "CCD_L"
  std::uint32_t clocks;     // 0: the code is reserved
};

// SDR SDRAM wants a write's data with its command. Its PHY therefore sends commands so many clocks after it was told
// them, data as it comes.
inline constexpr std::uint32_t kSdrCommandDelay = 4;

// What a mode register's value says of latencies; empty for one that codes none: of DDR3 MR0, MR2, of DDR4 MR0, MR2,
// MR6, of DDR5 MR0, MR6, MR13 (not compared with a text), of LPDDR4 MR1, MR2 (DBI off, set A), of SDR SDRAM its one.
// DDR3, LPDDR4: as LiteDRAM f9b75e0.
std::vector<CodedTiming> TimingsCodedBy(DramStandard standard, const ModeWrite& write);
// The mode registers that must be written before the module may be used.
std::span<const std::uint32_t> NeededModeRegisters(DramStandard standard);

}  // namespace tarn::channel
