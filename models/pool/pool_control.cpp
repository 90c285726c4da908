#include "models/pool/pool_control.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "models/pool/pool_host_registers.h"
#include "models/pool/pool_registers.h"

namespace tarn::pool {
namespace {

namespace reg = pool_registers;
namespace host_reg = pool_host_registers;

constexpr std::uint32_t kCountersPerHost = 16;

PoolRegisterParameters ParametersOf(const PoolConfig& config) {
  PoolRegisterParameters parameters;
  parameters.num_hosts = config.num_hosts;
  parameters.num_slots = config.num_slots;
  parameters.segment_shift = static_cast<std::uint64_t>(std::countr_zero(config.segment_bytes));
  parameters.segments_per_host = config.segments_per_host;
  parameters.num_engines = config.engines;
  return parameters;
}

}  // namespace

PoolControl::PoolControl(Pool& pool)
    : pool_(pool),
      management_(ParametersOf(pool.config())),
      hotness_(pool),
      optimum_(pool, management_),
      hosts_(pool.config().num_hosts) {
  ConnectManagement();
  ConnectMap();
  ConnectEvents();
  for (std::uint32_t host = 0; host < hosts_.size(); ++host) ConnectHost(host);
}

void PoolControl::Raise(std::uint64_t event_mask) {
  management_.SetStored(reg::events::kOffset, event_mask, event_mask);
}

void PoolControl::RaiseHost(std::uint32_t host, std::uint64_t event_mask) {
  hosts_[host].registers->SetStored(host_reg::events::kOffset, event_mask, event_mask);
}

bool PoolControl::irq() const {
  return (management_.Stored(reg::events::kOffset) & management_.Stored(reg::event_enable::kOffset)) != 0;
}

bool PoolControl::host_irq(HostId host) const {
  const PoolHostRegisterFile& registers = *hosts_[host.value()].registers;
  return (registers.Stored(host_reg::events::kOffset) & registers.Stored(host_reg::event_enable::kOffset)) != 0;
}

void PoolControl::OnAnswer(HostId host, LineStatus status, bool paged) {
  if (status == LineStatus::kAccessError) RaiseHost(host.value(), host_reg::events::AccessError::kMask);
  const bool failed = status == LineStatus::kRetry || status == LineStatus::kTimeout;
  if (!failed && !(status == LineStatus::kPoison && paged)) return;
  Raise(reg::events::PageInFailed::kMask);
  RaiseHost(host.value(), host_reg::events::PageFailed::kMask);
}

void PoolControl::ConnectManagement() {
  management_.OnWrite(reg::control::kOffset,
                      [this](const RegisterWrite& write) { WriteControl(static_cast<std::uint32_t>(write.value)); });
  management_.OnRead(reg::status::kOffset, [this](std::uint32_t) {
    return reg::status::Cleared::kMask | reg::status::Quiesced::Of(std::uint32_t{quiesced_}) |
           reg::status::Flushed::Of(std::uint32_t{flushed_}) |
           reg::status::FlushFailed::Of(std::uint32_t{flush_failed_}) |
           reg::status::FloorsValid::Of(std::uint32_t{pool_.floors_count()}) |
           reg::status::EngineFloorsValid::Of(std::uint32_t{EngineFloorsFit()});
  });
  management_.OnWrite(reg::slots_in_service::kOffset, [this](const RegisterWrite& write) {
    // "Change it only before the first access after reset."
    for (std::uint32_t host = 0; host < hosts_.size(); ++host) {
      if (pool_.resident_segments(HostId(host)) != 0) return;
    }
    pool_.SetSlotsInService(static_cast<std::uint32_t>(write.value));
    optimum_.SetSlots(static_cast<std::uint32_t>(write.value));
  });
  management_.OnRead(reg::free_slots::kOffset, [this](std::uint32_t) { return pool_.free_slots(); });
  management_.OnRead(reg::free_fast_slots::kOffset, [this](std::uint32_t) { return pool_.free_fast_slots(); });
  management_.OnWrite(reg::fast_slots::kOffset, [this](const RegisterWrite& write) {
    for (std::uint32_t host = 0; host < hosts_.size(); ++host) {
      if (pool_.counters(HostId(host)).segments_assigned != 0) return;
    }
    pool_.SetFastSlots(static_cast<std::uint32_t>(write.value));
  });
  management_.OnRead(reg::promotions::kOffset, [this](std::uint32_t) { return promotions_; });
  management_.OnRead(reg::demotions::kOffset, [this](std::uint32_t) { return demotions_; });
  management_.OnRead(reg::bulk_notices::kOffset, [](std::uint32_t) { return 0; });
  // Nothing is ever under way: no wait takes time here, so that none can be late.
  management_.OnRead(reg::quiesce_waits::kOffset, [](std::uint32_t) { return 0; });
  const auto set_bounds = [this](const RegisterWrite& write) {
    if (write.index >= hosts_.size()) return;
    const std::uint64_t base = management_.Stored(reg::window_base::Offset(write.index));
    const std::uint64_t segments = management_.Stored(reg::window_segments::Offset(write.index));
    pool_.SetBounds(HostId(write.index), HostPhysAddr(base), static_cast<std::uint32_t>(segments));
  };
  management_.OnWrite(reg::window_base::kOffset, set_bounds);
  management_.OnWrite(reg::window_segments::kOffset, set_bounds);
  management_.OnWrite(reg::floors::kOffset, [this](const RegisterWrite& write) {
    if (write.index < hosts_.size()) pool_.SetFloor(HostId(write.index), static_cast<std::uint32_t>(write.value));
  });
  management_.OnWrite(reg::shares::kOffset, [this](const RegisterWrite& write) {
    if (write.index < hosts_.size()) pool_.SetShare(HostId(write.index), static_cast<std::uint32_t>(write.value));
  });
  management_.OnRead(reg::resident::kOffset, [this](std::uint32_t index) {
    return index < hosts_.size() ? pool_.resident_segments(HostId(index)) : 0;
  });
  management_.OnRead(reg::counter::kOffset, [this](std::uint32_t index) { return Counter(index); });
  management_.OnRead(reg::prefetches::kOffset, [](std::uint32_t) { return 0; });  // it would spare time alone
  // Every request is answered at once.
  management_.OnRead(reg::latency::kOffset, [this](std::uint32_t bin) {
    const std::uint64_t host = management_.Stored(reg::latency_host::kOffset);
    return bin == 0 ? Counter(static_cast<std::uint32_t>(host) * kCountersPerHost) : 0;
  });
}

bool PoolControl::EngineFloorsFit() const {
  std::uint64_t engines = pool_.config().walk_engines;
  bool some_have_none = false;  // and need one that is nobody's
  for (std::uint32_t host = 0; host < hosts_.size(); ++host) {
    if (pool_.window(HostId(host)).segments == 0) continue;
    const std::uint64_t floor = management_.Stored(reg::engine_floors::Offset(host));
    engines += floor;
    some_have_none = some_have_none || floor == 0;
  }
  return engines + (some_have_none ? 1 : 0) <= pool_.config().engines;
}

void PoolControl::WriteControl(std::uint32_t control) {
  enabled_ = reg::control::Enable::Get(control) != 0;
  const bool quiesce = reg::control::Quiesce::Get(control) != 0;
  if (quiesce && !quiesced_) Raise(reg::events::Quiesced::kMask);
  quiesced_ = quiesce;
  const bool flush = reg::control::Flush::Get(control) != 0;
  if (!flush) {
    flushed_ = flush_failed_ = false;
  } else if (quiesced_ && !flushed_) {
    flush_failed_ = pool_.Flush() != LineStatus::kOk;
    flushed_ = true;
    Raise(reg::events::Flushed::kMask);
  }
}

std::uint64_t PoolControl::Counter(std::uint32_t index) const {
  const std::uint32_t host = index / kCountersPerHost;
  if (host >= hosts_.size()) return 0;
  const HostCounters& counters = pool_.counters(HostId(host));
  switch (index % kCountersPerHost) {
    case 0:
      return counters.hits + counters.misses + counters.access_errors;
    case 1:
      return counters.hits;
    case 2:
      return counters.misses;
    case 3:
      return counters.access_errors;
    case 4:
      return counters.page_ins;
    case 5:
      return counters.zero_fills;
    case 6:
      return counters.page_outs_dirty;
    case 7:
      return counters.page_outs_clean;
    case 8:
      return counters.segments_evicted;
    case 9:
      return counters.bulk_errors;
    case 10:
      return counters.retries;
    case 11:
      return counters.notices;
    case 12:
      return counters.releases;
    case 13:
      return counters.page_outs_zero;  // what follows are stalls: no time passes here
    default:
      return 0;
  }
}

void PoolControl::ConnectMap() {
  management_.OnWrite(reg::map_command::kOffset, [this](const RegisterWrite& write) {
    RunMapCommand(reg::map_command::Command::Get(static_cast<std::uint32_t>(write.value)));
  });
  management_.OnRead(reg::map_status::kOffset, [this](std::uint32_t) {
    return reg::map_status::Failed::Of(std::uint32_t{map_failed_}) |
           reg::map_status::Resident::Of(std::uint32_t{map_resident_}) |
           reg::map_status::Pinned::Of(std::uint32_t{map_pinned_});
  });
  management_.OnRead(reg::map_read_slot::kOffset, [this](std::uint32_t) { return map_slot_; });
  management_.OnRead(reg::map_read_valid::kOffset, [this](std::uint32_t) { return map_states_.valid; });
  management_.OnRead(reg::map_read_dirty::kOffset, [this](std::uint32_t) { return map_states_.dirty; });
  management_.OnRead(reg::map_read_on_bulk::kOffset, [this](std::uint32_t) { return map_states_.on_bulk; });
  management_.OnRead(reg::map_read_lost_pages::kOffset, [this](std::uint32_t) { return map_states_.lost; });
}

namespace {
// Values of map_command.
enum : std::uint32_t {
  kLoad = 1,
  kRead,
  kUnpin,
  kPin,
  kAssignSlot,
  kPageOut,
  kPageIn,
  kMarkHot,
  kMarkCold,
  kToFast,
  kToSlow
};
}  // namespace

void PoolControl::RunMapCommand(std::uint32_t command) {
  if (command < kLoad || command > kToSlow) return;
  map_failed_ = false;
  if (command == kLoad) {
    LoadMap();
  } else if (command == kRead) {
    ReadMap();
  } else {
    const auto host = static_cast<std::uint32_t>(management_.Stored(reg::map_host::kOffset));
    const auto first = static_cast<std::uint32_t>(management_.Stored(reg::map_segment::kOffset));
    const auto count = std::max<std::uint64_t>(1, management_.Stored(reg::map_count::kOffset));
    for (std::uint32_t at = 0; at < count; ++at) {
      const bool in_map = host < hosts_.size() && first + at < pool_.config().segments_per_host;
      if (!in_map || !CarryOut(command, HostId(host), first + at)) map_failed_ = true;
      if (!in_map) break;
    }
  }
  Raise(reg::events::MapDone::kMask);
}

void PoolControl::ConnectEvents() {
  pool_.set_segment_listener(
      [this](Pool::SegmentEvent event, std::uint32_t host, std::uint32_t segment) { OnSegment(event, host, segment); });
  const auto set_marks = [this](const RegisterWrite&) {
    pool_.SetMarks(static_cast<std::uint32_t>(management_.Stored(reg::page_out_mark::kOffset)),
                   static_cast<std::uint32_t>(management_.Stored(reg::low_mark::kOffset)));
  };
  management_.OnWrite(reg::page_out_mark::kOffset, set_marks);
  management_.OnWrite(reg::low_mark::kOffset, set_marks);
  management_.OnRead(reg::segment_event::kOffset,
                     [this](std::uint32_t) { return segment_events_.empty() ? 0 : segment_events_.front(); });
  management_.OnWrite(reg::segment_event_pop::kOffset, [this](const RegisterWrite& write) {
    if (write.value != 0 && !segment_events_.empty()) segment_events_.pop_front();
  });
  management_.OnRead(reg::segment_events_lost::kOffset, [this](std::uint32_t) { return segment_events_lost_; });
  pool_.set_corruption_listener([this](std::uint32_t host, std::uint32_t window_page) {
    if (pages_corrupt_ != UINT32_MAX) ++pages_corrupt_;
    corrupt_page_ =
        reg::corrupt_page::Host::Of(std::uint64_t{host}) | reg::corrupt_page::Page::Of(std::uint64_t{window_page});
    Raise(reg::events::PageInCorrupt::kMask | reg::events::PageInFailed::kMask);
    RaiseHost(host, host_reg::events::PageFailed::kMask);
  });
  management_.OnRead(reg::pages_corrupt::kOffset, [this](std::uint32_t) { return pages_corrupt_; });
  management_.OnRead(reg::corrupt_page::kOffset, [this](std::uint32_t) { return corrupt_page_; });
}

void PoolControl::OnSegment(Pool::SegmentEvent event, std::uint32_t host, std::uint32_t segment) {
  if (event == Pool::SegmentEvent::kAssigned) {
    // A mark is passed where it is met; the slot just given counts.
    const std::uint64_t in_use = pool_.slots_in_use();
    if (in_use == management_.Stored(reg::first_mark::kOffset)) {
      Raise(reg::events::FirstMark::kMask);
      hotness_.OnFirstMark();
    }
    if (in_use == management_.Stored(reg::page_out_mark::kOffset)) Raise(reg::events::PageOutMark::kMask);
  }
  const auto kind = static_cast<std::uint32_t>(event);
  if ((management_.Stored(reg::segment_event_mask::kOffset) >> kind & 1) == 0) return;
  constexpr std::size_t kDepth = 64;  // of tarn_pool_event_log
  if (segment_events_.size() == kDepth) {
    ++segment_events_lost_;
    return;
  }
  segment_events_.push_back(reg::segment_event::Valid::kMask | reg::segment_event::Kind::Of(kind) |
                            reg::segment_event::Host::Of(host) | reg::segment_event::Segment::Of(segment));
  Raise(reg::events::SegmentEvent::kMask);
}

// False: it cannot be done.
bool PoolControl::CarryOut(std::uint32_t command, HostId host, std::uint32_t segment) {
  const bool resident = pool_.SlotOf(host, segment).has_value();
  switch (command) {
    case kUnpin:
      return pool_.Pin(host, segment, false) == LineStatus::kOk;
    case kPin:
      return resident && pool_.Pin(host, segment, true) == LineStatus::kOk;
    case kAssignSlot:
      return pool_.Assign(host, segment) == LineStatus::kOk;
    case kPageOut:
      return !resident || (!pool_.pinned(host, segment) && pool_.Evict(host, segment) == LineStatus::kOk);
    case kPageIn:
      return BringIn(host, segment);
    case kToFast:
    case kToSlow:
      return resident && Move(host, segment, command == kToFast);
    default:
      pool_.Mark(host, segment, command == kMarkHot);
      return true;
  }
}

// False: it is pinned, or no slot is free.
bool PoolControl::Move(HostId host, std::uint32_t segment, bool to_fast) {
  if ((*pool_.SlotOf(host, segment) < pool_.fast_slots()) == to_fast) return true;
  if (pool_.Move(host, segment, to_fast) != LineStatus::kOk) return false;
  ++(to_fast ? promotions_ : demotions_);
  return true;
}

bool PoolControl::BringIn(HostId host, std::uint32_t segment) {
  bool done = true;
  for (std::uint32_t page = 0; page < pool_.config().segment_bytes / kPageBytes; ++page) {
    if ((pool_.StatesOf(host, segment, page / 32).on_bulk >> page % 32 & 1) == 0) continue;
    done = pool_.BringIn(host, segment, page) == LineStatus::kOk && done;
  }
  return done;
}

void PoolControl::TakeHint(std::uint32_t host, std::uint32_t hint) {
  const std::uint32_t segment = host_reg::hint::Segment::Get(hint);
  if (!enabled_ || quiesced_ || segment >= pool_.window(HostId(host)).segments) return;
  ++hosts_[host].hints;
  constexpr std::uint32_t kCold = 1;
  if (host_reg::hint::Kind::Get(hint) == kCold) {
    pool_.Mark(HostId(host), segment, false);
  } else {
    BringIn(HostId(host), segment);
  }
}

void PoolControl::LoadMap() {
  const auto host = static_cast<std::uint32_t>(management_.Stored(reg::map_host::kOffset));
  const auto first = static_cast<std::uint32_t>(management_.Stored(reg::map_segment::kOffset));
  const auto count =
      static_cast<std::uint32_t>(std::max<std::uint64_t>(1, management_.Stored(reg::map_count::kOffset)));
  const auto word = static_cast<std::uint32_t>(management_.Stored(reg::map_word::kOffset));
  const auto pages = static_cast<std::uint32_t>(management_.Stored(reg::map_on_bulk::kOffset));
  const auto lost = static_cast<std::uint32_t>(management_.Stored(reg::map_lost_pages::kOffset));
  for (std::uint32_t at = 0; at < count; ++at) {
    if (pool_.SetOnBulk(HostId(host), first + at, word, pages, lost)) continue;
    map_failed_ = true;
    if (host >= hosts_.size() || first + at >= pool_.config().segments_per_host) return;
  }
}

void PoolControl::ReadMap() {
  const auto host = static_cast<std::uint32_t>(management_.Stored(reg::map_host::kOffset));
  const auto segment = static_cast<std::uint32_t>(management_.Stored(reg::map_segment::kOffset));
  const auto word = static_cast<std::uint32_t>(management_.Stored(reg::map_word::kOffset));
  map_resident_ = map_pinned_ = false;
  map_states_ = {};
  map_slot_ = 0;
  if (host >= hosts_.size()) return;
  const std::optional<SlotIndex> slot = pool_.SlotOf(HostId(host), segment);
  map_resident_ = slot.has_value();
  map_slot_ = slot.value_or(0);
  map_pinned_ = pool_.pinned(HostId(host), segment);
  map_states_ = pool_.StatesOf(HostId(host), segment, word);
}

void PoolControl::ConnectHost(std::uint32_t index) {
  Host& host = hosts_[index];
  PoolHostRegisterParameters parameters;
  parameters.segment_shift = static_cast<std::uint64_t>(std::countr_zero(pool_.config().segment_bytes));
  host.registers = std::make_unique<PoolHostRegisterFile>(parameters);
  PoolHostRegisterFile& registers = *host.registers;
  registers.OnWrite(host_reg::release_command::kOffset, [this, index](const RegisterWrite& write) {
    if (write.value == 0) return;
    Host& own = hosts_[index];
    const auto segment = static_cast<std::uint32_t>(own.registers->Stored(host_reg::release_segment::kOffset));
    own.release_failed = !pool_.Release(HostId(index), segment, 1).ok();
    RaiseHost(index, host_reg::events::Released::kMask);
  });
  registers.OnRead(host_reg::release_status::kOffset, [this, index](std::uint32_t) {
    return host_reg::release_status::Failed::Of(std::uint32_t{hosts_[index].release_failed});
  });
  registers.OnWrite(host_reg::hint::kOffset, [this, index](const RegisterWrite& write) {
    TakeHint(index, static_cast<std::uint32_t>(write.value));
  });
  registers.OnRead(host_reg::hint_status::kOffset, [this, index](std::uint32_t) {
    return host_reg::hint_status::Taken::Of(std::uint32_t{hosts_[index].hints}) |
           host_reg::hint_status::Effective::kMask;
  });
  registers.OnRead(host_reg::window_base::kOffset,
                   [this, index](std::uint32_t) { return pool_.window(HostId(index)).base.value(); });
  registers.OnRead(host_reg::window_segments::kOffset,
                   [this, index](std::uint32_t) { return pool_.window(HostId(index)).segments; });
  registers.OnRead(host_reg::resident::kOffset,
                   [this, index](std::uint32_t) { return pool_.resident_segments(HostId(index)); });
}

}  // namespace tarn::pool
