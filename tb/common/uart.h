// A computer's UART at a design's serial line, bit by bit: 8N1.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace tarn::tb {

class Uart {
 public:
  // clock_hz: of the design; a bit takes clock_hz / baud cycles.
  Uart(std::uint64_t clock_hz, std::uint64_t baud) : one_(clock_hz), step_(baud) {}

  // The level of the line to the board in this cycle.
  bool Transmit(std::deque<std::uint8_t>& bytes) {
    if (left_ == 0) {
      if (bytes.empty()) return true;
      shift_ = static_cast<std::uint16_t>(1u << 9 | std::uint16_t{bytes.front()} << 1);
      bytes.pop_front();
      left_ = kBits;
      phase_ = 0;
    }
    const bool level = (shift_ & 1) != 0;
    phase_ += step_;
    if (phase_ >= one_) {
      phase_ -= one_;
      shift_ >>= 1;
      --left_;
    }
    return level;
  }

  // A byte whose stop bit was seen in this cycle.
  std::optional<std::uint8_t> Receive(bool level) {
    if (!receiving_) {
      if (!level && last_level_) {
        receiving_ = true;
        sample_phase_ = one_ / 2;
        bit_ = 0;
      }
      last_level_ = level;
      return std::nullopt;
    }
    last_level_ = level;
    sample_phase_ += step_;
    if (sample_phase_ < one_) return std::nullopt;
    sample_phase_ -= one_;
    const unsigned bit = bit_++;
    if (bit == 0) {
      receiving_ = !level;
      return std::nullopt;
    }
    if (bit <= 8) {
      data_ = static_cast<std::uint8_t>(data_ >> 1 | (level ? 0x80 : 0));
      return std::nullopt;
    }
    receiving_ = false;
    if (!level) return std::nullopt;
    return data_;
  }

 private:
  static constexpr unsigned kBits = 10;

  std::uint64_t one_, step_;  // phases: of a bit, of a cycle
  unsigned left_ = 0;
  std::uint16_t shift_ = 0;
  std::uint64_t phase_ = 0;
  bool receiving_ = false;
  bool last_level_ = true;
  std::uint64_t sample_phase_ = 0;
  unsigned bit_ = 0;
  std::uint8_t data_ = 0;
};

}  // namespace tarn::tb
