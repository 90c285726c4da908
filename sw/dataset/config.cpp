#include "sw/dataset/config.h"

#include <bit>
#include <string>

namespace tarn::dataset {

namespace {
constexpr std::uint32_t kSectorBytes = 512;
constexpr std::uint32_t kBlockBytesMax = 65536;
constexpr std::uint32_t kUpdateBlocksMax = 256;
constexpr std::uint32_t kRecordOverheadBytes = 4096;
constexpr std::uint32_t kDriftPpmMax = 200'000;
constexpr std::uint64_t kSegmentsMin = 16;
constexpr std::uint64_t kSegmentsMax = 1 << 22;  // each is in a table in memory
}  // namespace

Status MemberConfig::Check() const {
  if (self == kNobody || self > kMembersMax) return Status::Error("a member's number is 1 to 32");
  if (!initial_members.contains(self)) return Status::Error("this member is not among the members");
  if (!std::has_single_bit(block_bytes) || block_bytes < kSectorBytes || block_bytes > kBlockBytesMax) {
    return Status::Error("the block size is a power of two from 512 to 65536");
  }
  if (update_blocks_max == 0 || update_blocks_max > kUpdateBlocksMax)
    return Status::Error("an update has 1 to 256 blocks");
  const std::uint64_t update_bytes = std::uint64_t{block_bytes} * update_blocks_max;
  if (segment_bytes % kSectorBytes != 0 || segment_bytes < kRecordOverheadBytes + 2 * update_bytes) {
    return Status::Error("a log segment is a multiple of 512 bytes and holds two updates and 4 KiB");
  }
  // What fewer have room for is all reserved, for checkpoints and cleaning.
  if (device_bytes < kSegmentsMin * segment_bytes) {
    return Status::Error("the storage holds fewer than 16 log segments of " + std::to_string(segment_bytes) + " bytes");
  }
  if (device_bytes / segment_bytes > kSegmentsMax)
    return Status::Error("the storage holds more than 4194304 log segments");
  if (heartbeat_ns <= 0 || lease_ns < 3 * heartbeat_ns) return Status::Error("a lease is three heartbeats or longer");
  if (clock_drift_ppm > kDriftPpmMax) return Status::Error("the clocks' drift is at most 200000 ppm");
  if (retransmit_ns <= 0 || slow_ns <= 0 || hold_ns <= 0) return Status::Error("times are positive");
  if (requests_max == 0 || updates_max == 0 || update_bytes_max == 0)
    return Status::Error("queues have room for one at least");
  return {};
}

}  // namespace tarn::dataset
