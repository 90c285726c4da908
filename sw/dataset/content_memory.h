// Where content lies while the system runs: node memory. The log on disk holds all content too, so that memory may be
// smaller.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "sw/dataset/types.h"

namespace tarn::dataset {

// Injected. Calls return at once; a handle is given out until it is released.
class ContentMemory {
 public:
  using Handle = std::uint64_t;

  ContentMemory() = default;
  ContentMemory(const ContentMemory&) = delete;
  ContentMemory& operator=(const ContentMemory&) = delete;
  virtual ~ContentMemory() = default;

  // Nothing where the memory is full: the member releases other content first. What has an owner may be kept as it is.
  virtual std::optional<Handle> Store(const SharedSpan& content) = 0;
  // Bytes [offset, offset + out.size()) of a content; false: they are lost, and the content is read from the log.
  // REQUIRES: within it.
  virtual bool Load(Handle handle, std::uint64_t offset, std::span<std::uint8_t> out) const = 0;
  virtual void Release(Handle handle) = 0;
};

// In the process's own memory, up to a number of bytes. What comes as nearly the whole of what its owner holds (a
// message, a client's write) is not copied.
class HeapMemory : public ContentMemory {
 public:
  explicit HeapMemory(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  std::optional<Handle> Store(const SharedSpan& content) override;
  bool Load(Handle handle, std::uint64_t offset, std::span<std::uint8_t> out) const override;
  void Release(Handle handle) override;

  // Taken, with what the owners hold beside the content.
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_max_;
  std::uint64_t bytes_ = 0;
  std::vector<SharedSpan> slots_;
  std::vector<Handle> free_;
};

}  // namespace tarn::dataset
