// Received bytes that were not yet made sense of.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "sw/nbd/protocol.h"

namespace tarn::nbd {

class InputBuffer {
 public:
  // No memory is touched before bytes come.
  explicit InputBuffer(std::size_t capacity)
      : bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(capacity)), capacity_(capacity) {}

  std::size_t size() const { return end_ - begin_; }
  const std::uint8_t* data() const { return bytes_.get() + begin_; }
  std::span<const std::uint8_t> View(std::size_t count) const { return {data(), count}; }
  void Drop(std::size_t count) { begin_ += count; }

  // Where the next bytes go; empty when the buffer is full.
  std::span<std::uint8_t> Space() {
    if (begin_ == end_) {
      begin_ = end_ = 0;
    } else if (capacity_ - end_ < capacity_ / 4) {
      std::memmove(bytes_.get(), data(), size());
      end_ = size();
      begin_ = 0;
    }
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void Received(std::size_t count) { end_ += count; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace tarn::nbd
