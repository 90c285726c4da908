// The golden model's memory: its own image, so that what the model writes (A and D bits) and what the RTL writes can be
// compared; and the means to try both the old and the new words of a change, without leaving a trace.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/iommu/iommu.h"
#include "tb/iommu/line_memory.h"

namespace tarn::tests {

class ModelMemory : public iommu::HostMemory {
 public:
  LineStatus Read(HostPhysAddr address, void* data, std::size_t size_bytes, bool& paged) override {
    paged = false;
    const LineStatus status = image.status(address.value());
    if (status != LineStatus::kOk) return status;
    Line line = image.Read(address.value());
    const std::uint64_t first = address.value() / kLineBytes * kLineBytes;
    if (trying_) {
      if (TouchesOld(address.value(), size_bytes) && UsesOldNow()) Overlay(old_, first, line);
      Overlay(written_, first, line);
    }
    std::memcpy(data, line.data() + address.value() % kLineBytes, size_bytes);
    return status;
  }

  LineStatus Write(HostPhysAddr address, const void* data, std::size_t size_bytes) override {
    const LineStatus status = image.status(address.value());
    if (status != LineStatus::kOk) return status;
    const std::uint64_t first = address.value() / kLineBytes * kLineBytes;
    Line line = image.Read(first);
    if (trying_) Overlay(written_, first, line);
    std::memcpy(line.data() + address.value() % kLineBytes, data, size_bytes);
    const std::uint64_t word = address.value() / 8 * 8;
    std::uint64_t value = 0;
    std::memcpy(&value, line.data() + word % kLineBytes, 8);
    if (!trying_) {
      image.Write(first, line, ~std::uint64_t{0});
      writes_.emplace_back(word, value);
      return status;
    }
    written_[word] = value;
    may_be_set[word] |= value;
    return status;
  }

  // The words as they were before a change that is under way. Until ForgetOld, Try may see either.
  void Remember(std::uint64_t word_address) { old_[word_address] = image.Read64(word_address); }
  void ForgetOld() { old_.clear(); }

  // From here to EndTry nothing is kept. choices: bit i set: the i-th read that meets a changed word sees the old ones.
  void BeginTry(std::uint32_t choices) {
    trying_ = true;
    choices_ = choices;
    reads_of_old_ = 0;
    written_.clear();
  }
  // How many reads met a changed word.
  unsigned EndTry() {
    trying_ = false;
    return reads_of_old_;
  }

  // The words written since the last call, with what they became.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> TakeWrites() { return std::exchange(writes_, {}); }

  tb::LineMemory image;
  // Words written while trying, all that was written there ored together: the RTL may have done so or not.
  std::unordered_map<std::uint64_t, std::uint64_t> may_be_set;

 private:
  using Words = std::unordered_map<std::uint64_t, std::uint64_t>;

  static void Overlay(const Words& words, std::uint64_t first, Line& line) {
    if (words.empty()) return;
    for (std::uint64_t offset = 0; offset < kLineBytes; offset += 8) {
      const auto found = words.find(first + offset);
      if (found != words.end()) std::memcpy(line.data() + offset, &found->second, 8);
    }
  }
  bool TouchesOld(std::uint64_t address, std::size_t size_bytes) const {
    for (std::uint64_t word = address / 8 * 8; word < address + size_bytes; word += 8) {
      if (old_.contains(word)) return true;
    }
    return false;
  }
  bool UsesOldNow() { return (choices_ >> reads_of_old_++ & 1) != 0; }

  bool trying_ = false;
  std::uint32_t choices_ = 0;
  unsigned reads_of_old_ = 0;
  Words old_, written_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> writes_;
};

}  // namespace tarn::tests
