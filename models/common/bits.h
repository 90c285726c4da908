// Bit fields in the 32-bit words (lowest first) that Verilator's ports are made of.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "models/common/line.h"

namespace tarn::bits {

static_assert(std::endian::native == std::endian::little, "lines are copied to words byte by byte");

inline void Clear(std::uint32_t* words, int count) { std::memset(words, 0, static_cast<std::size_t>(count) * 4); }

// width: 1..64. The target bits must be clear.
inline void Put(std::uint32_t* words, int lsb, int width, std::uint64_t value) {
  if (width < 64) value &= (std::uint64_t{1} << width) - 1;
  for (int done = 0; done < width;) {
    const int bit = (lsb + done) % 32;
    words[(lsb + done) / 32] |= static_cast<std::uint32_t>(value >> done) << bit;
    done += 32 - bit;
  }
}

// width: 1..64.
inline std::uint64_t Get(const std::uint32_t* words, int lsb, int width) {
  std::uint64_t value = 0;
  for (int done = 0; done < width;) {
    const int bit = (lsb + done) % 32;
    value |= static_cast<std::uint64_t>(words[(lsb + done) / 32] >> bit) << done;
    done += 32 - bit;
  }
  return width < 64 ? value & ((std::uint64_t{1} << width) - 1) : value;
}

// lsb must be a multiple of 32: the protocols keep lines in the lowest bits.
inline void PutLine(std::uint32_t* words, int lsb, const Line& line) {
  std::memcpy(words + lsb / 32, line.data(), kLineBytes);
}
inline Line GetLine(const std::uint32_t* words, int lsb) {
  Line line;
  std::memcpy(line.data(), words + lsb / 32, kLineBytes);
  return line;
}

template <typename Message>
void PutStruct(std::uint32_t* words, int lsb, const Message& message) {
  std::uint32_t inner[Message::kWords];
  message.Pack(inner);
  for (int bit = 0; bit < Message::kBits; bit += 32) {
    const int width = Message::kBits - bit < 32 ? Message::kBits - bit : 32;
    Put(words, lsb + bit, width, inner[bit / 32]);
  }
}

template <typename Message>
Message GetStruct(const std::uint32_t* words, int lsb) {
  std::uint32_t inner[Message::kWords];
  for (int bit = 0; bit < Message::kBits; bit += 32) {
    const int width = Message::kBits - bit < 32 ? Message::kBits - bit : 32;
    inner[bit / 32] = static_cast<std::uint32_t>(Get(words, lsb + bit, width));
  }
  return Message::Unpack(inner);
}

}  // namespace tarn::bits
