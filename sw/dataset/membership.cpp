#include "sw/dataset/membership.h"

#include "sw/dataset/wire.h"

namespace tarn::dataset {

namespace {
constexpr std::uint32_t kVersion = 0x314d5254;  // "TRM1"

std::string ToText(MemberSet set) {
  std::string text;
  for (const MemberId member : set) text += (text.empty() ? "" : " ") + std::to_string(member);
  return text.empty() ? "nobody" : text;
}
}  // namespace

bool MembershipRecord::IsValid() const {
  return exists() && !in_sync.empty() && members.ContainsAll(copies()) && (in_sync & learners).empty();
}

Bytes EncodeMembership(const MembershipRecord& record) {
  Bytes bytes;
  WireWriter writer(bytes);
  writer.U32(kVersion);
  writer.U32(record.epoch);
  writer.Set(record.members);
  writer.Set(record.in_sync);
  writer.Set(record.learners);
  return bytes;
}

std::optional<MembershipRecord> DecodeMembership(std::span<const std::uint8_t> bytes) {
  WireReader reader(bytes);
  if (reader.U32() != kVersion) return std::nullopt;
  MembershipRecord record;
  record.epoch = reader.U32();
  record.members = reader.Set();
  record.in_sync = reader.Set();
  record.learners = reader.Set();
  if (!reader.ended() || !record.IsValid()) return std::nullopt;
  return record;
}

std::string ToText(const MembershipRecord& record) {
  if (!record.exists()) return "no membership yet";
  std::string text = "epoch " + std::to_string(record.epoch) + ": in sync " + ToText(record.in_sync);
  if (!record.learners.empty()) text += ", learning " + ToText(record.learners);
  return text + ", of " + ToText(record.members);
}

}  // namespace tarn::dataset
