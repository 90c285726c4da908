// Golden model of the pool, functional part: what every access returns and changes, exactly; no time passes.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "models/bulk/bulk_store.h"
#include "models/bulk/page_device.h"
#include "models/common/line_protocol.h"
#include "models/common/result.h"
#include "models/common/slot_memory.h"
#include "models/common/units.h"
#include "models/pool/adaptive_policy.h"
#include "models/pool/exclusive_monitor.h"
#include "models/pool/pool_messages.h"
#include "models/pool/replacement.h"
#include "models/pool/segment_map.h"

namespace tarn::pool {

struct PoolConfig {
  std::uint32_t num_hosts = 4;
  std::uint32_t num_slots = 256;
  std::uint32_t segment_bytes = 64 * 1024;  // power of two, 4 KiB .. 2 MiB
  std::uint32_t segments_per_host = 4096;   // the largest window that SetBounds gives
  std::uint32_t slots_beside_floors = 1;    // that the floors must leave: for the RTL NumEngines + ReserveSlots
  bool page_checksum = true;                // of each page that goes to bulk, checked when it comes back
  std::uint32_t engines = 8;                // page-in engines, of which
  std::uint32_t walk_engines = 1;           // walks have these: only for what registers tell, the model needs none
};

// A host's part of the promise: host physical addresses [base, base + segments x segment size).
struct Window {
  HostPhysAddr base{};  // a multiple of the segment size
  std::uint32_t segments = 0;
  // Segments that were never assigned have their content on bulk (true) or are zero (false).
  bool on_bulk = false;
};

struct HostCounters {
  std::uint64_t hits = 0;             // requests that found their page resident
  std::uint64_t misses = 0;           // requests that did not
  std::uint64_t page_ins = 0;         // pages read from bulk
  std::uint64_t zero_fills = 0;       // pages made without reading
  std::uint64_t page_outs_dirty = 0;  // written, or zero
  std::uint64_t page_outs_zero = 0;   // of these, pages of zeros, which bulk does not store
  std::uint64_t page_outs_clean = 0;  // pages dropped without writing
  std::uint64_t segments_assigned = 0;
  std::uint64_t segments_evicted = 0;
  std::uint64_t access_errors = 0;  // requests outside the window
  std::uint64_t poisons = 0;        // requests answered with poison
  std::uint64_t retries = 0;        // and with retry or timeout
  std::uint64_t notices = 0;        // change notices
  std::uint64_t bulk_errors = 0;    // bulk commands that did not end well, or gave a page back changed
  std::uint64_t releases = 0;       // segments given back that held anything
};

// Work that accesses made, over all hosts; for those who estimate time.
struct PoolActivity {
  std::uint64_t pages_in = 0;   // read from bulk
  std::uint64_t pages_out = 0;  // written to bulk
};

class Pool {
 public:
  using NoticeListener = std::function<void(const ChangeNotice&)>;
  using ProbeListener = std::function<void(const PoolProbe&)>;

  // slots, bulk and policy live as long as the pool. policy null: the hardware's, of its own.
  Pool(const PoolConfig& config, SlotMemory& slots, bulk::PageDevice& bulk, ReplacementPolicy* policy = nullptr);
  ~Pool();

