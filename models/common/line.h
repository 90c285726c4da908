// A line: 64 bytes, the unit that every hop of the node carries. Byte i is address + i.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "models/common/units.h"

namespace tarn {

using Line = std::array<std::uint8_t, kLineBytes>;

// Writes the bytes of `source` whose mask bit is set into `target`.
inline void MergeLine(Line& target, const Line& source, std::uint64_t mask) {
  if (mask == ~std::uint64_t{0}) {
    target = source;
    return;
  }
  for (std::uint32_t byte = 0; byte < kLineBytes; ++byte) {
    if ((mask >> byte & 1) != 0) target[byte] = source[byte];
  }
}

// Where in its line a naturally aligned access of 4 bytes begins; nothing: it is none.
inline std::optional<std::size_t> WordOf(std::uint64_t mask) {
  if (mask == 0) return std::nullopt;
  const auto first = static_cast<std::size_t>(std::countr_zero(mask));
  return first % 4 == 0 && mask >> first == 0xF ? std::optional(first) : std::nullopt;
}

}  // namespace tarn
