// What a member is told at its start; all members of a dataset are to have the same but for `self`.
#pragma once

#include <cstdint>

#include "models/common/result.h"
#include "sw/dataset/types.h"

namespace tarn::dataset {

// Mistakes that the tests must find: the simulation, or (kFlushLocalOnly and kTruncateAtDamage, which take two faults
// to do harm) tests of their own. Never set elsewhere.
enum class PlantedBug : std::uint8_t {
  kNone,
  kAcknowledgeBeforePeer,  // a write is acknowledged when this member alone has applied it
  kSkipFencing,            // messages of an older epoch are taken
  kStaleLease,             // this member serves whether or not the others still answer
  kForgetTrim,             // a trim is not sent to the others
  kReadInFlight,           // a read does not wait for updates that not all have applied
  kEvictWithoutWaiting,    // the others go on before the lease of the member they leave behind has ended
  kSkipSettling,           // after a change of epoch nobody waits for what was in flight
  kFlushLocalOnly,         // a flush reaches this member's own storage alone
  kResyncSkipsNewer,       // a learner keeps what it has where it looks newer
  kServeAfterRestart,      // a restarted member goes on as if it had never been away
  kTruncateAtDamage,       // a log that is damaged in its middle is taken for one that ends there
  kIgnoreStamps,           // the last update to arrive wins, not the one with the greater stamp
  kLearnerForgets,         // a learner that becomes in sync does not know what was in flight
};

struct MemberConfig {
  DatasetId dataset;
  MemberId self = kNobody;
  MemberSet initial_members;  // who may take part; later the membership record says it
  // Makes the dataset: this member, whose storage is blank or was never part of one (Store::HasJoined), is the first in
  // sync. Set on one member, on the operator's order, until the dataset is made.
  bool create = false;

  std::uint32_t block_bytes = 4096;       // unit of reads and writes: a power of two, 512..65536
  std::uint32_t update_blocks_max = 256;  // longer writes are cut; 1..256

  // Timing. A lease is what a member may rely on after it asked; it ends on its own.
  TimeNs heartbeat_ns = 100 * kMillisecondNs;
  TimeNs lease_ns = kSecondNs;             // >= 3 heartbeats
  std::uint32_t clock_drift_ppm = 10'000;  // how much faster than real time a member's clock may go, or slower
  TimeNs retransmit_ns = 200 * kMillisecondNs;
  TimeNs slow_ns = 5 * kSecondNs;   // a member that does not apply an update for so long is left behind
  TimeNs hold_ns = 30 * kSecondNs;  // a request that cannot be served for so long fails

  // Persistence.
  std::uint64_t device_bytes = 0;              // size of the storage: >= 8 segments
  std::uint32_t segment_bytes = 16 << 20;      // a multiple of 512, >= 4 KiB + twice the largest update
  std::uint64_t checkpoint_bytes = 512 << 20;  // log written between two checkpoints
  bool compress = false;                       // content is compressed (zstd) where that saves an eighth

  // Bounds of queues.
  std::uint32_t requests_max = 4096;  // of clients, under way or held; one more is answered kBusy
  std::uint32_t updates_max = 512;    // of this member, under way
  // Of their content. A host that queues less for a peer than this, what a request may add and as much again for what
  // is sent twice would break its links under load alone.
  std::uint64_t update_bytes_max = 8 << 20;

  PlantedBug planted = PlantedBug::kNone;

  // The first thing that makes no sense, in one line.
  Status Check() const;
};

}  // namespace tarn::dataset
