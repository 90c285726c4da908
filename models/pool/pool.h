// Golden model of the pool, functional part: what every access returns and changes, exactly; no time passes.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "models/bulk/page_device.h"
#include "models/common/line_protocol.h"
#include "models/common/result.h"
#include "models/common/slot_memory.h"
#include "models/common/units.h"
#include "models/pool/exclusive_monitor.h"
#include "models/pool/pool_messages.h"
#include "models/pool/replacement.h"
#include "models/pool/segment_map.h"

namespace tarn::pool {

struct PoolConfig {
  std::uint32_t num_hosts = 4;
  std::uint32_t num_slots = 256;
  std::uint32_t segment_bytes = 64 * 1024;  // power of two, 4 KiB .. 2 MiB
};

// A host's part of the promise: host physical addresses [base, base + segments x segment size).
struct Window {
  HostPhysAddr base{};  // a multiple of the segment size
  std::uint32_t segments = 0;
  // Segments that were never assigned have their content on bulk (true) or are zero (false).
  bool on_bulk = false;
};

struct HostCounters {
  std::uint64_t hits = 0;        // requests that found their page resident
  std::uint64_t misses = 0;      // requests that did not
  std::uint64_t page_ins = 0;    // pages read from bulk
  std::uint64_t zero_fills = 0;  // pages made without reading
  std::uint64_t page_outs_dirty = 0;
  std::uint64_t page_outs_clean = 0;  // pages dropped without writing
  std::uint64_t segments_assigned = 0;
  std::uint64_t segments_evicted = 0;
  std::uint64_t access_errors = 0;
  std::uint64_t poisons = 0;  // requests answered with poison
  std::uint64_t retries = 0;  // and with retry or timeout
  std::uint64_t notices = 0;  // change notices
};

class Pool {
 public:
  using NoticeListener = std::function<void(const ChangeNotice&)>;
  using ProbeListener = std::function<void(const PoolProbe&)>;

  // slots, bulk and policy live as long as the pool. policy null: CLOCK of its own.
  Pool(const PoolConfig& config, SlotMemory& slots, bulk::PageDevice& bulk, ReplacementPolicy* policy = nullptr);
  ~Pool();

  // An error says what is wrong: base not aligned, no such host. Changing a window that is in use drops its content.
  Status SetWindow(HostId host, const Window& window);
  const Window& window(HostId host) const { return hosts_[host.value()].window; }

  // One access. Reads and atomics: the line (before the atomic) comes in response.data. paged: it waited for bulk.
  //   kOk, kExclusiveOk; kPoison (nothing changed, but for a full write, which heals); kAccessError (outside the
  //   window, malformed atomic); kRetry (bulk is away, or no slot can be had; nothing changed); kTimeout is never
  //   answered here.
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
  // Pages out one segment now; no-op when it is not resident. kRetry when bulk refuses.
  LineStatus Evict(HostId host, std::uint32_t segment);
  // Writes every dirty page out and flushes bulk; pages stay resident and are clean.
  LineStatus Flush();
  // A pinned segment is never a victim. REQUIRES: inside the window. Assigns it if it has no slot.
  LineStatus Pin(HostId host, std::uint32_t segment, bool pinned);

  // What a host reads there, without effect on anything (debug transport, final comparison). kAccessError outside.
  LineStatus Peek(HostId host, HostPhysAddr line, Line& data) const;
  // Writes bytes there without notice, probe or policy; for loaders. kAccessError outside.
  LineStatus Poke(HostId host, HostPhysAddr line, const Line& data, std::uint64_t mask);

  void set_notice_listener(NoticeListener listener) { on_notice_ = std::move(listener); }
  void set_probe_listener(ProbeListener listener);

  const PoolConfig& config() const { return config_; }
  const HostCounters& counters(HostId host) const { return hosts_[host.value()].counters; }
  std::uint32_t resident_segments(HostId host) const { return hosts_[host.value()].resident; }
  std::uint32_t free_slots() const { return static_cast<std::uint32_t>(free_.size()); }
  std::optional<SlotIndex> SlotOf(HostId host, std::uint32_t segment) const;
  bool PageDirty(HostId host, std::uint32_t window_page) const;

 private:
  struct Host {
    Window window;
    SegmentMap map;
    ExclusiveMonitor monitor;
    HostCounters counters;
    std::uint32_t resident = 0;
  };
  struct Slot {
    SegmentKey key;
    bool used = false;
    bool pinned = false;
    std::uint32_t busy = 0;
  };
  class Uses;
  struct Place;

  bool Locate(const Host& host, std::uint64_t address, Place& place) const;
  LineStatus MakeResident(std::uint32_t host, Place& place);
  LineStatus AssignSlot(std::uint32_t host, std::uint32_t segment, SlotIndex& slot);
  LineStatus EvictSlot(SlotIndex slot);
  LineStatus WriteOutPage(SlotIndex slot, std::uint32_t page);
  LineStatus FillPage(std::uint32_t host, const Place& place);
  LineStatus Perform(std::uint32_t host, const Place& place, const HostRequest& request, Line& data);
  void MarkDirty(std::uint32_t host, const Place& place);
  void Notify(std::uint32_t host, std::uint32_t page, Change change);
  void Probe(ProbeEvent kind, std::uint32_t host, const Place* place, const HostRequest* request, bool walk);
  void Invalidate(std::uint32_t host, SlotIndex slot);
  void FreeSlot(SlotIndex slot);

  std::uint64_t SlotPage(SlotIndex slot, std::uint32_t page) const {
    return std::uint64_t{slot} * pages_per_segment_ + page;
  }
  bool Get(const std::vector<std::uint64_t>& bits, SlotIndex slot, std::uint32_t page) const {
    const std::uint64_t at = SlotPage(slot, page);
    return (bits[at / 64] >> (at % 64) & 1) != 0;
  }
  void Set(std::vector<std::uint64_t>& bits, SlotIndex slot, std::uint32_t page, bool value) {
    const std::uint64_t at = SlotPage(slot, page);
    const std::uint64_t bit = std::uint64_t{1} << (at % 64);
    bits[at / 64] = value ? bits[at / 64] | bit : bits[at / 64] & ~bit;
  }

  PoolConfig config_;
  std::uint32_t segment_shift_;
  std::uint32_t pages_per_segment_;
  SlotMemory& memory_;
  bulk::PageDevice& bulk_;
  std::unique_ptr<ReplacementPolicy> own_policy_;
  ReplacementPolicy* policy_;
  std::vector<Host> hosts_;
  std::vector<Slot> slots_;
  std::vector<std::uint64_t> valid_;  // one bit a page of a slot
  std::vector<std::uint64_t> dirty_;
  std::deque<SlotIndex> free_;
  // Poison of pages that are not resident: (host, page) to marks.
  std::unordered_map<std::uint64_t, std::uint64_t> poison_;
  NoticeListener on_notice_;
  ProbeListener on_probe_;
  InvalidateListener on_invalidate_;
};

}  // namespace tarn::pool
