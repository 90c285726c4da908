// Where each segment of one host's window is; costs only the parts of the window that were touched.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/pool/replacement.h"

namespace tarn::pool {

class SegmentMap {
 public:
  SegmentMap() : SegmentMap(0, 1, false) {}
  // on_bulk: whether untouched pages have their content on bulk, or are zero.
  SegmentMap(std::uint32_t segments, std::uint32_t pages_per_segment, bool on_bulk)
      : segments_(segments), pages_per_segment_(pages_per_segment), initial_(on_bulk), chunks_(segments / kChunk + 1) {}

  std::uint32_t segments() const { return segments_; }

  // The slot that holds the segment, or kNoSlot. REQUIRES: segment < segments(); so for all below.
  SlotIndex slot(std::uint32_t segment) const {
    const Chunk* chunk = chunks_[segment / kChunk].get();
    return chunk == nullptr ? kNoSlot : chunk->slots[segment % kChunk];
  }
  void set_slot(std::uint32_t segment, SlotIndex slot) { Touch(segment).slots[segment % kChunk] = slot; }

  // Whether a page that is not valid in a slot has its content on bulk; else it is zero. page: inside the segment.
  bool on_bulk(std::uint32_t segment, std::uint32_t page) const {
    const Chunk* chunk = chunks_[segment / kChunk].get();
    return chunk == nullptr ? initial_ : chunk->on_bulk[segment % kChunk * pages_per_segment_ + page];
  }
  void set_on_bulk(std::uint32_t segment, std::uint32_t page, bool on_bulk) {
    const std::size_t at = segment % kChunk * pages_per_segment_ + page;
    Chunk& chunk = Touch(segment);
    chunk.on_bulk[at] = on_bulk;
    if (!chunk.checksums.empty()) chunk.checksums[at].reset();
  }

  // Whether a page's content is lost, and it was not written since: neither zero nor what bulk may have of it.
  bool lost(std::uint32_t segment, std::uint32_t page) const {
    const Chunk* chunk = chunks_[segment / kChunk].get();
    return chunk != nullptr && !chunk->lost.empty() && chunk->lost[segment % kChunk * pages_per_segment_ + page];
  }
  bool any_lost(std::uint32_t segment) const {
    for (std::uint32_t page = 0; page < pages_per_segment_; ++page) {
      if (lost(segment, page)) return true;
    }
    return false;
  }
  // A segment that has a lost page has no checksums: those known are forgotten.
  void set_lost(std::uint32_t segment, std::uint32_t page, bool lost) {
    if (lost == this->lost(segment, page)) return;
    Chunk& chunk = Touch(segment);
    const std::size_t first = std::size_t{segment % kChunk} * pages_per_segment_;
    if (chunk.lost.empty()) chunk.lost.resize(std::size_t{kChunk} * pages_per_segment_);
    chunk.lost[first + page] = lost;
    for (std::uint32_t p = 0; lost && !chunk.checksums.empty() && p < pages_per_segment_; ++p) {
      chunk.checksums[first + p].reset();
    }
  }

  // Of the copy on bulk, if it is known; set_on_bulk forgets it, and none is kept beside a lost page.
  std::optional<std::uint32_t> checksum(std::uint32_t segment, std::uint32_t page) const {
    const Chunk* chunk = chunks_[segment / kChunk].get();
    if (chunk == nullptr || chunk->checksums.empty()) return std::nullopt;
    return chunk->checksums[segment % kChunk * pages_per_segment_ + page];
  }
  void set_checksum(std::uint32_t segment, std::uint32_t page, std::uint32_t checksum) {
    if (any_lost(segment)) return;
    Chunk& chunk = Touch(segment);
    if (chunk.checksums.empty()) chunk.checksums.resize(std::size_t{kChunk} * pages_per_segment_);
    chunk.checksums[segment % kChunk * pages_per_segment_ + page] = checksum;
  }

 private:
  static constexpr std::uint32_t kChunk = 256;
  struct Chunk {
    std::vector<SlotIndex> slots;
    std::vector<bool> on_bulk;
    std::vector<bool> lost;                               // empty while no page is
    std::vector<std::optional<std::uint32_t>> checksums;  // none while no page has one
  };

  Chunk& Touch(std::uint32_t segment) {
    std::unique_ptr<Chunk>& chunk = chunks_[segment / kChunk];
    if (chunk == nullptr) {
      chunk = std::make_unique<Chunk>();
      chunk->slots.assign(kChunk, kNoSlot);
      chunk->on_bulk.assign(std::size_t{kChunk} * pages_per_segment_, initial_);
    }
    return *chunk;
  }

  std::uint32_t segments_;
  std::uint32_t pages_per_segment_;
  bool initial_;
  std::vector<std::unique_ptr<Chunk>> chunks_;
};

}  // namespace tarn::pool
