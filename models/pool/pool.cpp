#include "models/pool/pool.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <string>
#include <utility>

#include "models/pool/atomics.h"
#include "models/pool/page_checksum.h"

namespace tarn::pool {

using bulk::BulkStatus;

namespace {

bool IsZero(const Page& page) {
  return std::all_of(page.bytes.begin(), page.bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

class Pool::Uses : public SlotUses {
 public:
  Uses(const Pool& pool, bool shares_count) : pool_(pool) {
    for (const Host& host : pool.hosts_) {
      const std::uint32_t floor = pool.floors_count_ ? host.floor : 0;
      somebody_above_ = somebody_above_ || (shares_count && host.resident > std::max(host.share, floor));
    }
  }
  SlotUse UseOf(SlotIndex index) const override {
    const Slot& slot = pool_.slots_[index];
    if (!slot.used) return index < pool_.slots_in_service_ ? SlotUse::kFree : SlotUse::kOutOfService;
    const Host& host = pool_.hosts_[slot.key.host];
    const bool kept =
        (pool_.floors_count_ && host.resident <= host.floor) || (somebody_above_ && host.resident <= host.share);
    return slot.pinned || kept ? SlotUse::kBusy : SlotUse::kEvictable;
  }

 private:
  const Pool& pool_;
  bool somebody_above_ = false;
};

SlotIndex Pool::ChooseVictim() {
  const SlotIndex victim = policy_->ChooseVictim(Uses(*this, true));
  const bool shares = std::any_of(hosts_.begin(), hosts_.end(), [](const Host& host) { return host.share != 0; });
  return victim != kNoSlot || !shares ? victim : policy_->ChooseVictim(Uses(*this, false));
}

Pool::Pool(const PoolConfig& config, SlotMemory& slots, bulk::PageDevice& bulk, ReplacementPolicy* policy)
    : config_(config),
      segment_shift_(static_cast<std::uint32_t>(std::countr_zero(config.segment_bytes))),
      pages_per_segment_(config.segment_bytes / kPageBytes),
      memory_(slots),
      bulk_(bulk),
      policy_(policy),
      hosts_(config.num_hosts),
      slots_(config.num_slots),
      slots_in_service_(config.num_slots),
      valid_(std::size_t{config.num_slots} * pages_per_segment_),
      dirty_(std::size_t{config.num_slots} * pages_per_segment_),
      fast_slots_(config.num_slots) {
  assert(std::has_single_bit(config.segment_bytes) && config.segment_bytes >= kPageBytes);
  assert(config.num_slots > 0 && config.num_hosts > 0);
  for (Host& host : hosts_) host.map = SegmentMap(config.segments_per_host, pages_per_segment_, false);
  if (policy_ == nullptr) MakePolicy(config.num_slots);
  FillFreeLists();
}

void Pool::SetSlotsInService(std::uint32_t slots) {
  assert(own_policy_ != nullptr && slots >= 1 && slots <= config_.num_slots);
  slots_in_service_ = slots;
  FillFreeLists();
  MakePolicy(slots);
  ConnectPolicy();
}

void Pool::SetFastSlots(std::uint32_t slots) {
  fast_slots_ = slots;
  FillFreeLists();
}

void Pool::FillFreeLists() {
  for (std::deque<SlotIndex>& slots : free_) slots.clear();
  for (SlotIndex slot = 0; slot < slots_in_service_; ++slot) free_[ClassOf(slot)].push_back(slot);
}

void Pool::MakePolicy(std::uint32_t slots) {
  constexpr std::uint32_t kSlotsMin = 2;  // that the policy is made for
  own_policy_ = std::make_unique<AdaptivePolicy>(AdaptiveSettings{.slots = std::max(slots, kSlotsMin),
                                                                  .slots_max = std::max(config_.num_slots, kSlotsMin),
                                                                  .segments_per_host = config_.segments_per_host,
                                                                  .spare = 0});
  policy_ = own_policy_.get();
}

void Pool::SetFloor(HostId id, std::uint32_t slots) {
  hosts_[id.value()].floor = slots;
  std::uint64_t sum = 0;
  for (const Host& host : hosts_) sum += host.floor;
  floors_count_ = sum + config_.slots_beside_floors <= slots_in_service_;
}

void Pool::SetBounds(HostId id, HostPhysAddr base, std::uint32_t segments) {
  Host& host = hosts_[id.value()];
  Window& window = host.window;
  window.base = HostPhysAddr(base.value() & ~std::uint64_t{config_.segment_bytes - 1});
  window.segments = std::min(segments, host.map.segments());
}

bool Pool::SetOnBulk(HostId id, std::uint32_t segment, std::uint32_t word, std::uint32_t pages, std::uint32_t lost) {
  if (id.value() >= hosts_.size()) return false;
  SegmentMap& map = hosts_[id.value()].map;
  if (segment >= map.segments() || map.slot(segment) != kNoSlot) return false;
  const std::uint32_t first = word * 32;
  for (std::uint32_t bit = 0; bit < 32 && first + bit < pages_per_segment_; ++bit) {
    map.set_on_bulk(segment, first + bit, ((pages & ~lost) >> bit & 1) != 0);
    map.set_lost(segment, first + bit, (lost >> bit & 1) != 0);
  }
  return true;
}

Pool::PageStates Pool::StatesOf(HostId id, std::uint32_t segment, std::uint32_t word) const {
  PageStates states;
  const SegmentMap& map = hosts_[id.value()].map;
  if (segment >= map.segments()) return states;
  const SlotIndex slot = map.slot(segment);
  const std::uint32_t first = word * 32;
  for (std::uint32_t bit = 0; bit < 32 && first + bit < pages_per_segment_; ++bit) {
    const std::uint32_t mask = 1u << bit;
    if (map.on_bulk(segment, first + bit)) states.on_bulk |= mask;
    if (map.lost(segment, first + bit)) states.lost |= mask;
    if (slot == kNoSlot) continue;
    if (Get(valid_, slot, first + bit)) states.valid |= mask;
    if (Get(dirty_, slot, first + bit)) states.dirty |= mask;
  }
  return states;
}

bool Pool::pinned(HostId host, std::uint32_t segment) const {
  const std::optional<SlotIndex> slot = SlotOf(host, segment);
  return slot.has_value() && slots_[*slot].pinned;
}

Pool::~Pool() = default;

Status Pool::SetWindow(HostId id, const Window& window) {
  if (id.value() >= hosts_.size()) {
    return Status::Error("no host " + std::to_string(id.value()) + ": the pool has " + std::to_string(hosts_.size()));
  }
  if (window.base.value() % config_.segment_bytes != 0) {
    return Status::Error("window base " + std::to_string(window.base.value()) +
                         " is not a multiple of the segment size " + std::to_string(config_.segment_bytes));
  }
  Host& host = hosts_[id.value()];
  for (SlotIndex slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot].used && slots_[slot].key.host == id.value()) {
      policy_->OnRelease(slot);
      if (probed_)
        Probe(ProbeEvent::kReleased, {.host = id.value(), .segment = slots_[slot].key.segment, .slot = slot});
      FreeSlot(slot);
    }
  }
  host.window = window;
  host.map = SegmentMap(window.segments, pages_per_segment_, window.on_bulk);
  host.monitor = ExclusiveMonitor();
  return {};
}

bool Pool::Locate(std::uint32_t host, std::uint64_t address, Place& place) const {
  const Window& window = hosts_[host].window;
  if (address < window.base.value()) return false;
  const std::uint64_t offset = address - window.base.value();
  const std::uint64_t segment = offset >> segment_shift_;
  if (segment >= window.segments) return false;
  place.host = host;
  place.segment = static_cast<std::uint32_t>(segment);
  place.page = static_cast<std::uint32_t>(offset / kPageBytes) & (pages_per_segment_ - 1);
  place.line = static_cast<std::uint32_t>(offset / kLineBytes) % kLinesPerPage;
  place.slot = hosts_[host].map.slot(place.segment);
  return true;
}

void Pool::Access(HostId id, const HostRequest& request, LineResponse& response, bool walk) {
  response.tag = request.tag;
  response.walked = false;
  response.paged = false;
  Host& host = hosts_[id.value()];
  Place place;
  if (!Locate(id.value(), request.addr, place)) {
    ++host.counters.access_errors;
    response.status = LineStatus::kAccessError;
    return;
  }
  if (IsResident(place)) {
    ++host.counters.hits;
  } else {
    ++host.counters.misses;
    if (probed_) Probe(ProbeEvent::kMiss, place, &request, walk);
    response.status = MakeResident(place, response.paged);
    if (response.status != LineStatus::kOk) {
      ++host.counters.retries;
      return;
    }
  }
  policy_->OnAccess(place.slot);
  last_slot_line_ = SlotLine(place);
  if (probed_) Probe(ProbeEvent::kHit, place, &request, walk);
  response.status = Perform(place, request, response.data);
  if (response.status == LineStatus::kPoison) ++host.counters.poisons;
}

LineStatus Pool::Perform(const Place& place, const HostRequest& request, Line& data) {
  ExclusiveMonitor& monitor = hosts_[place.host].monitor;
  if (request.op == Op::kRead) {
    const LineStatus status = memory_.ReadLine(SlotLine(place), data);
    if (!request.exclusive) return status;
    monitor.Set(request.exclusive_id, HostLine(place));
    NotifyInvalid(place.host, WindowPage(place));  // writes must be seen from now on
    return status == LineStatus::kOk ? LineStatus::kExclusiveOk : status;
  }
  if (IsAtomic(request.op)) return PerformAtomic(place, request, data);
  if (!request.exclusive) return PerformWrite(place, request);
  if (!monitor.Holds(request.exclusive_id, HostLine(place))) return LineStatus::kOk;
  PerformWrite(place, request);
  return LineStatus::kExclusiveOk;
}

LineStatus Pool::PerformWrite(const Place& place, const HostRequest& request) {
  MarkDirty(place);
  hosts_[place.host].monitor.OnWrite(HostLine(place));
  const std::uint64_t mask = request.op == Op::kWrite ? ~std::uint64_t{0} : request.mask;
  memory_.WriteLine(SlotLine(place), request.data, mask, false);
  return LineStatus::kOk;
}

// "An atomic counts as a write of its page and line whatever becomes of it" (rtl/pool/README.md).
LineStatus Pool::PerformAtomic(const Place& place, const HostRequest& request, Line& data) {
  MarkDirty(place);
  hosts_[place.host].monitor.OnWrite(HostLine(place));
  const LineStatus status = memory_.ReadLine(SlotLine(place), data);
  if (!AtomicIsLegal(request.op, request.mask)) return LineStatus::kAccessError;
  if (status != LineStatus::kOk) return status;
  Line now = data;
  if (ApplyAtomic(request.op, request.mask, request.data, now)) {
    memory_.WriteLine(SlotLine(place), now, ~std::uint64_t{0}, false);
  }
  return LineStatus::kOk;
}

// The first write since the page was clean goes out as a notice before it is answered.
void Pool::MarkDirty(const Place& place) {
  if (Get(dirty_, place.slot, place.page)) return;
  Set(dirty_, place.slot, place.page, true);
  hosts_[place.host].map.set_lost(place.segment, place.page, false);  // its marks are in memory now
  Notify(place.host, WindowPage(place), Change::kFirstWrite);
}

LineStatus Pool::MakeResident(Place& place, bool& paged) {
  if (place.slot == kNoSlot) {
    const LineStatus status = AssignSlot(place);
    if (status != LineStatus::kOk) return status;
  }
  return FillPage(place, paged);
}

LineStatus Pool::AssignSlot(Place& place) {
  // A victim whose pages cannot be written out stays; after as many tries as there are slots nothing can go.
  for (std::uint32_t tries = 0; free_slots() == 0; ++tries) {
    if (tries == slots_.size()) return LineStatus::kRetry;
    const SlotIndex victim = ChooseVictim();
    if (victim == kNoSlot) return LineStatus::kRetry;
    if (EvictSlot(victim) != LineStatus::kOk) KeepSlot(victim);
  }
  std::deque<SlotIndex>& free = free_[free_[kFast].empty() ? kSlow : kFast];
  place.slot = free.front();
  free.pop_front();
  Slot& slot = slots_[place.slot];
  slot.used = true;
  slot.pinned = false;
  slot.key = {.host = place.host, .segment = place.segment};
  Host& host = hosts_[place.host];
  host.map.set_slot(place.segment, place.slot);
  ++host.resident;
  ++host.counters.segments_assigned;
  policy_->OnAssign(place.slot, slot.key);
  if (probed_) Probe(ProbeEvent::kAssign, place);
  Tell(SegmentEvent::kAssigned, place.host, place.segment);
  if (page_out_mark_ != 0 && slots_in_use() >= page_out_mark_) PageOutToLowMark(place.slot);
  return LineStatus::kOk;
}

// A victim whose pages cannot be written out stays where it is.
void Pool::KeepSlot(SlotIndex slot) {
  const SegmentKey key = slots_[slot].key;
  policy_->OnKept(slot, key);
  if (probed_) Show(*DescribeSlot(slot));
}

// keep: a slot that is wanted now.
void Pool::PageOutToLowMark(SlotIndex keep) {
  const bool pinned = std::exchange(slots_[keep].pinned, true);
  while (slots_in_use() > low_mark_) {
    if (PageOutACold()) continue;
    const SlotIndex victim = ChooseVictim();
    if (victim == kNoSlot) break;
    if (EvictSlot(victim) == LineStatus::kOk) continue;
    KeepSlot(victim);
    break;
  }
  slots_[keep].pinned = pinned;
}

// False: there is none, or none that may leave.
bool Pool::PageOutACold() {
  if (!cold_source_) return false;
  for (SlotIndex slot = cold_source_(); slot != kNoSlot; slot = cold_source_()) {
    if (Uses(*this, true).UseOf(slot) != SlotUse::kEvictable) continue;
    const SegmentKey key = slots_[slot].key;
    if (EvictSlot(slot) != LineStatus::kOk) return false;
    policy_->OnRelease(slot);
    if (probed_) Probe(ProbeEvent::kColdOut, {.host = key.host, .segment = key.segment, .slot = slot});
    return true;
  }
  return false;
}

LineStatus Pool::FillPage(const Place& place, bool& paged) {
  Host& host = hosts_[place.host];
  Page content;
  std::uint64_t poison = 0;
  if (host.map.on_bulk(place.segment, place.page)) {
    paged = true;
    switch (bulk_.Read(Lpn(place), content, poison)) {
      case BulkStatus::kOk:
        if (!IsCorrupt(place, content, poison)) break;
        if (on_corruption_) on_corruption_(place.host, WindowPage(place));
        [[fallthrough]];
      case BulkStatus::kError:  // the device gives the page up: all that is known is that it cannot be had
      case BulkStatus::kPoison:
        ++host.counters.bulk_errors;
        content.bytes.fill(0);
        poison = ~std::uint64_t{0};
        break;
      default:
        ++host.counters.bulk_errors;
        return LineStatus::kRetry;
    }
    ++host.counters.page_ins;
    ++activity_.pages_in;
  } else {
    ++host.counters.zero_fills;
    if (host.map.lost(place.segment, place.page)) poison = ~std::uint64_t{0};
  }
  memory_.WritePage(SlotPage(place.slot, place.page), content, poison);
  Set(valid_, place.slot, place.page, true);
  Set(dirty_, place.slot, place.page, false);
  if (probed_) Probe(ProbeEvent::kPageIn, place);
  Tell(SegmentEvent::kPagedIn, place.host, place.segment);
  return LineStatus::kOk;
}

// Only what was written out from here has a checksum, not what software says is on bulk.
bool Pool::IsCorrupt(const Place& place, const Page& content, std::uint64_t poison) const {
  const std::optional<std::uint32_t> checksum = hosts_[place.host].map.checksum(place.segment, place.page);
  return checksum.has_value() && *checksum != PageChecksum(content, poison);
}

// Dirty pages go to bulk and are clean then. Stops at the first that bulk refuses.
BulkStatus Pool::WriteOutPages(SlotIndex slot) {
  const SegmentKey key = slots_[slot].key;
  Host& host = hosts_[key.host];
  for (std::uint32_t page = 0; page < pages_per_segment_; ++page) {
    if (!Get(dirty_, slot, page)) continue;
    const std::uint32_t window_page = key.segment * pages_per_segment_ + page;
    const LogicalPage lpn = bulk::LpnOf(HostId(key.host), window_page);
    Page content;
    const std::uint64_t poison = memory_.ReadPage(SlotPage(slot, page), content);
    const bool zero = poison == 0 && IsZero(content);
    // A page of zeros is made when it is wanted again; bulk may have an older copy, known or not.
    const BulkStatus status = zero ? bulk_.Trim(lpn) : bulk_.Write(lpn, content, poison);
    if (status != BulkStatus::kOk) {
      ++host.counters.bulk_errors;
      return status;
    }
    host.map.set_on_bulk(key.segment, page, !zero);
    if (!zero && config_.page_checksum) host.map.set_checksum(key.segment, page, PageChecksum(content, poison));
    Set(dirty_, slot, page, false);
    ++host.counters.page_outs_dirty;
    if (zero) {
      ++host.counters.page_outs_zero;
    } else {
      ++activity_.pages_out;
    }
    NotifyInvalid(key.host, window_page);
    Notify(key.host, window_page, Change::kWrittenOut);
  }
  return BulkStatus::kOk;
}

LineStatus Pool::EvictSlot(SlotIndex slot) {
  const SegmentKey key = slots_[slot].key;
  Host& host = hosts_[key.host];
  const std::uint64_t dirty_before = host.counters.page_outs_dirty;
  if (WriteOutPages(slot) != BulkStatus::kOk) return LineStatus::kRetry;
  std::uint64_t pages = 0;
  for (std::uint32_t page = 0; page < pages_per_segment_; ++page) pages += valid_[SlotPage(slot, page)];
  host.counters.page_outs_clean += pages - (host.counters.page_outs_dirty - dirty_before);
  ++host.counters.segments_evicted;
  FreeSlot(slot);
  Tell(SegmentEvent::kPagedOut, key.host, key.segment);
  return LineStatus::kOk;
}

void Pool::FreeSlot(SlotIndex slot) {
  const SegmentKey key = slots_[slot].key;
  Host& host = hosts_[key.host];
  for (std::uint32_t page = 0; page < pages_per_segment_; ++page) {
    if (!Get(valid_, slot, page)) continue;
    NotifyInvalid(key.host, key.segment * pages_per_segment_ + page);
    Set(valid_, slot, page, false);
    Set(dirty_, slot, page, false);
  }
  host.map.set_slot(key.segment, kNoSlot);
  --host.resident;
  slots_[slot].used = false;
  slots_[slot].pinned = false;
  free_[ClassOf(slot)].push_back(slot);
}

Status Pool::Release(HostId id, std::uint32_t first_segment, std::uint32_t count) {
  if (id.value() >= hosts_.size()) return Status::Error("no host " + std::to_string(id.value()));
  Host& host = hosts_[id.value()];
  if (first_segment + std::uint64_t{count} > host.window.segments) {
    return Status::Error("release of segments " + std::to_string(first_segment) + " to " +
                         std::to_string(first_segment + std::uint64_t{count} - 1) + ": the window has " +
                         std::to_string(host.window.segments));
  }
  for (std::uint32_t segment = first_segment; segment < first_segment + count; ++segment) {
    const SlotIndex slot = host.map.slot(segment);
    bool given_back = slot != kNoSlot;
    for (std::uint32_t page = 0; page < pages_per_segment_; ++page) {
      // Of a lost page bulk may have an old version.
      const bool on_bulk = host.map.on_bulk(segment, page) || host.map.lost(segment, page);
      given_back = given_back || on_bulk;
      const std::uint32_t window_page = segment * pages_per_segment_ + page;
      const LogicalPage lpn = bulk::LpnOf(id, window_page);
      if (on_bulk) {
        bulk_.Trim(lpn);
        host.map.set_on_bulk(segment, page, false);
        host.map.set_lost(segment, page, false);
      }
      if (on_bulk || (slot != kNoSlot && Get(valid_, slot, page))) Notify(id.value(), window_page, Change::kReleased);
    }
    if (given_back) ++host.counters.releases;
    if (slot != kNoSlot) {
      policy_->OnRelease(slot);
      if (probed_) Probe(ProbeEvent::kReleased, {.host = id.value(), .segment = segment, .slot = slot});
      FreeSlot(slot);
    }
    if (given_back) Tell(SegmentEvent::kReleased, id.value(), segment);
  }
  return {};
}

LineStatus Pool::Evict(HostId id, std::uint32_t segment) {
  const SlotIndex slot = hosts_[id.value()].map.slot(segment);
  if (slot == kNoSlot) return LineStatus::kOk;
  const SegmentKey key = slots_[slot].key;
  const LineStatus status = EvictSlot(slot);
  if (status != LineStatus::kOk) return status;
  policy_->OnRelease(slot);
  if (probed_) Probe(ProbeEvent::kOrderedOut, {.host = key.host, .segment = key.segment, .slot = slot});
  return status;
}

LineStatus Pool::Flush() {
  for (SlotIndex slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot].used && WriteOutPages(slot) != BulkStatus::kOk) return LineStatus::kRetry;
  }
  return bulk_.Flush() == BulkStatus::kOk ? LineStatus::kOk : LineStatus::kRetry;
}

