// Fields of structures in memory. Private to the model.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tarn::iommu {

constexpr std::uint64_t Bits(int high, int low) {
  return (~std::uint64_t{0} >> (63 - high)) & (~std::uint64_t{0} << low);
}
constexpr std::uint64_t Field(std::uint64_t word, int high, int low) { return (word & Bits(high, low)) >> low; }

// Each word of 4 or 8 bytes, its bytes the other way round.
inline void SwapWords(void* data, std::size_t size_bytes, std::size_t word_bytes) {
  auto* bytes = static_cast<std::uint8_t*>(data);
  for (std::size_t word = 0; word < size_bytes; word += word_bytes) {
    for (std::size_t i = 0; i < word_bytes / 2; ++i) {
      const std::uint8_t other = bytes[word + i];
      bytes[word + i] = bytes[word + word_bytes - 1 - i];
      bytes[word + word_bytes - 1 - i] = other;
    }
  }
}

// Translation control, section 3.1.3.1.
inline constexpr std::uint64_t kTcValid = 1 << 0;
inline constexpr std::uint64_t kTcEnableAts = 1 << 1;
inline constexpr std::uint64_t kTcEnablePri = 1 << 2;
inline constexpr std::uint64_t kTcT2gpa = 1 << 3;
inline constexpr std::uint64_t kTcDisableTranslationFault = 1 << 4;
inline constexpr std::uint64_t kTcProcessDirectory = 1 << 5;  // PDTV
inline constexpr std::uint64_t kTcPrpr = 1 << 6;
inline constexpr std::uint64_t kTcGade = 1 << 7;
inline constexpr std::uint64_t kTcSade = 1 << 8;
inline constexpr std::uint64_t kTcDefaultProcess = 1 << 9;   // DPE
inline constexpr std::uint64_t kTcBigEndian = 1 << 10;       // SBE
inline constexpr std::uint64_t kTcShortAddresses = 1 << 11;  // SXL

}  // namespace tarn::iommu
