#include "sw/dataset/content_memory.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tarn::dataset {

namespace {
// An owner is kept where the content is all of it but this part.
constexpr std::size_t kRestPart = 8;

bool IsNearlyWhole(const SharedSpan& content) {
  const std::size_t held = content.owner->capacity();
  return held - content.bytes.size() <= held / kRestPart;
}
}  // namespace

std::optional<ContentMemory::Handle> HeapMemory::Store(const SharedSpan& content) {
  const bool keeps = content.owner != nullptr && IsNearlyWhole(content);
  const std::size_t bytes = keeps ? content.owner->capacity() : content.bytes.size();
  if (bytes_ + bytes > bytes_max_) return std::nullopt;
  SharedSpan held = keeps ? content : Owned(Bytes(content.bytes.begin(), content.bytes.end()));
  bytes_ += held.owner->capacity();
  if (free_.empty()) {
    slots_.push_back(std::move(held));
    return slots_.size() - 1;
  }
  const Handle handle = free_.back();
  free_.pop_back();
  slots_[handle] = std::move(held);
  return handle;
}

bool HeapMemory::Load(Handle handle, std::uint64_t offset, std::span<std::uint8_t> out) const {
  const SharedSpan& slot = slots_[handle];
  assert(offset + out.size() <= slot.bytes.size());
  // std::ranges::copy goes byte by byte here (GCC 12).
  std::copy_n(slot.bytes.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  return true;
}

void HeapMemory::Release(Handle handle) {
  bytes_ -= slots_[handle].owner->capacity();
  slots_[handle] = {};
  free_.push_back(handle);
}

}  // namespace tarn::dataset