  // A window with nothing assigned in it. An error says what is wrong: base not aligned, no such host.
  Status SetWindow(HostId host, const Window& window);
  // As registers do it: the window's place alone; what its segments hold stays. base is cut to a multiple of the
  // segment size, segments to segments_per_host.
  void SetBounds(HostId host, HostPhysAddr base, std::uint32_t segments);
  // Which pages of a segment have their content on bulk, and of which it is lost (whatever bulk has): pages 32 * word
  // .. 32 * word + 31. A lost page comes as poison until it is written or released. False: the segment is resident, or
  // not in the map.
  bool SetOnBulk(HostId host, std::uint32_t segment, std::uint32_t word, std::uint32_t pages, std::uint32_t lost = 0);
  // Slots 0 .. slots - 1 are used. REQUIRES: 1 .. num_slots, nothing was assigned yet, the policy is the pool's own.
  void SetSlotsInService(std::uint32_t slots);
  // Slots below that number are of the fast speed class, the others of the slow one: what gets a slot gets a fast one,
  // if one is free. REQUIRES: nothing was assigned yet.
  void SetFastSlots(std::uint32_t slots);
  // Slots that the host keeps: they are skipped while it has no more. All floors and
  // slots_beside_floors must fit, else none counts.
  void SetFloor(HostId host, std::uint32_t slots);
  // While the host has no more slots than these they are skipped, if another host has more than its share and floor; 0:
  // none. When nothing else may go, shares do not count.
  void SetShare(HostId host, std::uint32_t slots) { hosts_[host.value()].share = slots; }
  // Slots in use at which segments are paged out until no more than `low` are in use; 0: never.
  void SetMarks(std::uint32_t page_out, std::uint32_t low) {
    page_out_mark_ = page_out;
    low_mark_ = low;
  }
  std::uint32_t slots_in_use() const { return slots_in_service_ - free_slots(); }
  const Window& window(HostId host) const { return hosts_[host.value()].window; }

  // One access. Reads and atomics: the line (before the atomic) comes in response.data. paged: it waited for bulk.
  //   kOk, kExclusiveOk (an exclusive write that was not done answers kOk); kPoison (read or atomic: nothing changed);
  //   kAccessError (outside the window; a malformed atomic, which brings its page in all the same); kRetry (bulk is
  //   away, or no slot can be had: nothing but residency changed). Timeouts are matters of time: the model has none. A
  //   page that bulk gives up (an error, or poison) or gives back changed is resident with every line poisoned.
  // walk: it comes from an IOMMU's walk port (counts the same).
  void Access(HostId host, const HostRequest& request, LineResponse& response, bool walk = false);
  LineResponse Access(HostId host, const HostRequest& request, bool walk = false) {
    LineResponse response;
    Access(host, request, response, walk);
    return response;
  }

  // The page's content in the slot, for direct access: only while the page is resident and no line of it is poisoned;
  // null else. for_write also demands that the page is dirty already (so that no first-write notice is due) and that no
  // exclusive monitor watches it. Counts nothing. Stale as soon as on_invalidate names the page.
  std::uint8_t* DirectPage(HostId host, HostPhysAddr page, bool for_write);
  using InvalidateListener = std::function<void(HostId host, std::uint32_t window_page)>;
  void set_invalidate_listener(InvalidateListener listener) { on_invalidate_ = std::move(listener); }

  // Gives segments back: content gone (reads as zero), slots free, bulk trimmed, notices sent.
  Status Release(HostId host, std::uint32_t first_segment, std::uint32_t count);
  // Pages out one segment now; no-op when it is not resident. kRetry when bulk refuses: it stays, nothing is lost.
  LineStatus Evict(HostId host, std::uint32_t segment);
  // Writes every dirty page out and flushes bulk; pages stay resident and are clean.
  LineStatus Flush();
  // Makes a page resident that is on bulk, as software orders it: no access, and no miss.
  LineStatus BringIn(HostId host, std::uint32_t segment, std::uint32_t page);
  // Gives a segment a slot. REQUIRES: inside the window; so for Mark.
  LineStatus Assign(HostId host, std::uint32_t segment);
  // Software says that a resident segment will be used, or not.
  void Mark(HostId host, std::uint32_t segment, bool hot);
  // Moves a resident segment to a free slot of that class. kRetry: it is pinned, or none is free.
  LineStatus Move(HostId host, std::uint32_t segment, bool to_fast);
  // A pinned segment is never a victim. REQUIRES: inside the window. Assigns it if it has no slot.
  LineStatus Pin(HostId host, std::uint32_t segment, bool pinned);

  // The page counts as dirty though nothing changed: an exclusive write was announced, but not done ("Order" in
  // rtl/pool/README.md). Without a notice. REQUIRES: the page is valid.
  void MarkAnnounced(HostId host, std::uint32_t window_page);

