// The golden hotness monitoring (models/pool/hotness.h) laid beside the RTL's: it is told in which order things happen,
// and judges when starts and ends of epochs come, which segments are judged, and that a segment is paged out as cold
// only after it was found cold. What the lists hold, whoever reads them compares with the model's registers.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "models/pool/hotness.h"
#include "models/pool/pool_messages.h"
#include "tb/common/scoreboard.h"

namespace tarn::tb {

class HotnessChecker {
 public:
  static constexpr std::uint64_t kEffectCycles = 3;  // from an event to its place in the lists (tarn_pool_hotness)

  HotnessChecker(const pool::HotnessConfig& config, Failures& failures);

  // Each cycle after reset: the probe's event, and what the unit did.
  void Observe(const pool::PoolProbe& event, const pool::HotnessProbe& did, std::uint64_t cycle);

  pool::Hotness& model() { return model_; }
  struct Counts {
    std::uint64_t accesses = 0, epochs = 0, starts = 0, judged = 0, reached = 0, full_rate_cycles = 0, late_epochs = 0;
    std::uint64_t cold_outs = 0;
  };
  const Counts& counts() const { return counts_; }
  std::uint64_t last_epoch_cycles() const { return last_epoch_cycles_; }

 private:
  struct Effect {
    std::uint64_t cycle;
    bool empties;  // the lists; else a segment that reached the threshold goes onto the hot list
  };

  void TakeWrite(const pool::HotnessProbe& did);
  void ExpectTimes(const pool::HotnessProbe& did, bool due, std::uint64_t cycle);
  void ShowEffects(const pool::HotnessProbe& did, std::uint64_t cycle);
  void ShowEvent(const pool::PoolProbe& event, std::uint64_t cycle);
  void FollowCold(const pool::PoolProbe& event, std::uint64_t cycle);
  void Begin(const pool::HotnessProbe& did, std::uint64_t cycle);
  void TakeSettings();
  void Check(const Status& status, std::uint64_t cycle);
  void Fail(const std::string& what, std::uint64_t cycle);

  pool::Hotness model_;
  Failures& failures_;
  Counts counts_;
  // What the model has yet to be told, and what it was in the cycle before.
  std::deque<Effect> effects_;
  std::uint64_t epoch_cycles_ = 0;
  std::uint64_t last_epoch_cycles_ = 0;
  std::uint32_t epoch_length_ = 0;  // of the register
  bool ends_at_first_mark_ = false;
  bool end_wanted_ = false;
  bool end_written_ = false;
  bool start_pending_before_ = false;
  bool late_told_ = false;
  bool accessed_before_ = false;
  // Slots found cold, and until when they may be paged out as such: an access ends it, but not at once.
  static constexpr std::uint64_t kNoEnd = ~std::uint64_t{0};
  std::vector<std::uint64_t> cold_until_;  // by slot, 0: it is not cold
  std::vector<std::uint64_t> told_;        // when the probe last showed something of the slot
};

}  // namespace tarn::tb
