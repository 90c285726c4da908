// Which rule the pool's replacement policy shall follow: that one which misses least in small memories, one a rule,
// each of which replays the accesses to a sample of the segments. Written as the hardware keeps it: a directory, queues
// of places in it, and a ghost, all in RAM. There may be no shadows: then no access is sampled and kFixedRule holds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/pool/policy_ghost.h"
#include "models/pool/policy_rules.h"

namespace tarn::pool {

struct ShadowSettings {
  std::uint32_t slots = 0;            // of the memory in service
  std::uint32_t slots_max = 0;        // that the hardware was built for
  std::uint32_t shadow_frames = 512;  // of one shadow at most; a power of two, 0: no shadows
  std::uint32_t epoch_misses = 512;   // samples that missed in any shadow, from one choice to the next
  std::uint32_t memory_shift = 1;     // of what an epoch counted, 1 - 2^-n counts in the next one
  std::uint32_t advantage_shift = 6;  // a rule takes over when it misses less by more than 2^-n
};

class PolicyShadows {
 public:
  static constexpr unsigned kWays = 16;
  static constexpr unsigned kFingerprintBits = 20;
  static constexpr unsigned kRepeatsMax = 4;
  static constexpr unsigned kScoreShift = 4;  // scores have so many bits behind the point

  explicit PolicyShadows(const ShadowSettings& settings);

  // An access to the segment is to be given to Sample: the segment is of the sample, and this is not more of the same.
  // An access beyond the fourth in a row, without another sampled between, changes nothing: counters are full.
  bool Wants(std::uint64_t hash) const;
  struct Outcome {
    std::uint32_t missed = 0;      // a bit for each shadow
    std::optional<unsigned> rule;  // from now on, when it changes
  };
  // A sampled access.
  Outcome Sample(std::uint64_t hash);

  unsigned chosen() const { return chosen_; }
  std::uint64_t frames() const { return frames_; }
  // Accesses that could not be followed because their set in a shadow's directory was full.
  std::uint64_t passed_by() const { return passed_by_; }

 private:
  struct Place {
    bool valid = false;
    std::uint32_t tag = 0;
    std::uint32_t hits = 0;
  };
  struct Queue {
    std::uint32_t head = 0;
    std::uint32_t tail = 0;
    std::uint32_t size = 0;
  };
  struct Shadow {
    explicit Shadow(std::uint32_t frames_max) : ghost(frames_max) {}
    PolicyRule rule{};
    std::uint32_t young_max = 1;
    std::uint32_t ghost_max = 1;
    std::vector<Place> places;  // set after set
    std::vector<std::uint32_t> next;
    Queue young, old;
    PolicyGhost ghost;
    std::uint32_t misses = 0;  // of this epoch
    std::uint32_t score = 0;
  };

  bool Access(Shadow& shadow, std::uint32_t fingerprint);
  void Push(Shadow& shadow, Queue& queue, std::uint32_t place) const;
  std::uint32_t Pop(Shadow& shadow, Queue& queue) const;
  bool Challenge(Shadow& shadow);
  void Evict(Shadow& shadow);
  std::optional<unsigned> Choose();
  std::uint32_t OldMax(const Shadow& shadow) const { return frames_ - shadow.young_max; }

  ShadowSettings settings_;
  std::uint32_t frames_;
  std::uint32_t sampled_below_;
  std::uint32_t sets_;
  unsigned set_bits_;
  std::vector<Shadow> shadows_;
  std::uint32_t epoch_misses_ = 0;
  unsigned chosen_ = 0;
  std::uint32_t last_ = 0;     // fingerprint of the last sample
  std::uint32_t repeats_ = 0;  // of it, in a row
  std::uint64_t passed_by_ = 0;
};

}  // namespace tarn::pool
