// The RTL pool against the golden model (models/pool): judges by what the model answers, counts and stores.
//
// The model is untimed, so that it is led: it performs each access where the probe shows that the access took effect,
// gives a segment up where the probe shows that it was chosen, assigns one where the probe shows it, and reads from
// its own bulk device with the errors that the RTL's bulk device was seen to make. Each answer is compared with the
// model's through a scoreboard; what becomes of slots (models/pool/replacement_checker.h); each page's
// change notices, the counters, and bulk's content after a flush at the end. The model never chooses a victim by
// itself: it needs none if the RTL frees slots as it must. What is of time is not compared: which requests found their
// page on its way (a miss here, a hit there).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "models/bulk/bulk_store.h"
#include "models/common/line_protocol.h"
#include "models/common/slot_memory.h"
#include "models/pool/pool.h"
#include "models/pool/pool_control.h"
#include "models/pool/replacement_checker.h"
#include "tb/common/scoreboard.h"
#include "tb/pool/bulk_stub.h"
#include "tb/pool/pool_checker.h"
#include "tb/pool/prefetch_checker.h"

namespace tarn::tb {

class PoolCosimulation {
 public:
  struct Counts {
    std::uint64_t answers = 0, nonzero_reads = 0, page_ins = 0, evictions = 0, notices = 0, releases = 0;
    std::uint64_t atomics = 0, partial_writes = 0, exclusives_done = 0, poisons = 0, pages_on_bulk = 0;
    std::uint64_t early = 0, ordered_page_ins = 0, zero_pages = 0, prefetches = 0, moves = 0;
  };

  PoolCosimulation(const PoolShape& shape, std::uint32_t segments, BulkStub& bulk, Failures& failures);

  // What the model was asked and what it answered, as it did; for waves. data: whether the answer has any.
  using OnRequest = std::function<void(std::uint32_t host, bool walk, const HostRequest&, std::uint64_t cycle)>;
  using OnExpected =
      std::function<void(std::uint32_t host, bool walk, const LineResponse&, bool data, std::uint64_t cycle)>;
  void set_on_request(OnRequest on_request) { on_request_ = std::move(on_request); }
  void set_on_expected(OnExpected on_expected) { on_expected_ = std::move(on_expected); }
  // What became of a page in the model.
  using OnNotice = std::function<void(const pool::ChangeNotice&, std::uint64_t cycle)>;
  void set_on_notice(OnNotice on_notice) { on_notice_ = std::move(on_notice); }

  // The model's registers, to be written as the RTL's are; but for releases, which take effect where the RTL tells.
  RegisterBus& management() { return control_.management(); }
  pool::Pool& model() { return pool_; }
  Line Content(std::uint32_t host, std::uint64_t address) const;

  void OnAccepted(std::uint32_t host, bool walk, const HostRequest& request, std::uint64_t cycle);
  void OnProbe(const pool::PoolProbe& event, std::uint64_t cycle);
  void OnResponse(std::uint32_t host, bool walk, const LineResponse& response, std::uint64_t cycle);
  void OnChange(const pool::ChangeNotice& notice, std::uint64_t cycle);
  // The host asked for the segment to be given back; and that came to its end.
  void OnReleaseBegins(std::uint32_t host, std::uint32_t segment) { releasing_[host] = segment; }
  // What was not announced was not there: the model keeps what it has, and that must be nothing.
  void OnReleaseEnds(std::uint32_t host) { releasing_.erase(host); }
  // Slots below that number are of the fast class. The model has but one: where a segment stands is nothing to it.
  void OnFastSlots(std::uint32_t slots) { replacement_.SetFastSlots(slots); }
  // From now on no eviction may leave the host fewer slots.
  void OnFloor(std::uint32_t host, std::uint32_t slots) { replacement_.SetFloor(host, slots); }

  void OnShare(std::uint32_t host, std::uint32_t slots) { replacement_.SetShare(host, slots); }

  // At the end, when the RTL has flushed: everything that is not an answer. counter: the RTL's (element 16 x host + k).
  // Software orders the segment in, or its host hints that it will use it.
  void OnOrderedIn(std::uint32_t host, std::uint32_t segment) { ordered_.insert({host, segment}); }
  // page_outs_failed: some page-outs met errors, which the model's did not.
  void Finish(const std::function<std::uint64_t(std::uint32_t index)>& counter, bool page_outs_failed,
              std::uint64_t cycle);
  const Counts& counts() const { return counts_; }

