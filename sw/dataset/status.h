// What a member tells of itself, for `tarn store status` and for the simulation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/dataset/membership.h"
#include "sw/dataset/types.h"

namespace tarn::dataset {

enum class Phase : std::uint8_t {
  kRecovering,  // reads its log
  kReturning,   // was in sync when it stopped: waits for the others, or for the whole set
  kStandby,     // not in sync: waits to be taken on as a learner
  kLearning,    // is being brought up to date
  kSettling,    // in sync, in a new epoch in which what was in flight is not resolved yet
  kServing,     // serves, as long as its lease holds
  kLeaving,     // asked the mediator to go on without someone: serves nobody until the answer
  kRefused,     // not a member of the dataset
  kLeft,        // left in order
  kFailed,      // its storage failed, or holds less than it must
};
const char* Name(Phase phase);

struct PeerStatus {
  MemberId member = kNobody;
  bool in_sync = false;
  bool learning = false;
  bool heard = false;                 // within the last lease
  TimeNs lease_left_ns = 0;           // of what this member may rely on from that peer
  std::uint64_t updates_waiting = 0;  // not yet applied there
  TimeNs lag_ns = 0;                  // age of the oldest of them
  Phase phase = Phase::kRecovering;   // as that peer last said
};

struct MemberStatus {
  MemberId self = kNobody;
  Phase phase = Phase::kRecovering;
  bool serves = false;  // right now
  MembershipRecord record;
  std::vector<PeerStatus> peers;
  std::uint64_t blocks_to_check = 0;  // of a learner: what is not compared yet
  std::uint64_t blocks_checked = 0;
  std::uint64_t blocks_fetched = 0;    // differed
  std::uint64_t free_bytes = 0;        // of storage
  std::uint64_t used_bytes = 0;        // live content
  std::uint64_t requests = 0;          // under way or held
  std::uint64_t refused_messages = 0;  // of old epochs, of strangers, damaged
  std::uint64_t repaired_blocks = 0;
  std::string trouble;    // of kFailed and kRefused: what is wrong
  std::string waits_for;  // of a resynchronisation: which answers, and why those that came were of no use
};

struct ObjectStatus {
  ObjectId id = kNoObject;
  enum class Kind : std::uint8_t { kVolume, kSnapshot } kind = Kind::kVolume;
  std::string name;
  std::uint64_t size_bytes = 0;
  ObjectId parent = kNoObject;  // the snapshot that it is based on
  bool writable() const { return kind == Kind::kVolume; }
};

}  // namespace tarn::dataset
