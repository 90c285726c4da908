// The golden model of the pool's hotness monitoring (rtl/pool/hotness.md): counts, epochs, hot and cold list, ages.
//
// Untimed, told in which order things happen: events of the pool's probe, starts and ends of epochs, and which segment
// is judged next. What is judged is settled at the end of an epoch, all at once; OnJudged only says when it reaches the
// lists. A user without RTL beside it ends an epoch with EndEpoch, which judges all segments in the order of their
// slots.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/common/register_bus.h"
#include "models/common/result.h"
#include "models/pool/pool_hotness_register_file.h"
#include "models/pool/pool_messages.h"
#include "models/pool/replacement.h"

namespace tarn::pool {

struct HotnessConfig {
  std::uint32_t slots = 4096;
  std::uint32_t segment_pages = 16;  // a power of two
  unsigned counter_bits = 16;
  unsigned age_bits = 8;
  std::uint32_t list_entries = 256;  // a power of two
};

// An entry of the hot list (value: count) or of the cold list (value: usage).
struct HotnessEntry {
  std::uint8_t host = 0;
  std::uint32_t segment = 0;
  std::uint16_t value = 0;
  friend bool operator==(const HotnessEntry&, const HotnessEntry&) = default;
};

class Hotness {
 public:
  static constexpr std::size_t kBins = 16;

  explicit Hotness(const HotnessConfig& config);
  Hotness(const Hotness&) = delete;  // the register file's hooks know it by address
  Hotness& operator=(const Hotness&) = delete;

  RegisterBus& registers() { return registers_; }
  bool irq() const;

  // An event of the probe.
  // Returns whether a segment reached the threshold of the always-on mode: it waits for ListReached.
  bool OnProbe(const PoolProbe& event);

  // What follows is an error of who says it where it may not happen now.
  // The start that software asked for: events from here on count, from zero. The lists are emptied by EmptyLists.
  Status OnStart();
  void EmptyLists();
  Status OnEpochEnd();
  // The epoch was long enough, but the sweep after the one before is not through.
  void OnEpochLate();
  // The segment that was in the slot at the end of the epoch is judged.
  Status OnJudged(SlotIndex slot);
  // Whether that segment waits to be judged, and will be found cold.
  bool FoundCold(SlotIndex slot) const;
  Status OnSwept();
  void ListReached();

  // Without RTL beside it.
  Status Start();
  Status EndEpoch(const std::function<void(SlotIndex)>& on_cold = {});

  bool active() const { return active_ && enabled(); }
  bool start_pending() const { return start_pending_; }
  bool swept() const { return swept_; }  // nothing waits to be judged
  // Of the running epoch; 0 where there is no segment.
  std::uint32_t Count(SlotIndex slot) const { return segments_.at(slot) ? segments_.at(slot)->count : 0; }

 private:
  struct Segment {
    std::uint8_t host = 0;
    std::uint32_t segment = 0;
    std::uint32_t count = 0;      // in this epoch; always on: since it was last reported
    std::uint32_t frequency = 0;  // decayed count, this epoch included
    std::uint32_t age = 0;        // ended epochs without an access
    std::uint32_t pages = 0;      // valid ones
    bool touched = false;         // in this epoch
  };
  struct Settings {
    bool always_on = false;
    unsigned down_sampling = 0;
    std::uint32_t hosts = 0;
    bool reads = false;
    bool writes = false;
    std::uint32_t hot_threshold = 0;
    std::uint32_t cold_threshold = 0;
    std::uint32_t recency_weight = 0;
    std::uint32_t frequency_weight = 0;
    std::uint32_t density_weight = 0;
    unsigned frequency_shift = 0;
  };
  struct Judgement {
    std::optional<HotnessEntry> hot;
    std::optional<HotnessEntry> cold;
  };
  // A list's ring and its registers.
  struct List {
    std::uint32_t head_offset;
    std::uint32_t watermark_offset;
    std::uint64_t watermark_event;
    std::uint64_t overflow_event;
    std::uint32_t tail = 0;
    std::vector<HotnessEntry> ring;
  };

  void ConnectRegisters();
  void ConnectList(List& list, std::uint32_t tail_offset, std::uint32_t entry_offset);
  bool enabled() const;
  void WriteControl(std::uint64_t control);
  void TakeSettings();
  bool Counts(const PoolProbe& access);
  bool OnAccess(const PoolProbe& access);
  Judgement Judge(const Segment& segment) const;
  std::uint32_t Usage(const Segment& segment) const;
  void Put(List& list, const HotnessEntry& entry);
  void Raise(std::uint64_t event);

  HotnessConfig config_;
  PoolHotnessRegisterFile registers_;
  List hot_, cold_;
  std::vector<std::optional<Segment>> segments_;  // by slot
  std::map<SlotIndex, Judgement> judgements_;     // not in the lists yet
  std::deque<HotnessEntry> reached_;
  std::array<std::uint32_t, kBins> histogram_{};  // of the epoch that is being judged
  std::array<std::uint32_t, kBins> shown_{};
  Settings settings_;
  std::uint32_t accesses_passed_ = 0;  // by the filter, for down-sampling
  std::uint16_t epochs_ = 0;
  bool was_enabled_ = false;
  bool start_pending_ = false;
  bool active_ = false;
  bool swept_ = true;
  bool first_sweep_ = false;  // that after a start, which judges nothing
};

}  // namespace tarn::pool
