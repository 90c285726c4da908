// HDLC-like framing (RFC 1662): flags around frames, escapes in them, a 32-bit frame check sequence behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tarn::serial {

using Bytes = std::vector<std::uint8_t>;

// The bytes on the line of a frame with this content.
Bytes EncodeFrame(std::span<const std::uint8_t> content);

// Takes frames out of a stream of bytes. What was changed or cut on the way is dropped and counted.
class FrameDecoder {
 public:
  // The content of a frame that ends with this byte, and is as it was sent.
  std::optional<Bytes> Take(std::uint8_t byte);
  std::uint64_t broken() const { return broken_; }

 private:
  static constexpr std::size_t kBytesMax = 512;  // more is no frame of ours: the line may be somebody else's

  Bytes frame_;
  bool escaped_ = false;
  std::uint64_t broken_ = 0;
};

}  // namespace tarn::serial
