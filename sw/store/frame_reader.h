// Divides a stream of bytes into frames: a length of 32 bits, little-endian, then so many bytes. Pure; a length takes
// little memory before its bytes come, and one beyond the bound breaks the stream.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "sw/dataset/types.h"
#include "sw/net/spare_bytes.h"

namespace tarn::store {

inline constexpr std::size_t kFrameHeaderBytes = 4;
inline constexpr std::size_t kFrameBytesMax = std::size_t{16} << 20;

inline std::array<std::uint8_t, kFrameHeaderBytes> FrameHeader(std::size_t bytes) {
  std::array<std::uint8_t, kFrameHeaderBytes> header{};
  for (std::size_t i = 0; i < header.size(); ++i) header[i] = static_cast<std::uint8_t>(bytes >> 8 * i);
  return header;
}

class FrameReader {
 public:
  // Calls each with every frame that is whole by now. False: the stream is broken.
  template <typename Each>
  bool Take(std::span<const std::uint8_t> bytes, Each each) {
    while (!bytes.empty() || HasFrame()) {
      if (header_bytes_ < kFrameHeaderBytes) {
        header_[header_bytes_++] = bytes[0];
        bytes = bytes.subspan(1);
        if (header_bytes_ == kFrameHeaderBytes && !BeginFrame()) return false;
        continue;
      }
      const std::size_t count = std::min(bytes.size(), frame_bytes_ - received_);
      Grow(received_ + count);
      std::copy_n(bytes.begin(), count, frame_.begin() + static_cast<std::ptrdiff_t>(received_));
      received_ += count;
      bytes = bytes.subspan(count);
      Deliver(each);
    }
    return true;
  }

  // Where the next bytes may go instead of through Take(): the rest of a long frame. Empty: nowhere.
  std::span<std::uint8_t> Space() {
    if (header_bytes_ < kFrameHeaderBytes || frame_bytes_ - received_ < kSpaceBytesMin) return {};
    const std::size_t count = std::min(frame_bytes_ - received_, kGrowBytes);
    Grow(received_ + count);
    return std::span(frame_).subspan(received_, count);
  }
  template <typename Each>
  void TakeFromSpace(std::size_t count, Each each) {
    received_ += count;
    Deliver(each);
  }

 private:
  static constexpr std::size_t kGrowBytes = 256 << 10;  // that memory is ahead of the bytes, at most
  static constexpr std::size_t kSpaceBytesMin = 16 << 10;

  bool HasFrame() const { return header_bytes_ == kFrameHeaderBytes && received_ == frame_bytes_; }
  bool BeginFrame() {
    frame_bytes_ = 0;
    for (std::size_t i = 0; i < kFrameHeaderBytes; ++i) frame_bytes_ |= std::size_t{header_[i]} << 8 * i;
    if (frame_bytes_ > kFrameBytesMax) return false;
    received_ = 0;
    frame_ = net::TakeSpare(std::min(frame_bytes_, kGrowBytes));
    return true;
  }
  void Grow(std::size_t bytes) {
    if (frame_.size() < bytes) frame_.resize(bytes);
  }
  template <typename Each>
  void Deliver(Each& each) {
    if (!HasFrame()) return;
    header_bytes_ = 0;
    each(std::exchange(frame_, {}));
  }

  std::array<std::uint8_t, kFrameHeaderBytes> header_{};
  std::size_t header_bytes_ = 0;
  std::size_t frame_bytes_ = 0;
  std::size_t received_ = 0;
  dataset::Bytes frame_;
};

}  // namespace tarn::store