LineStatus Pool::Move(HostId id, std::uint32_t segment, bool to_fast) {
  Host& host = hosts_[id.value()];
  const SlotIndex from = host.map.slot(segment);
  std::deque<SlotIndex>& free = free_[to_fast ? kFast : kSlow];
  if (from == kNoSlot || slots_[from].pinned || free.empty()) return LineStatus::kRetry;
  const SlotIndex to = free.front();
  free.pop_front();
  for (std::uint32_t page = 0; page < pages_per_segment_; ++page) {
    if (!Get(valid_, from, page)) continue;
    Page content;
    const std::uint64_t poison = memory_.ReadPage(SlotPage(from, page), content);
    memory_.WritePage(SlotPage(to, page), content, poison);
    Set(valid_, to, page, true);
    Set(dirty_, to, page, Get(dirty_, from, page));
    Set(valid_, from, page, false);
    Set(dirty_, from, page, false);
    const std::uint32_t window_page = segment * pages_per_segment_ + page;
    NotifyInvalid(id.value(), window_page);
    Notify(id.value(), window_page, Change::kMoved);
  }
  slots_[to] = std::exchange(slots_[from], Slot{});
  host.map.set_slot(segment, to);
  free_[ClassOf(from)].push_back(from);
  policy_->OnMoved(from, to, slots_[to].key);
  if (probed_) {
    Show({.kind = ProbeEvent::kMoved,
          .host = static_cast<std::uint8_t>(id.value()),
          .segment = segment,
          .slot = to,
          .from = from});
  }
  return LineStatus::kOk;
}

