// Bytes on the wire and in the log: little-endian fields. A reader never trusts a length or a count: past the end it
// answers zeroes and remembers that it failed.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "sw/dataset/types.h"

namespace tarn::dataset {

class WireWriter {
 public:
  explicit WireWriter(Bytes& out) : out_(out) {}

  void U8(std::uint8_t value) { out_.push_back(value); }
  void U16(std::uint16_t value) { Fixed(value); }
  void U32(std::uint32_t value) { Fixed(value); }
  void U64(std::uint64_t value) { Fixed(value); }
  void Set(MemberSet set) { U32(set.bits()); }
  void Put(const Stamp& stamp) {
    U32(stamp.epoch);
    U64(stamp.serial);
  }
  void Put(const BlockRange& range) {
    U64(range.first);
    U64(range.count);
  }
  // Length (32 bits), then the bytes.
  void Blob(std::span<const std::uint8_t> bytes) {
    U32(static_cast<std::uint32_t>(bytes.size()));
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void Text(const std::string& text) {
    U16(static_cast<std::uint16_t>(text.size()));
    out_.insert(out_.end(), text.begin(), text.end());
  }

 private:
  template <typename T>
  void Fixed(T value) {
    const std::size_t at = out_.size();
    out_.resize(at + sizeof value);
    std::memcpy(out_.data() + at, &value, sizeof value);
  }

  Bytes& out_;
};

class WireReader {
 public:
  explicit WireReader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  std::uint8_t U8() { return Fixed<std::uint8_t>(); }
  std::uint16_t U16() { return Fixed<std::uint16_t>(); }
  std::uint32_t U32() { return Fixed<std::uint32_t>(); }
  std::uint64_t U64() { return Fixed<std::uint64_t>(); }
  MemberSet Set() { return MemberSet::FromBits(U32()); }
  Stamp TakeStamp() {
    const Epoch epoch = U32();
    return {.epoch = epoch, .serial = U64()};
  }
  // Fails on a range that goes round the end of all numbers.
  BlockRange Range() {
    const std::uint64_t first = U64();
    const std::uint64_t count = U64();
    if (first + count < first) failed_ = true;
    return {.first = first, .count = count};
  }
  std::span<const std::uint8_t> Blob() { return Take(U32()); }
  std::string Text() {
    const auto bytes = Take(U16());
    return {bytes.begin(), bytes.end()};
  }
  // A count of things of at least `bytes_each`: fails where so many cannot follow.
  std::uint32_t Count(std::size_t bytes_each) {
    const std::uint32_t count = U32();
    if (count > rest_.size() / bytes_each) failed_ = true;
    return failed_ ? 0 : count;
  }
  void Fail() { failed_ = true; }

  bool ok() const { return !failed_; }
  // Nothing failed, and nothing is left.
  bool ended() const { return !failed_ && rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

 private:
  template <typename T>
  T Fixed() {
    T value{};
    const auto bytes = Take(sizeof value);
    if (!failed_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::span<const std::uint8_t> Take(std::size_t size) {
    if (failed_ || size > rest_.size()) {
      failed_ = true;
      return {};
    }
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  std::span<const std::uint8_t> rest_;
  bool failed_ = false;
};

}  // namespace tarn::dataset
