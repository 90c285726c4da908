// Checks everything that the pool answers and tells, against a flat byte map per host: what a host must see, whatever
// the pool is inside, in legal order and in time. It knows nothing of the golden model (that is PoolCosimulation's).
//
// The probe says in which order accesses take effect; the checker demands that this order is a legal one (inside each
// access's time, and in order per requester and line), performs each access on the byte map at its place, and compares
// the answer. Replacement is checked event by event (models/pool/replacement_checker.h), change notices against the
// writes seen, and everything that was accepted must be answered within a bound.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "models/common/line_protocol.h"
#include "models/pool/exclusive_monitor.h"
#include "models/pool/pool_messages.h"
#include "models/pool/replacement_checker.h"
#include "tb/common/scoreboard.h"
#include "tb/pool/bulk_stub.h"
#include "tb/pool/prefetch_checker.h"

namespace tarn::tb {

struct PoolShape {
  std::uint32_t hosts = 0;
  std::uint32_t segment_bytes = 0;
  std::uint32_t slots = 0;
  std::uint32_t slots_beside_floors = 1;  // that floors must leave: NumEngines + ReserveSlots
  std::uint64_t base(std::uint32_t host) const { return (std::uint64_t{host} + 1) << 32; }
  std::uint32_t pages() const { return segment_bytes / kPageBytes; }
};

class PoolChecker {
 public:
  struct Tally {
    std::uint64_t accesses = 0, hits = 0, misses = 0, access_errors = 0, page_ins = 0, zero_fills = 0;
    std::uint64_t evictions = 0, notices = 0, refused = 0, poisons = 0, atomics = 0, exclusives_done = 0;
    std::uint64_t moves = 0, moved_pages = 0, paged = 0, early = 0, corrupt = 0, compared_reads = 0, nonzero_reads = 0,
                  written_out = 0;
  };

  // segments: of each host's window. bound_cycles: from acceptance to answer.
  PoolChecker(const PoolShape& shape, std::uint32_t segments, BulkStub* bulk, std::uint64_t bound_cycles,
              Failures& failures);

  void OnAccepted(std::uint32_t host, bool walk, const HostRequest& request, std::uint64_t cycle);
  void OnProbe(const pool::PoolProbe& event, std::uint64_t cycle);
  void OnResponse(std::uint32_t host, bool walk, const LineResponse& response, std::uint64_t cycle);
  void OnChange(const pool::ChangeNotice& notice, std::uint64_t cycle);
  // Each cycle: who waits too long?
  void OnCycle(std::uint64_t cycle);
  // Everything was answered, and bulk (after a flush) holds the byte map.
  void ExpectAllAnswered(std::uint64_t cycle);
  void ExpectBulkHoldsEverything();

  void set_window(std::uint32_t host, std::uint32_t segments) { segments_[host] = segments; }

  // Timeouts and retries are answers to be expected (they change nothing).
  void set_refusals_allowed(bool allowed) { refusals_allowed_ = allowed; }
  // Slots below that number are of the fast class.
  void SetFastSlots(std::uint32_t slots) { replacement_.SetFastSlots(slots); }
  // The host keeps that many slots.
  void SetFloor(std::uint32_t host, std::uint32_t slots) { replacement_.SetFloor(host, slots); }
  void SetShare(std::uint32_t host, std::uint32_t slots) { replacement_.SetShare(host, slots); }
  // Software said that the page's content is lost. Before any access to it.
  void OnLost(std::uint32_t host, std::uint64_t page);
  // The pool is not enabled: every request is an access error.
  void set_closed(bool closed) { closed_ = closed; }
  std::uint32_t in_flight() const { return in_flight_; }
  const Tally& tally(std::uint32_t host) const { return tallies_[host]; }
  Tally Sum() const;
  std::uint64_t latency_max_cycles() const { return latency_max_cycles_; }
  const pool::ReplacementChecker& replacement() const { return replacement_; }
  const PrefetchChecker& prefetch() const { return prefetch_; }
  // A line as the host must read it.
  Line Expected(std::uint32_t host, std::uint64_t address);

 private:
  struct Access {
    HostRequest request;
    std::uint64_t accepted_at = 0;
    bool outside = false;
    bool missed = false;
    std::optional<LineResponse> expected;  // once it took effect
  };
  struct Requester {
    std::unordered_map<std::uint8_t, Access> accesses;
    std::unordered_map<std::uint64_t, std::deque<std::uint8_t>> order;  // per line, not yet in effect
  };

  void Fail(const std::string& what, std::uint64_t cycle) {
    failures_.Add("cycle " + std::to_string(cycle) + ": " + what);
  }
  Requester& RequesterOf(std::uint32_t host, bool walk) { return requesters_[host * 2 + (walk ? 1 : 0)]; }
  static std::uint64_t Key(std::uint32_t host, std::uint64_t line) { return std::uint64_t{host} << 40 | line; }
  std::uint64_t LineOf(std::uint32_t host, std::uint64_t address) const { return (address - shape_.base(host)) / 64; }
  Line& Content(std::uint32_t host, std::uint64_t line);
  void Perform(std::uint32_t host, Access& access);
  bool PerformWrite(std::uint32_t host, const HostRequest& request, std::uint64_t line, LineResponse& response);
  void OnHit(const pool::PoolProbe& event, std::uint64_t cycle);
  void OnPageIn(const pool::PoolProbe& event, std::uint64_t cycle);
  void OnMoved(const pool::PoolProbe& event, std::uint64_t cycle);
  Access* Find(const pool::PoolProbe& event, std::uint64_t cycle);

  PoolShape shape_;
  std::vector<std::uint32_t> segments_;  // of each host's window
  BulkStub* bulk_;
  std::uint64_t bound_cycles_;
  Failures& failures_;
  pool::ReplacementChecker replacement_;
  PrefetchChecker prefetch_;
  std::vector<Requester> requesters_;
  std::vector<pool::ExclusiveMonitor> monitors_;
  std::vector<Tally> tallies_;
  std::unordered_map<std::uint64_t, Line> lines_;
  std::unordered_set<std::uint64_t> poison_;      // lines known lost
  std::unordered_set<std::uint64_t> lost_pages_;  // pages that are lost as a whole, and not written since
  std::unordered_set<std::uint64_t> dirty_;       // pages {host, page}, as the notices say
  std::unordered_set<std::uint64_t> stored_;      // pages that were written out, so that they have a checksum
  std::unordered_set<std::uint64_t> moving_;      // pages announced as moved, that are not yet
  std::unordered_set<std::uint64_t> released_;    // pages whose content is gone on purpose
  std::deque<std::pair<std::uint64_t, std::pair<std::uint32_t, std::uint8_t>>> deadlines_;  // when, who, tag
  bool refusals_allowed_ = false;
  bool closed_ = false;
  std::uint32_t in_flight_ = 0;
  std::uint64_t latency_max_cycles_ = 0;
};

}  // namespace tarn::tb