LineStatus Pool::BringIn(HostId id, std::uint32_t segment, std::uint32_t page) {
  Place place{.host = id.value(), .segment = segment, .page = page, .slot = hosts_[id.value()].map.slot(segment)};
  bool paged = false;
  return IsResident(place) ? LineStatus::kOk : MakeResident(place, paged);
}

LineStatus Pool::Assign(HostId id, std::uint32_t segment) {
  Place place{.host = id.value(), .segment = segment, .slot = hosts_[id.value()].map.slot(segment)};
  return place.slot == kNoSlot ? AssignSlot(place) : LineStatus::kOk;
}

void Pool::Mark(HostId id, std::uint32_t segment, bool hot) {
  const SlotIndex slot = hosts_[id.value()].map.slot(segment);
  if (slot == kNoSlot) return;
  if (hot) {
    policy_->OnAccess(slot);
  } else {
    policy_->OnCold(slot);
  }
  if (!probed_) return;
  Probe(hot ? ProbeEvent::kMarkHot : ProbeEvent::kMarkCold, {.host = id.value(), .segment = segment, .slot = slot});
}

void Pool::MarkAnnounced(HostId id, std::uint32_t window_page) {
  const SlotIndex slot = hosts_[id.value()].map.slot(window_page / pages_per_segment_);
  assert(slot != kNoSlot && Get(valid_, slot, window_page % pages_per_segment_));
  Set(dirty_, slot, window_page % pages_per_segment_, true);
  hosts_[id.value()].map.set_lost(window_page / pages_per_segment_, window_page % pages_per_segment_, false);
}