  // What a host reads there, without effect on anything (debug transport, final comparison). kAccessError outside.
  LineStatus Peek(HostId host, HostPhysAddr line, Line& data) const;
  // Writes bytes there without notice, probe or policy; for loaders. kAccessError outside.
  LineStatus Poke(HostId host, HostPhysAddr line, const Line& data, std::uint64_t mask);

  // What happened to a segment, as registers tell software.
  enum class SegmentEvent : std::uint8_t { kAssigned, kPagedIn, kPagedOut, kReleased };
  using SegmentListener = std::function<void(SegmentEvent event, std::uint32_t host, std::uint32_t segment)>;
  void set_segment_listener(SegmentListener listener) { on_segment_ = std::move(listener); }
  // A page came back from bulk with another checksum than it left with.
  using CorruptionListener = std::function<void(std::uint32_t host, std::uint32_t window_page)>;
  void set_corruption_listener(CorruptionListener listener) { on_corruption_ = std::move(listener); }
  void set_notice_listener(NoticeListener listener) { on_notice_ = std::move(listener); }
  // Every event in order of effect; skips and evictions only with the pool's own policy.
  void set_probe_listener(ProbeListener listener);
  // A second one, for the hotness monitoring; and who names slots that are found cold, kNoSlot if there is none: past
  // the mark they are paged out before those that the policy chooses.
  void set_monitor(ProbeListener listener);
  // A third one, for the live estimate of the optimum.
  void set_optimum_listener(ProbeListener listener);
  void set_cold_source(std::function<SlotIndex()> source) { cold_source_ = std::move(source); }
  // The slot's segment, and how many of its pages are valid, as the probe would show that it was kept. Nothing: it is
  // free.
  std::optional<PoolProbe> DescribeSlot(SlotIndex slot) const;

  const PoolConfig& config() const { return config_; }
  const HostCounters& counters(HostId host) const { return hosts_[host.value()].counters; }
  const PoolActivity& activity() const { return activity_; }
  // Where the latest access's line is in the channel; without meaning when it was not served.
  std::uint64_t last_slot_line() const { return last_slot_line_; }
  std::uint32_t resident_segments(HostId host) const { return hosts_[host.value()].resident; }
  std::uint32_t free_slots() const { return free_fast_slots() + static_cast<std::uint32_t>(free_[kSlow].size()); }
  std::uint32_t free_fast_slots() const { return static_cast<std::uint32_t>(free_[kFast].size()); }
  std::uint32_t fast_slots() const { return fast_slots_; }
  std::uint32_t slots_in_service() const { return slots_in_service_; }
  // What the map says of 32 pages of a segment, one bit a page.
  struct PageStates {
    std::uint32_t valid = 0, dirty = 0, on_bulk = 0, lost = 0;
  };
  PageStates StatesOf(HostId host, std::uint32_t segment, std::uint32_t word) const;
  bool pinned(HostId host, std::uint32_t segment) const;
  bool floors_count() const { return floors_count_; }
  std::optional<SlotIndex> SlotOf(HostId host, std::uint32_t segment) const;
  bool PageDirty(HostId host, std::uint32_t window_page) const;

 private:
  struct Host {
    Window window;
    SegmentMap map;
    ExclusiveMonitor monitor;
    HostCounters counters;
    std::uint32_t resident = 0;
    std::uint32_t floor = 0;
    std::uint32_t share = 0;
  };
  struct Slot {
    SegmentKey key;
    bool used = false;
    bool pinned = false;
  };
  // Where an address is.
  struct Place {
    std::uint32_t host = 0;
    std::uint32_t segment = 0;
    std::uint32_t page = 0;  // inside the segment
    std::uint32_t line = 0;  // inside the page
    SlotIndex slot = kNoSlot;
  };
  class Uses;
  enum SpeedClass : std::size_t { kFast, kSlow };

