// Words of the replicated dataset that every part uses: who, when, which version of a block.
#pragma once

#include <bit>
#include <boost/container/small_vector.hpp>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tarn::dataset {

using Bytes = std::vector<std::uint8_t>;
using SharedBytes = std::shared_ptr<const Bytes>;
// A part of bytes that several hold, so that content need not be copied on its way to log and network.
struct SharedSpan {
  SharedBytes owner;  // null: none
  std::span<const std::uint8_t> bytes;
};
// Bytes that nobody else holds yet.
inline SharedSpan Owned(Bytes bytes) {
  const auto owner = std::make_shared<const Bytes>(std::move(bytes));
  return {.owner = owner, .bytes = *owner};
}

// Nanoseconds of a member's own steady clock; two members' clocks have nothing to do with each other but their rate.
using TimeNs = std::int64_t;
inline constexpr TimeNs kMillisecondNs = 1'000'000;
inline constexpr TimeNs kSecondNs = 1'000'000'000;
inline constexpr TimeNs kNeverNs = INT64_MAX;

using MemberId = std::uint8_t;  // 1..kMembersMax
inline constexpr MemberId kNobody = 0;
inline constexpr MemberId kMembersMax = 32;

// A set of members.
class MemberSet {
 public:
  constexpr MemberSet() = default;
  static constexpr MemberSet FromBits(std::uint32_t bits) { return MemberSet(bits); }
  static constexpr MemberSet Of(MemberId member) { return MemberSet(std::uint32_t{1} << (member - 1)); }

  constexpr bool contains(MemberId member) const {
    return member != kNobody && member <= kMembersMax && (bits_ >> (member - 1) & 1) != 0;
  }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr int size() const { return std::popcount(bits_); }
  constexpr std::uint32_t bits() const { return bits_; }
  // The lowest member; kNobody in an empty set.
  constexpr MemberId first() const { return empty() ? kNobody : static_cast<MemberId>(std::countr_zero(bits_) + 1); }
  constexpr MemberSet With(MemberId member) const { return MemberSet(bits_ | Of(member).bits_); }
  constexpr MemberSet Without(MemberId member) const { return MemberSet(bits_ & ~Of(member).bits_); }
  constexpr MemberSet operator|(MemberSet other) const { return MemberSet(bits_ | other.bits_); }
  constexpr MemberSet operator&(MemberSet other) const { return MemberSet(bits_ & other.bits_); }
  constexpr MemberSet operator-(MemberSet other) const { return MemberSet(bits_ & ~other.bits_); }
  constexpr bool ContainsAll(MemberSet other) const { return (other - *this).empty(); }
  bool operator==(const MemberSet&) const = default;

  // for (MemberId member : set)
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = MemberId;
    using difference_type = std::ptrdiff_t;
    using pointer = const MemberId*;
    using reference = MemberId;
    constexpr explicit Iterator(std::uint32_t bits) : bits_(bits) {}
    constexpr MemberId operator*() const { return static_cast<MemberId>(std::countr_zero(bits_) + 1); }
    constexpr Iterator& operator++() {
      bits_ &= bits_ - 1;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    std::uint32_t bits_;
  };
  constexpr Iterator begin() const { return Iterator(bits_); }
  constexpr Iterator end() const { return Iterator(0); }

 private:
  constexpr explicit MemberSet(std::uint32_t bits) : bits_(bits) {}
  std::uint32_t bits_ = 0;
};

// Number of the membership: every change of who is in sync makes the next one. 0: none yet.
using Epoch = std::uint32_t;

// Names one write of the dataset's whole life. Of two writes to a block the one with the greater stamp is the later
// one, at every member. Serial = Lamport counter << 8 | member, counted anew in each epoch.
struct Stamp {
  Epoch epoch = 0;
  std::uint64_t serial = 0;

  auto operator<=>(const Stamp&) const = default;
  bool is_none() const { return epoch == 0; }
  MemberId member() const { return static_cast<MemberId>(serial & 0xff); }
  std::uint64_t counter() const { return serial >> 8; }
};

// A storage object: volume, snapshot or clone. Numbers are given out once.
using ObjectId = std::uint64_t;
inline constexpr ObjectId kNoObject = 0;

// A run of blocks of one object.
struct BlockRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;

  std::uint64_t end() const { return first + count; }
  bool Overlaps(const BlockRange& other) const { return first < other.end() && other.first < end(); }
  bool operator==(const BlockRange&) const = default;
};

// Most writes are of one block, and lie in one piece.
using RangeVector = boost::container::small_vector<BlockRange, 1>;
using ChecksumVector = boost::container::small_vector<std::uint64_t, 1>;

// Which dataset: 16 arbitrary bytes, so that a member of another one is recognised.
struct DatasetId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const DatasetId&) const = default;
};

}  // namespace tarn::dataset
