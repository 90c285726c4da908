// A small seeded generator (splitmix64), the same numbers on every platform and library.
#pragma once

#include <cstdint>

#include "models/common/line.h"

namespace tarn {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // The next 64 bits.
  std::uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15u;
    return Mix(state_);
  }
  // A number in [0, bound). REQUIRES: bound > 0, below 2^32.
  std::uint64_t Below(std::uint64_t bound) { return (Next() >> 32) * bound >> 32; }
  // [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  // True in `percent` of a hundred draws.
  bool Percent(unsigned percent) { return Below(100) < percent; }

  // A hash of a value, for content that is a function of its place.
  static constexpr std::uint64_t Mix(std::uint64_t value) {
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
  }

 private:
  std::uint64_t state_;
};

// A line whose content is a function of `key`; never all zero.
inline Line SeededLine(std::uint64_t key) {
  Random random(key);
  Line line;
  for (std::uint32_t word = 0; word < kLineBytes / 8; ++word) {
    const std::uint64_t value = random.Next() | 1;
    for (std::uint32_t byte = 0; byte < 8; ++byte) line[word * 8 + byte] = static_cast<std::uint8_t>(value >> 8 * byte);
  }
  return line;
}

}  // namespace tarn
