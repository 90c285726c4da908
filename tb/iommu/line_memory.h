// A host's memory for tests: sparse lines, some of which answer with an error.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <unordered_map>
#include <utility>

#include "models/common/line.h"
#include "models/common/line_protocol.h"

namespace tarn::tb {

class LineMemory {
 public:
  // Lines never written read as zero. address: any byte of the line.
  const Line& Read(std::uint64_t address) const {
    static const Line kZero{};
    const auto found = lines_.find(address / kLineBytes);
    return found == lines_.end() ? kZero : found->second;
  }
  void Write(std::uint64_t address, const Line& data, std::uint64_t mask) {
    MergeLine(lines_[address / kLineBytes], data, mask);
  }

  // address: a multiple of the access's size.
  std::uint64_t Read64(std::uint64_t address) const { return ReadAs<std::uint64_t>(address); }
  std::uint32_t Read32(std::uint64_t address) const { return ReadAs<std::uint32_t>(address); }
  void Write64(std::uint64_t address, std::uint64_t value) {
    std::memcpy(&lines_[address / kLineBytes][address % kLineBytes], &value, sizeof(value));
  }
  void Write32(std::uint64_t address, std::uint32_t value) {
    std::memcpy(&lines_[address / kLineBytes][address % kLineBytes], &value, sizeof(value));
  }

  // From now on each access to the line at `address` ends with `status`, and writes are lost.
  void set_status(std::uint64_t address, LineStatus status) { status_[address / kLineBytes] = status; }
  void ClearStatus(std::uint64_t address) { status_.erase(address / kLineBytes); }
  LineStatus status(std::uint64_t address) const {
    if (address >= size_bytes_ || (is_hole_ && is_hole_(address))) return LineStatus::kAccessError;
    const auto found = status_.find(address / kLineBytes);
    return found == status_.end() ? LineStatus::kOk : found->second;
  }
  // Beyond it there is nothing.
  void set_size_bytes(std::uint64_t size_bytes) { size_bytes_ = size_bytes; }
  // Where it says so there is nothing either.
  void set_holes(std::function<bool(std::uint64_t address)> is_hole) { is_hole_ = std::move(is_hole); }

 private:
  template <typename Value>
  Value ReadAs(std::uint64_t address) const {
    Value value;
    std::memcpy(&value, &Read(address)[address % kLineBytes], sizeof(value));
    return value;
  }

  std::uint64_t size_bytes_ = ~std::uint64_t{0};
  std::function<bool(std::uint64_t)> is_hole_;
  std::unordered_map<std::uint64_t, Line> lines_;
  std::unordered_map<std::uint64_t, LineStatus> status_;
};

}  // namespace tarn::tb