LineStatus Pool::Pin(HostId id, std::uint32_t segment, bool pinned) {
  Place place{.host = id.value(), .segment = segment, .slot = hosts_[id.value()].map.slot(segment)};
  if (place.slot == kNoSlot) {
    if (!pinned) return LineStatus::kOk;
    const LineStatus status = AssignSlot(place);
    if (status != LineStatus::kOk) return status;
  }
  slots_[place.slot].pinned = pinned;
  return LineStatus::kOk;
}

LineStatus Pool::Peek(HostId id, HostPhysAddr address, Line& data) const {
  Place place;
  if (!Locate(id.value(), address.value(), place)) return LineStatus::kAccessError;
  if (IsResident(place)) return memory_.ReadLine(SlotLine(place), data);
  data.fill(0);
  if (hosts_[place.host].map.lost(place.segment, place.page)) return LineStatus::kPoison;
  if (!hosts_[place.host].map.on_bulk(place.segment, place.page)) return LineStatus::kOk;
  Page content;
  const std::uint64_t poison = bulk_.Peek(Lpn(place), content);
  std::memcpy(data.data(), content.line(place.line), kLineBytes);
  return (poison >> place.line & 1) != 0 ? LineStatus::kPoison : LineStatus::kOk;
}

LineStatus Pool::Poke(HostId id, HostPhysAddr address, const Line& data, std::uint64_t mask) {
  Place place;
  if (!Locate(id.value(), address.value(), place)) return LineStatus::kAccessError;
  SegmentMap& map = hosts_[place.host].map;
  if (IsResident(place)) {
    Set(dirty_, place.slot, place.page, true);
    map.set_lost(place.segment, place.page, false);
    memory_.WriteLine(SlotLine(place), data, mask, false);
    return LineStatus::kOk;
  }
  Page content;
  std::uint64_t poison = map.lost(place.segment, place.page) ? ~std::uint64_t{0} : 0;
  if (map.on_bulk(place.segment, place.page)) poison = bulk_.Peek(Lpn(place), content);
  if (mask == ~std::uint64_t{0}) poison &= ~(std::uint64_t{1} << place.line);
  for (std::uint32_t byte = 0; byte < kLineBytes; ++byte) {
    if ((mask >> byte & 1) != 0) content.line(place.line)[byte] = data[byte];
  }
  if (bulk_.Write(Lpn(place), content, poison) != BulkStatus::kOk) return LineStatus::kRetry;
  map.set_on_bulk(place.segment, place.page, true);
  map.set_lost(place.segment, place.page, false);
  return LineStatus::kOk;
}

