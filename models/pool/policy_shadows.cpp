#include "models/pool/policy_shadows.h"

#include <algorithm>
#include <bit>

namespace tarn::pool {

namespace {
std::uint32_t FingerprintOf(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash) & ((1u << PolicyShadows::kFingerprintBits) - 1);
}
}  // namespace

PolicyShadows::PolicyShadows(const ShadowSettings& settings) : settings_(settings) {
  frames_ = std::min(settings.slots, settings.shadow_frames);
  sampled_below_ = static_cast<std::uint32_t>((std::uint64_t{frames_} << 16) / settings.slots);
  const std::uint32_t frames_max = std::bit_ceil(std::min(settings.slots_max, settings.shadow_frames));
  sets_ = std::max(1u, 2 * frames_max / kWays);
  set_bits_ = static_cast<unsigned>(std::bit_width(sets_) - 1);
  if (frames_ == 0) {
    chosen_ = kFixedRule;
    return;
  }
  for (const PolicyRule& rule : kPolicyRules) {
    Shadow shadow(frames_max);
    shadow.rule = rule;
    shadow.young_max = ShareOf(frames_, rule.young_share);
    shadow.ghost_max = ShareOf(frames_, rule.ghost_share);
    shadow.places.resize(std::size_t{sets_} * kWays);
    shadow.next.resize(std::size_t{sets_} * kWays);
    shadows_.push_back(std::move(shadow));
  }
}

void PolicyShadows::Push(Shadow& shadow, Queue& queue, std::uint32_t place) const {
  if (queue.size == 0) {
    queue.head = place;
  } else {
    shadow.next[queue.tail] = place;
  }
  queue.tail = place;
  ++queue.size;
}

std::uint32_t PolicyShadows::Pop(Shadow& shadow, Queue& queue) const {
  const std::uint32_t place = queue.head;
  queue.head = shadow.next[place];
  --queue.size;
  return place;
}

// Frees a frame of the old queue, unless those at its end are all in use.
bool PolicyShadows::Challenge(Shadow& shadow) {
  for (std::uint32_t step = 0; step < shadow.rule.challenge_max && shadow.old.size != 0; ++step) {
    const std::uint32_t place = Pop(shadow, shadow.old);
    if (shadow.places[place].hits == 0) {
      shadow.places[place].valid = false;
      return true;
    }
    --shadow.places[place].hits;
    Push(shadow, shadow.old, place);
  }
  return false;
}

void PolicyShadows::Evict(Shadow& shadow) {
  const auto promote = [&](std::uint32_t place) {
    shadow.places[place].hits = 0;
    Push(shadow, shadow.old, place);
  };
  while (shadow.young.size > shadow.young_max && shadow.old.size < OldMax(shadow)) promote(Pop(shadow, shadow.young));
  while (true) {
    if (shadow.old.size == 0 || shadow.young.size >= shadow.young_max) {
      const std::uint32_t place = Pop(shadow, shadow.young);
      Place& state = shadow.places[place];
      if (state.hits < shadow.rule.promote_hits) {
        state.valid = false;
        shadow.ghost.Remember(state.tag << set_bits_ | place / kWays);
        return;
      }
      promote(place);
    } else {
      const std::uint32_t place = Pop(shadow, shadow.old);
      Place& state = shadow.places[place];
      if (state.hits == 0) {
        state.valid = false;
        return;
      }
      --state.hits;
      Push(shadow, shadow.old, place);
    }
  }
}

// Whether it hit.
bool PolicyShadows::Access(Shadow& shadow, std::uint32_t fingerprint) {
  const std::uint32_t set = fingerprint & (sets_ - 1);
  const std::uint32_t tag = fingerprint >> set_bits_;
  Place* const ways = &shadow.places[std::size_t{set} * kWays];
  bool full = true;
  for (unsigned way = 0; way < kWays; ++way) {
    if (ways[way].valid && ways[way].tag == tag) {
      ways[way].hits = std::min(ways[way].hits + 1, kPolicyHitsMax);
      return true;
    }
    full = full && ways[way].valid;
  }
  ++shadow.misses;
  if (full) {
    ++passed_by_;
    return false;
  }
  bool to_old = shadow.ghost.Take(fingerprint, shadow.ghost_max);
  if (shadow.young.size + shadow.old.size == frames_) {
    bool freed = false;
    if (to_old && shadow.rule.challenge_max != 0 && shadow.old.size >= OldMax(shadow)) {
      freed = Challenge(shadow);
      to_old = freed;
    }
    if (!freed) Evict(shadow);
  }
  unsigned way = 0;
  while (ways[way].valid) ++way;
  ways[way] = {.valid = true, .tag = tag, .hits = 0};
  Push(shadow, to_old ? shadow.old : shadow.young, set * kWays + way);
  return false;
}

std::optional<unsigned> PolicyShadows::Choose() {
  for (Shadow& shadow : shadows_) {
    shadow.score = shadow.score - (shadow.score >> settings_.memory_shift) + (shadow.misses << kScoreShift);
    shadow.misses = 0;
  }
  const auto best = std::min_element(shadows_.begin(), shadows_.end(),
                                     [](const Shadow& a, const Shadow& b) { return a.score < b.score; });
  const std::uint32_t own = shadows_[chosen_].score;
  if (best->score >= own - (own >> settings_.advantage_shift)) return std::nullopt;
  chosen_ = static_cast<unsigned>(best - shadows_.begin());
  return chosen_;
}

bool PolicyShadows::Wants(std::uint64_t hash) const {
  return hash >> 32 < sampled_below_ && !(repeats_ == kRepeatsMax && FingerprintOf(hash) == last_);
}

PolicyShadows::Outcome PolicyShadows::Sample(std::uint64_t hash) {
  const std::uint32_t fingerprint = FingerprintOf(hash);
  repeats_ = repeats_ != 0 && fingerprint == last_ ? repeats_ + 1 : 1;
  last_ = fingerprint;
  Outcome outcome;
  for (std::size_t index = 0; index < shadows_.size(); ++index) {
    if (!Access(shadows_[index], fingerprint)) outcome.missed |= 1u << index;
  }
  if (outcome.missed != 0 && ++epoch_misses_ == settings_.epoch_misses) {
    epoch_misses_ = 0;
    outcome.rule = Choose();
  }
  return outcome;
}

}  // namespace tarn::pool
