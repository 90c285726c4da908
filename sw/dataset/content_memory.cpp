#include "sw/dataset/content_memory.h"

#include <algorithm>
#include <cassert>

namespace tarn::dataset {

std::optional<ContentMemory::Handle> HeapMemory::Store(std::span<const std::uint8_t> content) {
  if (bytes_ + content.size() > bytes_max_) return std::nullopt;
  bytes_ += content.size();
  if (free_.empty()) {
    slots_.emplace_back(content.begin(), content.end());
    return slots_.size() - 1;
  }
  const Handle handle = free_.back();
  free_.pop_back();
  slots_[handle].assign(content.begin(), content.end());
  return handle;
}

void HeapMemory::Load(Handle handle, std::uint64_t offset, std::span<std::uint8_t> out) const {
  const Bytes& slot = slots_[handle];
  assert(offset + out.size() <= slot.size());
  std::copy_n(slot.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
}

void HeapMemory::Release(Handle handle) {
  bytes_ -= slots_[handle].size();
  slots_[handle].clear();
  free_.push_back(handle);
}

}  // namespace tarn::dataset
