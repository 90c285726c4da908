#include "sw/trace/cache_filter.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <string>

namespace tarn::trace {

namespace {
constexpr std::uint64_t kSizeBytesMax = std::uint64_t{1} << 30;
}  // namespace

Status CacheFilter::Check(const CacheFilterConfig& config) {
  if (config.line_bytes < 64 || config.line_bytes > 4096 || !std::has_single_bit(config.line_bytes)) {
    return Status::Error("cache lines of " + std::to_string(config.line_bytes) +
                         " bytes: wants a power of two from 64 to 4096");
  }
  if (config.ways < 1 || config.ways > 64) {
    return Status::Error("a cache of " + std::to_string(config.ways) + " ways: wants 1 to 64");
  }
  const std::uint64_t way_bytes = std::uint64_t{config.ways} * config.line_bytes;
  if (config.size_bytes > kSizeBytesMax || config.size_bytes % way_bytes != 0 ||
      !std::has_single_bit(config.size_bytes / way_bytes)) {
    return Status::Error("a cache of " + std::to_string(config.size_bytes) + " bytes: wants " +
                         std::to_string(way_bytes) + " (ways x line bytes) times a power of two, at most 1 GiB");
  }
  return {};
}

CacheFilter::CacheFilter(const CacheFilterConfig& config)
    : ways_(config.ways),
      block_shift_(std::countr_zero(config.line_bytes)),
      set_mask_(config.size_bytes / config.ways / config.line_bytes - 1),
      entries_(config.size_bytes / config.line_bytes) {
  assert(Check(config).ok());
}

void CacheFilter::Reference(std::uint64_t address, std::uint32_t size_bytes, bool write, std::vector<Access>& traffic) {
  assert(size_bytes >= 1 && size_bytes <= 4096 && address + (size_bytes - 1) >= address);
  const std::uint64_t last = (address + (size_bytes - 1)) >> block_shift_;
  for (std::uint64_t block = address >> block_shift_; block <= last; ++block) ReferenceBlock(block, write, traffic);
}

void CacheFilter::ReferenceBlock(std::uint64_t block, bool write, std::vector<Access>& traffic) {
  Entry* const set = &entries_[(block & set_mask_) * ways_];
  Entry* const end = set + ways_;
  Entry* found = std::find_if(set, end, [block](const Entry& entry) { return entry.block == block; });
  Entry entry{block, write};
  if (found != end) {
    entry.dirty |= found->dirty;
  } else {
    found = end - 1;
    Emit(block, /*write=*/false, traffic);
    if (found->dirty) Emit(found->block, /*write=*/true, traffic);
  }
  std::move_backward(set, found, found + 1);
  *set = entry;
}

void CacheFilter::Flush(std::vector<Access>& traffic) {
  for (Entry& entry : entries_) {
    if (entry.dirty) Emit(entry.block, /*write=*/true, traffic);
    entry.dirty = false;
  }
}

void CacheFilter::Emit(std::uint64_t block, bool write, std::vector<Access>& traffic) const {
  constexpr int kTraceLineShift = 6;
  const int shift = block_shift_ - kTraceLineShift;
  const std::uint64_t first = block << shift;
  for (std::uint64_t i = 0; i < std::uint64_t{1} << shift; ++i) traffic.push_back({.line = first + i, .write = write});
}

}  // namespace tarn::trace
