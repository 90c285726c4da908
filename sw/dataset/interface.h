// What goes into a member's step and what comes out: the whole of the world it sees. README.md, "The host's duties",
// says in which order and how durably the host must do what it is told.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sw/dataset/membership.h"
#include "sw/dataset/types.h"

namespace tarn::dataset {

// How a request ended. Where it says so nothing was changed; else a write that failed may or may not have happened.
enum class Outcome : std::uint8_t {
  kOk,
  kInvalid,       // unaligned, beyond the end, a name that is none; nothing was changed
  kNoSuchObject,  // nothing was changed
  kExists,        // the name is taken; nothing was changed
  kReadOnly,      // a write to a snapshot; nothing was changed
  kNoSpace,       // a copy's storage is full; nothing was changed
  kBusy,          // too many requests under way; nothing was changed
  kUnavailable,   // this member does not serve and did not begin; nothing was changed
  kUnknown,       // was under way when this member lost its place: may have happened, or may still
  kIo,            // content is lost: no copy of it is whole (reads)
};
const char* Name(Outcome outcome);

// ---------------------------------------------------------------- events

// First event of a member's life. `incarnation` must differ from that of every earlier life (random bits, or a counter
// on disk).
struct Start {
  std::uint64_t incarnation = 0;
};

// Time passed: to be given at wake_time() or soon after, and harmless at any other time.
struct Tick {};

using RequestId = std::uint64_t;

// Of a client of an export. Offsets and lengths in bytes, multiples of block_bytes.
struct IoRequest {
  enum class Kind : std::uint8_t { kRead, kWrite, kTrim, kWriteZeroes, kFlush, kBlockStatus };
  RequestId id = 0;  // the host's; its answer carries it; no two under way are the same
  Kind kind = Kind::kRead;
  ObjectId object = kNoObject;
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;  // of kWrite: of the data
  bool fua = false;                // kWrite, kTrim, kWriteZeroes: on stable storage of all before the answer
  SharedSpan data;                 // kWrite
};

// Of the operator, or of a client that manages objects.
struct ControlRequest {
  enum class Kind : std::uint8_t {
    kCreateVolume,  // name, size_bytes
    kSnapshot,      // of `object`, as `name`
    kClone,         // of `object`, a snapshot, as `name`: a volume
    kGrow,          // `object`, a volume, to size_bytes
    kDelete,        // `object`
    kAddMember,     // `member` may take part from now on
    kRemoveMember,  // `member` is left behind and refused from now on
    kLeave,         // this member leaves in order: the others go on without waiting for its lease to end
    kVerify,        // this member's content, byte for byte, against another member's
    kScrub,         // this member's log, read and checked; what is rotten is repaired from another member
    kTakeOver,      // the operator's word that the other members in sync are lost for good: what this one has is the
                    // dataset
  };
  RequestId id = 0;
  Kind kind = Kind::kCreateVolume;
  ObjectId object = kNoObject;
  std::string name;  // 1..255 bytes, no '/', no control characters
  std::uint64_t size_bytes = 0;
  MemberId member = kNobody;
};

// `from` is who the host knows the sender to be (its certificate), never what the bytes say.
struct MessageReceived {
  MemberId from = kNobody;
  SharedBytes bytes;
};

enum class StorageResult : std::uint8_t { kOk, kFailed };

// Answers to WriteStorage, SyncStorage and ReadStorage. Only writes that failed need be told, but all may be.
struct StorageWritten {
  std::uint64_t offset = 0;
  StorageResult result = StorageResult::kOk;
};
struct StorageSynced {
  std::uint64_t token = 0;
  StorageResult result = StorageResult::kOk;
};
struct StorageRead {
  std::uint64_t token = 0;
  StorageResult result = StorageResult::kOk;
  Bytes bytes;  // of the length asked for
};

// Answer to AskMediator; none need come (the member asks again).
struct MediatorAnswer {
  std::uint64_t id = 0;
  bool swapped = false;     // the swap asked for was made now
  MembershipRecord record;  // what the mediator holds now; epoch 0: nothing
};

using Event = std::variant<Tick, Start, IoRequest, ControlRequest, MessageReceived, StorageWritten, StorageSynced,
                           StorageRead, MediatorAnswer>;

// ---------------------------------------------------------------- actions

// The same bytes, then `data`, to each of `to`. May get lost, late, twice, out of order; the best effort is a
// connection per peer whose queue is bounded and thrown away where the peer does not read.
struct Send {
  MemberSet to;
  SharedBytes bytes;
  SharedSpan data;
};
// As one message.
SharedBytes Joined(const Send& send);

// Writes take effect in any order; a later read of this member must see them all the same.
struct WriteStorage {
  std::uint64_t offset = 0;  // multiple of 512, as is the length
  Bytes bytes;
  SharedSpan data;                  // follows
  std::uint32_t padding_bytes = 0;  // zeroes that follow that, less than 512

  std::uint64_t size() const { return bytes.size() + data.bytes.size() + padding_bytes; }
};
// In one piece.
Bytes Joined(const WriteStorage& write);

// Everything handed out before this is on stable storage (fdatasync) before StorageSynced{token} is given.
struct SyncStorage {
  std::uint64_t token = 0;
};

struct ReadStorage {
  std::uint64_t token = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// A question to the mediator: what it holds (expected == kOnlyRead), or a swap: if it holds exactly epoch `expected`
// (0: no record) it takes `next`, whose epoch is expected + 1.
struct AskMediator {
  static constexpr Epoch kOnlyRead = ~Epoch{0};
  // A mediator that lost its state is given back what holds: if it has no record, it takes `next`, whatever its epoch.
  static constexpr Epoch kIfNothing = kOnlyRead - 1;
  std::uint64_t id = 0;
  Epoch expected = kOnlyRead;
  MembershipRecord next;
};

struct StatusRun {
  std::uint64_t length_bytes = 0;
  bool is_hole = false;  // never written, trimmed or zeroed: reads as zeroes
};

// The answer to a client's request.
struct Reply {
  RequestId id = 0;
  Outcome outcome = Outcome::kOk;
  Bytes data;                   // kRead
  std::vector<StatusRun> runs;  // kBlockStatus
  ObjectId object = kNoObject;  // kCreateVolume, kSnapshot, kClone: the new one
  std::string text;             // of control requests: what there is to say
};

// Something an operator wants to know: to the log.
struct Note {
  enum class Level : std::uint8_t { kInfo, kWarning, kError };
  Level level = Level::kInfo;
  std::string text;
};

using Action = std::variant<Send, WriteStorage, SyncStorage, ReadStorage, AskMediator, Reply, Note>;
using Actions = std::vector<Action>;

}  // namespace tarn::dataset
