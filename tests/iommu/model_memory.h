// The golden model's memory: its own image, so that what the model writes (A and D bits) and what the RTL writes can be
// compared; and the means to try both the old and the new words of a change, without leaving a trace.
#pragma once

#include <array>
#include <cstddef>
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
    if (trying_) Choose(address.value(), size_bytes, line);
    std::memcpy(data, line.data() + address.value() % kLineBytes, size_bytes);
    return status;
  }

  LineStatus Write(HostPhysAddr address, const void* data, std::size_t size_bytes) override {
    const LineStatus status = image.status(address.value());
    if (status != LineStatus::kOk) return status;
    const std::uint64_t word = address.value() / 8 * 8;
    const std::uint64_t before = image.Read64(word);
    std::uint64_t after = before;
    if (const auto found = written_.find(word); trying_ && found != written_.end()) after = found->second;
    std::memcpy(reinterpret_cast<std::byte*>(&after) + address.value() % 8, data, size_bytes);
    if (trying_) {
      written_[word] = after;
    } else {
      image.Write64(word, after);
      writes_.push_back({word, before ^ after});
    }
    return status;
  }

  // The words as they were before a change that is under way. Until ForgetOld, a try may see either.
  void Remember(std::uint64_t word_address) { old_[word_address] = image.Read64(word_address); }
  void ForgetOld() { old_.clear(); }
  // Bits that the RTL may or may not have set by now: a try may see them as they are, all set, or all clear.
  void Unsettle(std::uint64_t word_address, std::uint64_t bits) {
    if (bits != 0) unsettled_[word_address] |= bits;
  }
  std::uint64_t unsettled(std::uint64_t word_address) const {
    const auto found = unsettled_.find(word_address);
    return found == unsettled_.end() ? 0 : found->second;
  }
  void Settle() { unsettled_.clear(); }
  bool is_certain() const { return old_.empty() && unsettled_.empty(); }

  // From here to EndTry nothing is kept. choices: a bit for each alternative that is met, in their order.
  void BeginTry(std::uint32_t choices) {
    trying_ = true;
    choices_ = choices;
    alternatives_ = 0;
    written_.clear();
  }
  // How many alternatives were met.
  unsigned EndTry() {
    trying_ = false;
    return alternatives_;
  }
  // Bits of a word that were changed.
  struct Written {
    std::uint64_t word_address;
    std::uint64_t bits;
  };
  // What the last try wrote: is written after all, or to be told.
  void KeepTried() {
    for (const auto& [word, value] : written_) image.Write64(word, value);
  }
  void CollectTried(std::vector<Written>& all) const {
    for (const auto& [word, value] : written_) all.push_back({word, value ^ image.Read64(word)});
  }
  // Since the last call, outside of tries.
  std::vector<Written> TakeWrites() { return std::exchange(writes_, {}); }

  tb::LineMemory image;

 private:
  using Words = std::unordered_map<std::uint64_t, std::uint64_t>;  // by address, a multiple of 8

  void Choose(std::uint64_t address, std::size_t size_bytes, Line& line) {
    const std::uint64_t first = address / kLineBytes * kLineBytes;
    if (Touches(old_, address, size_bytes) && NextChoice()) Overlay(old_, first, line);
    if (Touches(unsettled_, address, size_bytes) && NextChoice()) {
      const bool set = NextChoice();
      for (std::uint64_t offset = 0; offset < kLineBytes; offset += 8) {
        const auto found = unsettled_.find(first + offset);
        if (found == unsettled_.end()) continue;
        std::uint64_t value = 0;
        std::memcpy(&value, line.data() + offset, 8);
        value = set ? value | found->second : value & ~found->second;
        std::memcpy(line.data() + offset, &value, 8);
      }
    }
    Overlay(written_, first, line);
  }
  static void Overlay(const Words& words, std::uint64_t first, Line& line) {
    if (words.empty()) return;
    for (std::uint64_t offset = 0; offset < kLineBytes; offset += 8) {
      const auto found = words.find(first + offset);
      if (found != words.end()) std::memcpy(line.data() + offset, &found->second, 8);
    }
  }
  static bool Touches(const Words& words, std::uint64_t address, std::size_t size_bytes) {
    for (std::uint64_t word = address / 8 * 8; word < address + size_bytes && !words.empty(); word += 8) {
      if (words.contains(word)) return true;
    }
    return false;
  }
  bool NextChoice() { return (choices_ >> alternatives_++ & 1) != 0; }

  bool trying_ = false;
  std::uint32_t choices_ = 0;
  unsigned alternatives_ = 0;
  Words old_, unsettled_, written_;
  std::vector<Written> writes_;
};

}  // namespace tarn::tests
