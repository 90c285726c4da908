// One field of a register, as generated headers declare it.
#pragma once

namespace tarn {

// Bits [kLow + kBits - 1 : kLow] of a register held in a Word (std::uint32_t or std::uint64_t).
template <typename Word, unsigned kLow, unsigned kBits>
struct RegisterField {
  static_assert(kBits >= 1 && kLow + kBits <= sizeof(Word) * 8);
  static constexpr unsigned kShift = kLow;
  static constexpr unsigned kWidth = kBits;
  static constexpr Word kMax = static_cast<Word>(~Word{0}) >> (sizeof(Word) * 8 - kBits);
  static constexpr Word kMask = kMax << kLow;  // in place

  // The field's value, moved down to bit 0.
  static constexpr Word Get(Word reg) { return (reg & kMask) >> kLow; }
  // reg with the field replaced by value; bits of value beyond the width are dropped.
  static constexpr Word Set(Word reg, Word value) { return (reg & ~kMask) | ((value << kLow) & kMask); }
  // The field alone, in place.
  static constexpr Word Of(Word value) { return Set(0, value); }
  template <typename Enum>
  static constexpr Word Of(Enum value) {
    return Set(0, static_cast<Word>(value));
  }
};

}  // namespace tarn
