// Where the beats of an AXI4 burst go, and which bursts are legal: read from the specification (IHI 0022H.c,
// A3.4.1, A3.4.2, A7.2.4), not from the RTL.
#pragma once

#include <cstdint>

#include "models/common/axi_protocol.h"
#include "models/common/line_protocol.h"

namespace tarn::tb {

inline unsigned BeatCount(const AxiAddress& burst) { return burst.len + 1u; }
inline std::uint64_t BeatBytes(const AxiAddress& burst) { return std::uint64_t{1} << burst.size; }

// The bytes that a beat moves: [address, address + bytes).
struct AxiBeat {
  std::uint64_t address;
  std::uint64_t bytes;
};

// Beat `number`, from 0. REQUIRES: the burst is legal.
inline AxiBeat BeatOf(const AxiAddress& burst, unsigned number) {
  const std::uint64_t bytes = BeatBytes(burst);
  const std::uint64_t aligned = burst.addr / bytes * bytes;
  if (number == 0 || burst.burst == AxiBurst::kFixed) return {burst.addr, aligned + bytes - burst.addr};
  const std::uint64_t address = aligned + number * bytes;
  if (burst.burst == AxiBurst::kIncr) return {address, bytes};
  const std::uint64_t container = bytes * BeatCount(burst);
  const std::uint64_t boundary = burst.addr / container * container;
  return {address >= boundary + container ? address - container : address, bytes};
}

inline bool IsPowerOfTwo(std::uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

// Whether the port carries out a burst. bus_bytes: of the port's data. Beyond the specification the port wants
// exclusive accesses within one line, and no reserved or writing translation requests.
inline bool IsLegal(const AxiAddress& burst, bool is_write, unsigned bus_bytes) {
  const std::uint64_t bytes = BeatBytes(burst);
  const std::uint64_t total = bytes * BeatCount(burst);
  const std::uint64_t aligned = burst.addr / bytes * bytes;
  if (bytes > bus_bytes) return false;
  switch (burst.burst) {
    case AxiBurst::kFixed:
      if (BeatCount(burst) > 16) return false;
      break;
    case AxiBurst::kIncr:
      if (aligned / kPageBytes != (aligned + total - 1) / kPageBytes) return false;
      break;
    case AxiBurst::kWrap:
      if (BeatCount(burst) != 2 && BeatCount(burst) != 4 && BeatCount(burst) != 8 && BeatCount(burst) != 16) {
        return false;
      }
      if (burst.addr != aligned) return false;
      break;
    default:
      return false;
  }
  if (burst.lock && (!IsPowerOfTwo(total) || total > kLineBytes || BeatCount(burst) > 16 || burst.addr % total != 0)) {
    return false;
  }
  const auto at = static_cast<AddressType>(burst.user.at);
  return at == AddressType::kUntranslated || at == AddressType::kTranslated ||
         (at == AddressType::kTranslationRequest && !is_write);
}

}  // namespace tarn::tb
