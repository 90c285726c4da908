#include "models/pool/hotness.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "models/pool/pool_hotness_registers.h"

namespace tarn::pool {
namespace {

namespace reg = pool_hotness_registers;

constexpr std::uint32_t kTermMax = 255;  // of recency, frequency and density

PoolHotnessRegisterParameters ParametersOf(const HotnessConfig& config) {
  PoolHotnessRegisterParameters parameters;
  parameters.num_slots = config.slots;
  parameters.counter_bits = config.counter_bits;
  parameters.count_max = (1u << config.counter_bits) - 1;
  parameters.age_bits = config.age_bits;
  parameters.list_entries = config.list_entries;
  parameters.list_mask = config.list_entries - 1;
  return parameters;
}

// Ages 0, 1, 2 to 3, 4 to 7, ….
std::size_t BinOf(std::uint32_t age) { return static_cast<std::size_t>(std::bit_width(age)); }

}  // namespace

Hotness::Hotness(const HotnessConfig& config)
    : config_(config),
      registers_(ParametersOf(config)),
      hot_{.head_offset = reg::hot_head::kOffset,
           .watermark_offset = reg::hot_watermark::kOffset,
           .watermark_event = reg::events::HotWatermark::kMask,
           .overflow_event = reg::events::HotOverflow::kMask,
           .ring = std::vector<HotnessEntry>(config.list_entries)},
      cold_{.head_offset = reg::cold_head::kOffset,
            .watermark_offset = reg::cold_watermark::kOffset,
            .watermark_event = reg::events::ColdWatermark::kMask,
            .overflow_event = reg::events::ColdOverflow::kMask,
            .ring = std::vector<HotnessEntry>(config.list_entries)},
      segments_(config.slots) {
  ConnectRegisters();
}

void Hotness::ConnectRegisters() {
  registers_.OnWrite(reg::control::kOffset, [this](const RegisterWrite& write) { WriteControl(write.value); });
  registers_.OnRead(reg::status::kOffset, [this](std::uint32_t) {
    return reg::status::Cleared::kMask | reg::status::Active::Of(std::uint32_t{active()}) |
           reg::status::Sweeping::Of(std::uint32_t{!swept_}) |
           reg::status::StartPending::Of(std::uint32_t{start_pending_}) |
           reg::status::Epochs::Of(std::uint32_t{epochs_});
  });
  registers_.OnRead(reg::last_epoch::kOffset, [](std::uint32_t) { return 0; });  // no time passes here
  registers_.OnRead(reg::age_histogram::kOffset, [this](std::uint32_t index) { return shown_.at(index); });
  ConnectList(hot_, reg::hot_tail::kOffset, reg::hot_entry::kOffset);
  ConnectList(cold_, reg::cold_tail::kOffset, reg::cold_entry::kOffset);
}

void Hotness::ConnectList(List& list, std::uint32_t tail_offset, std::uint32_t entry_offset) {
  registers_.OnRead(tail_offset, [&list](std::uint32_t) { return list.tail; });
  registers_.OnRead(entry_offset, [&list](std::uint32_t index) -> std::uint64_t {
    if (index >= list.ring.size()) return 0;
    const HotnessEntry& entry = list.ring[index];
    return std::uint64_t{entry.host} << 48 | std::uint64_t{entry.segment} << 16 | entry.value;
  });
}

bool Hotness::enabled() const { return registers_.Get<reg::control::Enable>(reg::control::kOffset) != 0; }

bool Hotness::irq() const {
  return (registers_.Stored(reg::events::kOffset) & registers_.Stored(reg::event_enable::kOffset)) != 0;
}

void Hotness::Raise(std::uint64_t event) { registers_.SetStored(reg::events::kOffset, event, event); }

void Hotness::WriteControl(std::uint64_t control) {
  const bool enable = enabled();
  const bool restart = (control & reg::control::Restart::kMask) != 0;
  if (!enable) {
    active_ = false;
    start_pending_ = false;
  } else if (!was_enabled_ || restart) {
    start_pending_ = true;
  }
  was_enabled_ = enable;
}

void Hotness::TakeSettings() {
  const auto take = [this]<typename Field>(Field, std::uint32_t offset) {
    return static_cast<std::uint32_t>(registers_.Get<Field>(offset));
  };
  settings_.hosts = take(reg::filter::Hosts{}, reg::filter::kOffset);
  settings_.reads = take(reg::filter::Reads{}, reg::filter::kOffset) != 0;
  settings_.writes = take(reg::filter::Writes{}, reg::filter::kOffset) != 0;
  settings_.hot_threshold = take(reg::hot_threshold::Count{}, reg::hot_threshold::kOffset);
  settings_.cold_threshold = take(reg::cold_threshold::Usage{}, reg::cold_threshold::kOffset);
  settings_.recency_weight = take(reg::usage::RecencyWeight{}, reg::usage::kOffset);
  settings_.frequency_weight = take(reg::usage::FrequencyWeight{}, reg::usage::kOffset);
  settings_.density_weight = take(reg::usage::DensityWeight{}, reg::usage::kOffset);
  settings_.frequency_shift = take(reg::usage::FrequencyShift{}, reg::usage::kOffset);
}

// ---- Events ---------------------------------------------------------------------------------------------------------

bool Hotness::OnProbe(const PoolProbe& event) {
  switch (event.kind) {
    case ProbeEvent::kHit:
    case ProbeEvent::kEarly:
      return Counts(event) && OnAccess(event);
    case ProbeEvent::kAssign:
      segments_.at(event.slot) = Segment{.host = event.host, .segment = event.segment};
      return false;
    case ProbeEvent::kKept:
      segments_.at(event.slot) = Segment{.host = event.host, .segment = event.segment, .pages = event.page};
      return false;
    case ProbeEvent::kEvict:
    case ProbeEvent::kOrderedOut:
    case ProbeEvent::kColdOut:
    case ProbeEvent::kReleased:
      segments_.at(event.slot).reset();
      return false;
    case ProbeEvent::kMoved:
      segments_.at(event.slot) = std::exchange(segments_.at(event.from), std::nullopt);
      return false;
    case ProbeEvent::kPageIn:
      if (auto& segment = segments_.at(event.slot))
        segment->pages = std::min(segment->pages + 1, config_.segment_pages);
      return false;
    default:
      return false;
  }
}

bool Hotness::Counts(const PoolProbe& access) {
  if (!active() || (settings_.hosts >> access.host & 1) == 0) return false;
  if (!(access.write ? settings_.writes : settings_.reads)) return false;
  return ++accesses_passed_ % (1u << settings_.down_sampling) == 0;
}

bool Hotness::OnAccess(const PoolProbe& access) {
  const std::uint32_t max = (1u << config_.counter_bits) - 1;
  std::optional<Segment>& place = segments_.at(access.slot);
  if (!place) place = Segment{.host = access.host, .segment = access.segment};
  Segment& segment = *place;
  segment.touched = true;
  segment.frequency = std::min(segment.frequency + 1, max);
  const bool was_full = segment.count == max;
  if (!was_full) ++segment.count;
  if (settings_.always_on && segment.count >= settings_.hot_threshold) {
    reached_.push_back(
        {.host = segment.host, .segment = segment.segment, .value = static_cast<std::uint16_t>(segment.count)});
    segment.count = 0;
    return true;
  }
  if (was_full) Raise(reg::events::Saturated::kMask);
  return false;
}

// ---- Epochs ---------------------------------------------------------------------------------------------------------

Status Hotness::OnStart() {
  if (!start_pending_) return Status::Error("a start that nobody asked for");
  if (!swept_) return Status::Error("a start in the middle of a sweep");
  start_pending_ = false;
  active_ = true;
  swept_ = false;
  first_sweep_ = true;
  epochs_ = 0;
  accesses_passed_ = 0;
  histogram_ = {};
  TakeSettings();
  settings_.always_on = registers_.Get<reg::mode::AlwaysOn>(reg::mode::kOffset) != 0;
  settings_.down_sampling = static_cast<unsigned>(registers_.Get<reg::mode::DownSampling>(reg::mode::kOffset));
  for (std::optional<Segment>& segment : segments_) {
    if (segment) *segment = Segment{.host = segment->host, .segment = segment->segment, .pages = segment->pages};
  }
  return {};
}

void Hotness::EmptyLists() {
  for (List* list : {&hot_, &cold_}) {
    list->tail = 0;
    registers_.SetStored(list->head_offset, ~std::uint64_t{0}, 0);
  }
}

Status Hotness::OnEpochEnd() {
  if (!active()) return Status::Error("the end of an epoch while none runs");
  if (!swept_) return Status::Error("the end of an epoch in the middle of a sweep");
  TakeSettings();
  swept_ = false;
  first_sweep_ = false;
  ++epochs_;
  histogram_ = {};
  const std::uint32_t age_max = (1u << config_.age_bits) - 1;
  for (SlotIndex slot = 0; slot < segments_.size(); ++slot) {
    if (!segments_[slot]) continue;
    Segment& segment = *segments_[slot];
    segment.age = segment.touched ? 0 : std::min(segment.age + 1, age_max);
    judgements_[slot] = Judge(segment);
    ++histogram_.at(BinOf(segment.age));
    segment.touched = false;
    segment.frequency /= 2;
    if (!settings_.always_on) segment.count = 0;
  }
  return {};
}

void Hotness::OnEpochLate() { Raise(reg::events::EpochLate::kMask); }

std::uint32_t Hotness::Usage(const Segment& segment) const {
  const std::uint32_t recency = kTermMax - segment.age;
  const std::uint32_t frequency = std::min(segment.frequency >> settings_.frequency_shift, kTermMax);
  const std::uint32_t density = std::min(segment.pages * 256 / config_.segment_pages, kTermMax);
  return settings_.recency_weight * recency + settings_.frequency_weight * frequency +
         settings_.density_weight * density;
}

Hotness::Judgement Hotness::Judge(const Segment& segment) const {
  Judgement judgement;
  if (!settings_.always_on && segment.count >= settings_.hot_threshold) {
    judgement.hot = {
        .host = segment.host, .segment = segment.segment, .value = static_cast<std::uint16_t>(segment.count)};
  }
  const std::uint32_t usage = Usage(segment);
  if (usage < settings_.cold_threshold) {
    judgement.cold = {.host = segment.host, .segment = segment.segment, .value = static_cast<std::uint16_t>(usage)};
  }
  return judgement;
}

Status Hotness::OnJudged(SlotIndex slot) {
  const auto found = judgements_.find(slot);
  if (found == judgements_.end()) {
    return Status::Error("slot " + std::to_string(slot) +
                         " is judged, but has no segment to be judged, or was already");
  }
  if (found->second.hot) Put(hot_, *found->second.hot);
  if (found->second.cold) Put(cold_, *found->second.cold);
  judgements_.erase(found);
  return {};
}

bool Hotness::FoundCold(SlotIndex slot) const {
  const auto found = judgements_.find(slot);
  return found != judgements_.end() && found->second.cold.has_value();
}

Status Hotness::OnSwept() {
  if (swept_) return Status::Error("a sweep ends that never began");
  if (!judgements_.empty()) {
    return Status::Error("the sweep is through, but slot " + std::to_string(judgements_.begin()->first) +
                         " was not judged");
  }
  swept_ = true;
  shown_ = histogram_;
  if (!first_sweep_) Raise(reg::events::Swept::kMask);
  return {};
}

void Hotness::ListReached() {
  Put(hot_, reached_.front());
  reached_.pop_front();
}

void Hotness::Put(List& list, const HotnessEntry& entry) {
  const std::uint32_t mask = config_.list_entries - 1;
  const std::uint32_t next = (list.tail + 1) & mask;
  const auto head = static_cast<std::uint32_t>(registers_.Stored(list.head_offset));
  if (next == head) return Raise(list.overflow_event);
  list.ring[list.tail] = entry;
  list.tail = next;
  if (((next - head) & mask) == registers_.Stored(list.watermark_offset)) Raise(list.watermark_event);
}

// ---- Without RTL ----------------------------------------------------------------------------------------------------

Status Hotness::Start() {
  if (Status status = OnStart(); !status.ok()) return status;
  EmptyLists();
  return OnSwept();
}

Status Hotness::EndEpoch(const std::function<void(SlotIndex)>& on_cold) {
  if (Status status = OnEpochEnd(); !status.ok()) return status;
  while (!judgements_.empty()) {
    const SlotIndex slot = judgements_.begin()->first;
    if (on_cold && FoundCold(slot)) on_cold(slot);
    if (Status status = OnJudged(slot); !status.ok()) return status;
  }
  return OnSwept();
}

}  // namespace tarn::pool
