// Which signals of one wave, or of two, are looked at, and how: clocks, ports, fields.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/wave/rules.h"
#include "sw/wave/value_text.h"
#include "sw/wave/wave_reader.h"

namespace tarn::wave {

inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

enum Side : std::uint8_t { kDut = 0, kGolden = 1 };
inline constexpr std::array kSides = {kDut, kGolden};

struct PlannedSignal {
  std::string path;  // without the scope that the rules name
  std::uint32_t bits = 1;
  std::array<Handle, 2> handles{};
  std::vector<Field> fields;  // offsets within the signal
};

// Signals are named by their index in Plan::signals.
struct PlannedPort {
  std::string name;
  std::uint32_t clock = 0;  // index in Plan::clocks
  std::uint32_t valid = 0;
  std::uint32_t ready = kNone;
  std::vector<std::uint32_t> payload;
  std::uint32_t payload_bits = 0;
  std::vector<Field> fields;  // offsets within the payload
  std::optional<Field> tag;   // likewise
};

struct Plan {
  std::vector<PlannedSignal> signals;
  std::vector<std::uint32_t> clocks;  // the first is that of all ports without another
  bool falling_edge = false;
  std::uint32_t reset = kNone;
  char reset_active = '0';
  std::vector<PlannedPort> ports;
  std::vector<std::uint32_t> outside_ports;  // signals that are no part of a port, clock or reset

  // Index of a port; kNone if there is none of that name.
  std::uint32_t FindPort(const std::string& name) const;
};

// For two waves. Errors: a signal on one side only, of different widths, named by the rules and not there, or no clock.
Result<Plan> MakePlan(const WaveHeader& dut, const WaveHeader& golden, const Rules& rules);
// For one wave, of which both sides are then the same.
Result<Plan> MakePlan(const WaveHeader& wave, const Rules& rules);

}  // namespace tarn::wave
