// Where each segment of one host's window is; costs only the parts of the window that were touched.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/pool/replacement.h"

namespace tarn::pool {

enum class SegmentState : std::uint8_t {
  kInitial,   // never assigned since the window was set: Window::on_bulk says where its content is
  kZero,      // zero (released, or never written)
  kResident,  // in `slot`
  kOut,       // on bulk
};

struct SegmentEntry {
  SegmentState state = SegmentState::kInitial;
  SlotIndex slot = kNoSlot;  // of kResident
  // The content of pages that are not valid in the slot is on bulk; else they are zero.
  bool on_bulk = false;
};

class SegmentMap {
 public:
  explicit SegmentMap(std::uint32_t segments = 0) : segments_(segments), chunks_((segments + kChunk - 1) / kChunk) {}

  std::uint32_t segments() const { return segments_; }
  // REQUIRES: segment < segments().
  const SegmentEntry& operator[](std::uint32_t segment) const {
    static const SegmentEntry kUntouched;
    const auto& chunk = chunks_[segment / kChunk];
    return chunk == nullptr ? kUntouched : (*chunk)[segment % kChunk];
  }
  SegmentEntry& Touch(std::uint32_t segment) {
    auto& chunk = chunks_[segment / kChunk];
    if (chunk == nullptr) chunk = std::make_unique<Chunk>();
    return (*chunk)[segment % kChunk];
  }

 private:
  static constexpr std::uint32_t kChunk = 1024;
  using Chunk = std::array<SegmentEntry, kChunk>;

  std::uint32_t segments_;
  std::vector<std::unique_ptr<Chunk>> chunks_;
};

}  // namespace tarn::pool