std::uint8_t* Pool::DirectPage(HostId id, HostPhysAddr page, bool for_write) {
  Place place;
  if (!Locate(id.value(), page.value(), place) || !IsResident(place)) return nullptr;
  if (for_write) {
    const ExclusiveMonitor& monitor = hosts_[place.host].monitor;
    const bool watched = monitor.armed() && monitor.line() / kLinesPerPage == WindowPage(place);
    if (watched || !Get(dirty_, place.slot, place.page)) return nullptr;
  }
  Page* direct = memory_.Direct(SlotPage(place.slot, place.page));
  return direct == nullptr ? nullptr : direct->bytes.data();
}

std::optional<SlotIndex> Pool::SlotOf(HostId host, std::uint32_t segment) const {
  if (segment >= hosts_[host.value()].map.segments()) return std::nullopt;
  const SlotIndex slot = hosts_[host.value()].map.slot(segment);
  return slot == kNoSlot ? std::nullopt : std::optional<SlotIndex>(slot);
}

bool Pool::PageDirty(HostId host, std::uint32_t window_page) const {
  const SlotIndex slot = hosts_[host.value()].map.slot(window_page / pages_per_segment_);
  return slot != kNoSlot && Get(dirty_, slot, window_page % pages_per_segment_);
}

void Pool::Notify(std::uint32_t host, std::uint32_t window_page, Change change) {
  ++hosts_[host].counters.notices;
  if (!on_notice_) return;
  ChangeNotice notice;
  notice.host = static_cast<std::uint8_t>(host);
  notice.page = window_page;
  notice.lpn = bulk::LpnOf(HostId(host), window_page).value();
  notice.change = change;
  on_notice_(notice);
}

