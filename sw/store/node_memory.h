// Content in a node's pool: a device of a host with an IOMMU writes and reads it by addresses of its own, over any
// platform. Page by page; the pool may hold more than it has memory for, and pages out what is not used.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/dataset/content_memory.h"
#include "sw/drivers/page_mover.h"
#include "sw/hal/factory.h"

namespace tarn::store {

class NodeMemory : public dataset::ContentMemory {
 public:
  struct Options {
    hal::PlatformKind kind = hal::PlatformKind::kModel;
    hal::PlatformOptions platform;
    std::uint64_t bytes = 0;  // for content
    std::function<void(const std::string& line)> log;
  };
  // The device whose addresses content has, from kFirst on.
  static constexpr DeviceId kDevice{1};
  static constexpr Iova kFirst{std::uint64_t{1} << 30};

  // Brings the node up.
  static Result<std::unique_ptr<NodeMemory>> Make(Options options);

  // A node that fails is told of once, and left alone from then on: content is read from the log then.
  std::optional<Handle> Store(const dataset::SharedSpan& content) override;
  bool Load(Handle handle, std::uint64_t offset, std::span<std::uint8_t> out) const override;
  void Release(Handle handle) override;

  hal::Platform& platform() { return *platform_; }
  HostId host() const { return host_; }

 private:
  explicit NodeMemory(Options options) : options_(std::move(options)) {}
  Status BringUp();
  Status FindHost();
  Status MapContent();
  std::uint64_t content_bytes() const { return std::uint64_t{pages_} * kPageBytes; }
  Iova AddressOf(std::uint32_t page) const { return Iova(kFirst.value() + std::uint64_t{page} * kPageBytes); }
  bool Keep(const Status& status) const;

  Options options_;
  std::unique_ptr<hal::Platform> platform_;
  std::unique_ptr<drivers::PageMover> mover_;
  HostId host_;
  std::uint32_t pages_ = 0;
  std::uint32_t next_page_ = 0;  // that was never used
  std::vector<std::uint32_t> free_pages_;
  std::vector<std::vector<std::uint32_t>> slots_;  // pages of each content
  std::vector<Handle> free_;
  mutable bool failed_ = false;
};

}  // namespace tarn::store
