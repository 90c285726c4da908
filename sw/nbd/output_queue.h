// Bytes to be sent, in order. Small ones share a buffer, large ones are kept as they came.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <span>

#include "sw/nbd/protocol.h"

namespace tarn::nbd {

class OutputQueue {
 public:
  bool empty() const { return bytes_ == 0; }
  std::size_t bytes() const { return bytes_; }

  // Appends what is written to the answered buffer until the next call. To be ended by Commit().
  Bytes& Tail() {
    if (buffers_.empty() || buffers_.back().size() > kSharedBytes) buffers_.emplace_back().reserve(kSharedBytes + 256);
    tail_before_ = buffers_.back().size();
    return buffers_.back();
  }
  void Commit() { bytes_ += buffers_.back().size() - tail_before_; }
  void Add(Bytes bytes) {
    if (bytes.empty()) return;
    bytes_ += bytes.size();
    buffers_.push_back(std::move(bytes));
  }

  // The first bytes, as many as there is room for; answers the number of pieces.
  std::size_t Gather(std::span<iovec> pieces) const {
    std::size_t count = 0;
    std::size_t skip = sent_of_first_;
    for (const Bytes& buffer : buffers_) {
      if (count == pieces.size()) break;
      if (buffer.size() > skip) {
        pieces[count++] = {.iov_base = const_cast<std::uint8_t*>(buffer.data()) + skip,
                           .iov_len = buffer.size() - skip};
      }
      skip = 0;
    }
    return count;
  }
  void Sent(std::size_t count) {
    bytes_ -= count;
    count += sent_of_first_;
    while (!buffers_.empty() && count >= buffers_.front().size()) {
      count -= buffers_.front().size();
      buffers_.pop_front();
    }
    sent_of_first_ = count;
  }

 private:
  static constexpr std::size_t kSharedBytes = 2048;

  std::deque<Bytes> buffers_;
  std::size_t bytes_ = 0;
  std::size_t sent_of_first_ = 0;
  std::size_t tail_before_ = 0;
};

}  // namespace tarn::nbd
