// What members say to each other. Every message carries the sender's epoch, which fences off those of another one.
// Decode takes any bytes and answers a message that makes sense by itself, or nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "sw/dataset/graph.h"
#include "sw/dataset/interface.h"
#include "sw/dataset/log_format.h"
#include "sw/dataset/membership.h"
#include "sw/dataset/status.h"

namespace tarn::dataset {

inline constexpr std::size_t kMessageBytesMax = 16 << 20;

// Regularly, to every member. Renews leases, tells the membership, and what the other may forget.
struct Heartbeat {
  Phase phase = Phase::kRecovering;
  bool settled = false;  // all that was in flight before this epoch is applied everywhere, as far as the sender had it
  bool up_to_date = false;         // a learner that has everything
  bool incomplete = false;         // the sender's log is damaged
  MembershipRecord record;         // epoch 0: knows none
  TimeNs sent_ns = 0;              // by the sender's clock
  TimeNs echo_ns = 0;              // sent_ns of the receiver's newest heartbeat of this epoch; 0: none, or no promise
  std::uint64_t floor = 0;         // the sender's own updates with counters up to this are applied everywhere
  std::uint64_t control_done = 0;  // changes of objects up to this are applied everywhere
  std::uint64_t free_bytes = 0;
};

// Apply this.
struct Update {
  ObjectId object = kNoObject;
  BlockRange range;
  Stamp stamp;
  ExtentKind kind = ExtentKind::kZero;
  bool fua = false;  // answer when it is on stable storage
  ChecksumVector checksums;
  std::span<const std::uint8_t> data;  // of the bytes decoded; kData
};
struct UpdateApplied {
  std::vector<Stamp> stamps;
};
// All have applied them.
struct Commit {
  std::vector<Stamp> stamps;
};

struct FlushRequest {
  std::uint64_t token = 0;
};
struct FlushDone {
  std::uint64_t token = 0;
};

// A change of objects (or of members) that a client asked another member than the chair for.
struct ControlForward {
  std::uint64_t token = 0;
  ControlRequest request;
};
struct ControlAnswer {
  std::uint64_t token = 0;
  Outcome outcome = Outcome::kOk;
  ObjectId object = kNoObject;
};
// Begin no write until the change `serial` is done, and say when none of yours is under way.
struct ControlPrepare {
  std::uint64_t serial = 0;
};
struct ControlPrepared {
  std::uint64_t serial = 0;
};
struct ControlApply {
  std::uint64_t serial = 0;
  ObjectChange change;
};
struct ControlApplied {
  std::uint64_t serial = 0;
};
struct ControlDone {
  std::uint64_t serial = 0;
};

// Resynchronisation: a learner asks, metadata first.
struct TableRequest {
  std::uint64_t token = 0;
};
struct TableAnswer {
  std::uint64_t token = 0;
  ObjectTable table;
  std::uint64_t done = 0;            // changes of objects up to this are applied everywhere
  std::optional<ObjectChange> last;  // that made this table, where that is not known to be
};
// A run of chunks of one object.
struct ChunkRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;

  std::uint64_t end() const { return first + count; }
  BlockRange blocks() const { return {.first = first * kChunkBlocks, .count = count * kChunkBlocks}; }
  bool operator==(const ChunkRange&) const = default;
};
struct ChunkDigest {
  std::uint64_t chunk = 0;
  std::uint64_t digest = 0;
};
// Which of these chunks mean something else with you? Of those that no digest stands for, nothing was ever written.
struct DigestRequest {
  std::uint64_t token = 0;
  ObjectId object = kNoObject;
  ChunkRange range;
  std::vector<ChunkDigest> digests;  // by chunk
};
struct ChunkRun {
  BlockRange range;
  ExtentKind kind = ExtentKind::kNone;
  Stamp stamp;
};
struct DigestAnswer {
  std::uint64_t token = 0;
  std::uint64_t chunks = 0;    // so many of those asked for were looked at, from the first on; at least one
  std::vector<ChunkRun> runs;  // of those of them that differ, whole; pieces of one stamp
};
struct ContentRequest {
  std::uint64_t token = 0;
  ObjectId object = kNoObject;
  BlockRange range;  // within one chunk
};
struct ContentRun {
  BlockRange range;
  ExtentKind kind = ExtentKind::kNone;
  Stamp stamp;
  ChecksumVector checksums;
  std::span<const std::uint8_t> data;  // of the bytes decoded
};
struct ContentAnswer {
  std::uint64_t token = 0;
  bool lost = false;  // its content is rotten there too
  std::vector<ContentRun> runs;
};
// For full verification: a hash of the bytes of each block, read anew, not of what should be there. The answer may be
// of a part of the range, from its begin on.
struct VerifyRequest {
  std::uint64_t token = 0;
  ObjectId object = kNoObject;
  BlockRange range;
};
struct VerifyRun {
  BlockRange range;
  Stamp stamp;
  ChecksumVector checksums;  // none where it reads as zeroes
};
struct VerifyAnswer {
  std::uint64_t token = 0;
  bool lost = false;
  std::vector<VerifyRun> runs;
};

using MessageBody =
    std::variant<Heartbeat, Update, UpdateApplied, Commit, FlushRequest, FlushDone, ControlForward, ControlAnswer,
                 ControlPrepare, ControlPrepared, ControlApply, ControlApplied, ControlDone, TableRequest, TableAnswer,
                 DigestRequest, DigestAnswer, ContentRequest, ContentAnswer, VerifyRequest, VerifyAnswer>;

struct Message {
  DatasetId dataset;
  std::uint64_t incarnation = 0;  // of the sender's life
  Epoch epoch = 0;                // that the sender is in
  MessageBody body;
};
// The body's name, for tests that count what was reached.
const char* MessageName(std::size_t index);

Bytes EncodeMessage(const Message& message);
// All but the data of an update, which follows.
Bytes EncodeMessageHead(const Message& message);
// block_bytes: of the dataset, which says how much data belongs to a range. Spans point into `bytes`.
std::optional<Message> DecodeMessage(std::span<const std::uint8_t> bytes, std::uint32_t block_bytes);

}  // namespace tarn::dataset
