#include "sw/serial/frames.h"

#include <zlib.h>

namespace tarn::serial {

namespace {

constexpr std::uint8_t kFlag = 0x7E;
constexpr std::uint8_t kEscape = 0x7D;
constexpr std::uint8_t kEscapeFlip = 0x20;
constexpr std::size_t kCheckBytes = 4;

// The frame check sequence of RFC 1662 is zlib's CRC-32.
std::uint32_t CheckOf(std::span<const std::uint8_t> content) {
  return static_cast<std::uint32_t>(::crc32(0, content.data(), static_cast<uInt>(content.size())));
}

void Put(std::uint8_t byte, Bytes& out) {
  if (byte == kFlag || byte == kEscape) {
    out.push_back(kEscape);
    byte ^= kEscapeFlip;
  }
  out.push_back(byte);
}

}  // namespace

Bytes EncodeFrame(std::span<const std::uint8_t> content) {
  Bytes out = {kFlag};
  for (const std::uint8_t byte : content) Put(byte, out);
  const std::uint32_t check = CheckOf(content);
  for (unsigned i = 0; i < kCheckBytes; ++i) Put(static_cast<std::uint8_t>(check >> 8 * i), out);
  out.push_back(kFlag);
  return out;
}

std::optional<Bytes> FrameDecoder::Take(std::uint8_t byte) {
  if (byte == kFlag) {
    Bytes frame;
    frame.swap(frame_);
    const bool cut = escaped_;
    escaped_ = false;
    if (frame.empty() && !cut) return std::nullopt;  // between two flags
    if (!cut && frame.size() > kCheckBytes && frame.size() <= kBytesMax) {
      const std::span<const std::uint8_t> content(frame.data(), frame.size() - kCheckBytes);
      const std::uint32_t check = CheckOf(content);
      std::uint32_t sent = 0;
      for (unsigned i = 0; i < kCheckBytes; ++i) sent |= std::uint32_t{frame[content.size() + i]} << 8 * i;
      if (sent == check) {
        frame.resize(content.size());
        return frame;
      }
    }
    ++broken_;
    return std::nullopt;
  }
  if (byte == kEscape) {
    escaped_ = true;
    return std::nullopt;
  }
  if (frame_.size() <= kBytesMax) frame_.push_back(escaped_ ? byte ^ kEscapeFlip : byte);
  escaped_ = false;
  return std::nullopt;
}

}  // namespace tarn::serial
