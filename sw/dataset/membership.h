// Who belongs to a dataset and who is in sync: the one record on which all agree, kept by the mediator (or by etcd) as
// a register that is only ever swapped against the epoch expected in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sw/dataset/types.h"

namespace tarn::dataset {

struct MembershipRecord {
  Epoch epoch = 0;     // 0: there is no record
  MemberSet members;   // who may take part at all
  MemberSet in_sync;   // whose state is complete: every acknowledged write is applied by all of them
  MemberSet learners;  // are being brought up to date; get every new write, serve nobody
  bool operator==(const MembershipRecord&) const = default;

  bool exists() const { return epoch != 0; }
  // Who applies a write before it is acknowledged.
  MemberSet copies() const { return in_sync | learners; }
  // in_sync and learners are apart, within members; someone is in sync.
  bool IsValid() const;
};

// 20 bytes: version, epoch, sets. What etcd holds as a value, in hexadecimal or as it is.
inline constexpr std::size_t kMembershipBytes = 20;
Bytes EncodeMembership(const MembershipRecord& record);
// Nothing where the bytes are no valid record.
std::optional<MembershipRecord> DecodeMembership(std::span<const std::uint8_t> bytes);

// "epoch 7: in sync 1 2, learning 3, of 1 2 3"
std::string ToText(const MembershipRecord& record);

}  // namespace tarn::dataset