  bool Locate(std::uint32_t host, std::uint64_t address, Place& place) const;
  bool IsResident(const Place& place) const { return place.slot != kNoSlot && Get(valid_, place.slot, place.page); }
  LineStatus MakeResident(Place& place, bool& paged);
  LineStatus AssignSlot(Place& place);
  LineStatus FillPage(const Place& place, bool& paged);
  bool IsCorrupt(const Place& place, const Page& content, std::uint64_t poison) const;
  bulk::BulkStatus WriteOutPages(SlotIndex slot);
  LineStatus EvictSlot(SlotIndex slot);
  void FreeSlot(SlotIndex slot);
  void FillFreeLists();
  SpeedClass ClassOf(SlotIndex slot) const { return slot < fast_slots_ ? kFast : kSlow; }
  void KeepSlot(SlotIndex slot);
  LineStatus Perform(const Place& place, const HostRequest& request, Line& data);
  LineStatus PerformWrite(const Place& place, const HostRequest& request);
  LineStatus PerformAtomic(const Place& place, const HostRequest& request, Line& data);
  void MarkDirty(const Place& place);
  void Notify(std::uint32_t host, std::uint32_t window_page, Change change);
  void NotifyInvalid(std::uint32_t host, std::uint32_t window_page) const {
    if (on_invalidate_) on_invalidate_(HostId(host), window_page);
  }
  void MakePolicy(std::uint32_t slots);
  void ConnectPolicy();
  void PageOutToLowMark(SlotIndex keep);
  bool PageOutACold();
  SlotIndex ChooseVictim();
  void Tell(SegmentEvent event, std::uint32_t host, std::uint32_t segment) const {
    if (on_segment_) on_segment_(event, host, segment);
  }
  void Probe(ProbeEvent kind, const Place& place, const HostRequest* request = nullptr, bool walk = false) const;
  void Show(const PoolProbe& event) const;

  std::uint32_t WindowPage(const Place& place) const { return place.segment * pages_per_segment_ + place.page; }
  LogicalPage Lpn(const Place& place) const { return bulk::LpnOf(HostId(place.host), WindowPage(place)); }
  std::uint64_t SlotPage(SlotIndex slot, std::uint32_t page) const {
    return std::uint64_t{slot} * pages_per_segment_ + page;
  }
  std::uint64_t SlotLine(const Place& place) const {
    return SlotPage(place.slot, place.page) * kLinesPerPage + place.line;
  }
  std::uint64_t HostLine(const Place& place) const {
    return std::uint64_t{WindowPage(place)} * kLinesPerPage + place.line;
  }
  bool Get(const std::vector<std::uint8_t>& flags, SlotIndex slot, std::uint32_t page) const {
    return flags[SlotPage(slot, page)] != 0;
  }
  void Set(std::vector<std::uint8_t>& flags, SlotIndex slot, std::uint32_t page, bool value) {
    flags[SlotPage(slot, page)] = value ? 1 : 0;
  }

  PoolConfig config_;
  std::uint32_t segment_shift_;
  std::uint32_t pages_per_segment_;
  SlotMemory& memory_;
  bulk::PageDevice& bulk_;
  std::unique_ptr<AdaptivePolicy> own_policy_;
  ReplacementPolicy* policy_;
  std::vector<Host> hosts_;
  std::vector<Slot> slots_;
  std::uint32_t slots_in_service_;
  bool floors_count_ = true;
  std::uint32_t page_out_mark_ = 0;
  std::uint32_t low_mark_ = 0;
  std::vector<std::uint8_t> valid_;  // a flag a page of a slot
  std::vector<std::uint8_t> dirty_;
  std::uint32_t fast_slots_;
  std::array<std::deque<SlotIndex>, 2> free_;  // by speed class
  PoolActivity activity_;
  std::uint64_t last_slot_line_ = 0;
  NoticeListener on_notice_;
  ProbeListener on_probe_;
  ProbeListener on_monitor_;
  ProbeListener on_optimum_;
  std::function<SlotIndex()> cold_source_;
  bool probed_ = false;  // somebody listens to the probe
  InvalidateListener on_invalidate_;
  SegmentListener on_segment_;
  CorruptionListener on_corruption_;
};

}  // namespace tarn::pool
