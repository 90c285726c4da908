// One field of a register, as generated headers declare it.
#pragma once

namespace tarn {

// Bits [shift + width - 1 : shift] of a register held in a Word (std::uint32_t or std::uint64_t).
template <typename Word, unsigned shift, unsigned width>
struct RegisterField {
  static_assert(width >= 1 && shift + width <= sizeof(Word) * 8);
  static constexpr unsigned kShift = shift;
  static constexpr unsigned kWidth = width;
  static constexpr Word kMax = static_cast<Word>(~Word{0}) >> (sizeof(Word) * 8 - width);
  static constexpr Word kMask = kMax << shift;  // in place

  // The field's value, moved down to bit 0.
  static constexpr Word Get(Word reg) { return (reg & kMask) >> shift; }
  // reg with the field replaced by value; bits of value beyond the width are dropped.
  static constexpr Word Set(Word reg, Word value) { return (reg & ~kMask) | ((value << shift) & kMask); }
  // The field alone, in place.
  static constexpr Word Of(Word value) { return Set(0, value); }
  template <typename Enum>
  static constexpr Word Of(Enum value) {
    return Set(0, static_cast<Word>(value));
  }
};

}  // namespace tarn