void Pool::set_probe_listener(ProbeListener listener) {
  on_probe_ = std::move(listener);
  probed_ = on_probe_ || on_monitor_ || on_optimum_;
  ConnectPolicy();
}

void Pool::set_monitor(ProbeListener listener) {
  on_monitor_ = std::move(listener);
  probed_ = on_probe_ || on_monitor_ || on_optimum_;
  ConnectPolicy();
}

void Pool::set_optimum_listener(ProbeListener listener) {
  on_optimum_ = std::move(listener);
  probed_ = on_probe_ || on_monitor_ || on_optimum_;
  ConnectPolicy();
}

std::optional<PoolProbe> Pool::DescribeSlot(SlotIndex slot) const {
  if (!slots_[slot].used) return std::nullopt;
  std::uint16_t pages = 0;
  for (std::uint32_t page = 0; page < pages_per_segment_; ++page) pages += Get(valid_, slot, page) ? 1 : 0;
  return PoolProbe{.kind = ProbeEvent::kKept,
                   .host = static_cast<std::uint8_t>(slots_[slot].key.host),
                   .segment = slots_[slot].key.segment,
                   .page = pages,
                   .slot = slot};
}

void Pool::Show(const PoolProbe& event) const {
  if (on_probe_) on_probe_(event);
  if (on_monitor_) on_monitor_(event);
  if (on_optimum_) on_optimum_(event);
}

void Pool::ConnectPolicy() {
  if (own_policy_ == nullptr) return;
  own_policy_->set_listener([this](bool evicted, SlotIndex slot) {
    if (!probed_) return;
    const Slot& passed = slots_[slot];
    Probe(evicted ? ProbeEvent::kEvict : ProbeEvent::kSkip,
          Place{.host = passed.key.host, .segment = passed.key.segment, .slot = slot});
  });
}

void Pool::Probe(ProbeEvent kind, const Place& place, const HostRequest* request, bool walk) const {
  const bool access = kind == ProbeEvent::kHit || kind == ProbeEvent::kMiss;
  PoolProbe event;
  event.kind = kind;
  event.host = static_cast<std::uint8_t>(place.host);
  event.segment = place.segment;
  if (access || kind == ProbeEvent::kPageIn) event.page = static_cast<std::uint16_t>(place.page);
  if (access) event.line = static_cast<std::uint8_t>(place.line);
  if (kind != ProbeEvent::kMiss) event.slot = place.slot;
  if (request != nullptr) {
    event.walk = walk;
    event.tag = request->tag;
    event.write = ChangesLine(request->op);
  }
  Show(event);
}

}  // namespace tarn::pool