 private:
  // The RTL's bulk device as it was seen, over a store of the model's own.
  class ObservedDevice : public bulk::PageDevice {
   public:
    ObservedDevice(const BulkStub& stub, Failures& failures);
    bulk::BulkStatus Read(LogicalPage lpn, Page& page, std::uint64_t& poison) override;
    bulk::BulkStatus Write(LogicalPage lpn, const Page& page, std::uint64_t poison) override {
      return store_.Write(lpn, page, poison);
    }
    bulk::BulkStatus Trim(LogicalPage lpn) override { return store_.Trim(lpn); }
    bulk::BulkStatus Flush() override { return store_.Flush(); }
    std::uint64_t Peek(LogicalPage lpn, Page& page) const override { return store_.Peek(lpn, page); }
    void Observe(std::uint64_t lpn, const BulkStub::ReadResult& read) { reads_[lpn] = read; }
    std::size_t reads_not_made() const { return reads_.size(); }

   private:
    bulk::BulkStore store_;
    std::unordered_map<std::uint64_t, BulkStub::ReadResult> reads_;
    Failures& failures_;
  };
  // The RTL chooses, the golden policy judges its choices (PolicyChecker), the model takes them.
  class NoChoice : public pool::ReplacementPolicy {
   public:
    explicit NoChoice(Failures& failures) : failures_(failures) {}
    void OnAssign(pool::SlotIndex, pool::SegmentKey) override {}
    void OnAccess(pool::SlotIndex) override {}
    void OnRelease(pool::SlotIndex) override {}
    pool::SlotIndex ChooseVictim(const pool::SlotUses&) override {
      failures_.Add("the model has no free slot where the RTL found one");
      return pool::kNoSlot;
    }

   private:
    Failures& failures_;
  };
  struct Access {
    HostRequest request;
    bool missed = false;
    bool performed = false;
  };
  using Key = std::uint32_t;  // requester and tag
  static Key KeyOf(std::uint32_t host, bool walk, std::uint8_t tag) { return (host * 2 + (walk ? 1 : 0)) << 8 | tag; }
  static std::uint32_t HostOf(Key key) { return key >> 9; }

  void Fail(const std::string& what, std::uint64_t cycle) {
    failures_.Add("cosimulation, cycle " + std::to_string(cycle) + ": " + what);
  }
  std::uint64_t LpnOf(std::uint32_t host, std::uint32_t segment, std::uint32_t page) const {
    return std::uint64_t{host} << 32 | (std::uint64_t{segment} * shape_.pages() + page);
  }
  void Perform(Key key, std::uint32_t host, bool walk, Access& access, std::uint64_t cycle);
  void Expect(Key key, const Access& access, const LineResponse& response, std::uint64_t cycle);
  void OnHit(const pool::PoolProbe& event, std::uint64_t cycle);
  void OnEarly(const pool::PoolProbe& event, std::uint64_t cycle);
  void OnPageIn(const pool::PoolProbe& event, std::uint64_t cycle);
  void OnMoved(const pool::PoolProbe& event, std::uint64_t cycle);
  bool IsWaitedFor(const pool::PoolProbe& event) const;
  // What becomes of a segment's dirty pages.
  enum class End : std::uint8_t { kWritten, kReleased };
  void NotifyDue(const pool::ChangeNotice& notice);
  // The RTL writes pages that the model did not change: their first write was announced.
  void SettleVainNotices(std::uint32_t host, std::uint32_t segment, End end);
  void Evict(std::uint32_t host, std::uint32_t segment);
  void Release(std::uint32_t host);
  void CompareNotices();
  void CompareCounters(const std::function<std::uint64_t(std::uint32_t)>& counter, bool page_outs_failed);
  void CompareBulk();

  OnRequest on_request_;
  OnExpected on_expected_;
  OnNotice on_notice_;
  std::uint64_t now_ = 0;  // the cycle of what the model is being told
  PoolShape shape_;
  std::uint32_t segments_;
  BulkStub& bulk_;
  Failures& failures_;
  ObservedDevice device_;
  SparseSlotMemory memory_;
  NoChoice policy_;
  pool::Pool pool_;
  pool::PoolControl control_;
  pool::ReplacementChecker replacement_;
  PrefetchChecker prefetch_;
  Scoreboard<Key, LineResponse> answers_;
  std::unordered_map<Key, Access> accesses_;
  std::map<std::uint32_t, std::uint32_t> releasing_;  // host to segment
  // Per page (by LPN), in order: what the RTL told, and what the model did.
  std::map<std::uint64_t, std::vector<pool::Change>> told_, due_;
  // First writes that the RTL announced; and which of them an exclusive write may have given up (README: "Order").
  std::unordered_set<std::uint64_t> announced_, excused_;
  std::vector<std::uint64_t> vain_notices_;  // per host, of first writes and moves that were given up
  std::set<std::uint64_t> moving_;           // pages announced as moved, that are not yet
  // Reads served while their page was coming in: the last one of each such page; and per host those that the model has
  // not performed.
  std::unordered_map<std::uint64_t, HostRequest> early_reads_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> ordered_;  // host, segment that software may have ordered in
  std::vector<std::uint64_t> early_;
  std::vector<std::uint64_t> hits_, misses_;  // per host, by what the probe showed
  Counts counts_;
};

}  // namespace tarn::tb
