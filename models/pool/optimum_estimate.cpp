#include "models/pool/optimum_estimate.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tarn::pool {

namespace {

constexpr std::uint32_t kSlotsMin = 2;

std::uint32_t Scaled(std::uint32_t slots, std::uint32_t log2_sampling) {
  return static_cast<std::uint32_t>((std::uint64_t{slots} + ((std::uint64_t{1} << log2_sampling) >> 1)) >>
                                    log2_sampling);
}

std::uint32_t SamplingInEffect(const OptimumShape& shape, const OptimumSettings& settings) {
  std::uint32_t log2_sampling = settings.log2_sampling;
  while (Scaled(settings.slots, log2_sampling) > shape.slots_max) ++log2_sampling;
  return log2_sampling;
}

}  // namespace

OptimumEstimate::OptimumEstimate(const OptimumShape& shape, const OptimumSettings& settings)
    : shape_(shape),
      log2_sampling_(SamplingInEffect(shape, settings)),
      table_(std::size_t{shape.sets} * shape.ways),
      spare_(shape.history),
      spare_now_(std::max(kSlotsMin, Scaled(settings.slots, log2_sampling_)) - 1),
      now_(shape.history) {}  // as if so much time had passed without anything

bool OptimumEstimate::IsSampled(std::uint64_t policy_hash) const {
  return policy_hash >> 32 < 0x10000u >> log2_sampling_;
}

OptimumEstimate::Entry* OptimumEstimate::SetOf(std::uint64_t policy_hash) {
  return &table_[(policy_hash & (shape_.sets - 1)) * shape_.ways];
}

std::uint32_t OptimumEstimate::TagOf(std::uint64_t policy_hash) const {
  return static_cast<std::uint32_t>(policy_hash / shape_.sets) & ((1u << shape_.tag_bits) - 1);
}

// The optimum may have kept it.
bool OptimumEstimate::IsKnown(const Entry& entry) const {
  return entry.valid && now_ - entry.last < shape_.history && entry.last >= full_;
}

OptimumEstimate::Entry* OptimumEstimate::Find(std::uint64_t policy_hash) {
  Entry* const set = SetOf(policy_hash);
  Entry* const end = set + shape_.ways;
  Entry* const found =
      std::find_if(set, end, [&](const Entry& entry) { return IsKnown(entry) && entry.tag == TagOf(policy_hash); });
  return found == end ? nullptr : found;
}

bool OptimumEstimate::Refer(std::uint64_t policy_hash) {
  Entry* const entry = Find(policy_hash);
  if (entry == nullptr) {
    PassTime();
    Enter(policy_hash);
    return true;
  }
  if (entry->last != now_) KeepSince(entry->last);
  entry->last = now_;
  return false;
}

void OptimumEstimate::Forget(std::uint64_t policy_hash) {
  if (Entry* const entry = Find(policy_hash); entry != nullptr) entry->valid = false;
}

// One more is kept through every miss after `last`.
void OptimumEstimate::KeepSince(Time last) {
  Time time = last + 1;
  while (SpareAt(time) == 0) ++time;
  assert(time <= now_);
  ++spare_now_;
  if (--SpareAt(time) != 0) return;
  // As many can be kept at this time now as at the one before that has any: that one does not matter any more.
  for (Time before = time - 1; before > full_ && now_ - before < shape_.history; --before) {
    if (SpareAt(before) == 0) continue;
    std::swap(SpareAt(time), SpareAt(before));
    return;
  }
  full_ = time;
}

// The optimum misses once more.
void OptimumEstimate::PassTime() {
  ++now_;
  // A time is forgotten: what bound it binds the next one that has any.
  if (const std::uint32_t oldest = std::exchange(SpareAt(now_), 0); oldest != 0) {
    Time next = now_ - shape_.history + 1;
    while (SpareAt(next) == 0) ++next;  // the last miss has some, unless nothing before it has
    assert(next < now_);
    SpareAt(next) += oldest;
  }
  // Between two misses in a row nothing was kept: the later one binds more.
  SpareAt(now_) = spare_now_ != 0 ? std::exchange(spare_now_, 0) : std::exchange(SpareAt(now_ - 1), 0);
}

void OptimumEstimate::Enter(std::uint64_t policy_hash) {
  Entry* const set = SetOf(policy_hash);
  Entry* const end = set + shape_.ways;
  Entry* place = std::find_if(set, end, [this](const Entry& entry) { return !IsKnown(entry); });
  if (place == end) place = std::min_element(set, end, [](const Entry& a, const Entry& b) { return a.last < b.last; });
  *place = {.valid = true, .tag = TagOf(policy_hash), .last = now_};
}

}  // namespace tarn::pool
