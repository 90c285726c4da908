// The hotness monitoring alone (tarn_pool_hotness): a stream of probe events as a pool might show it, software at the
// registers, and the golden model beside it, told in which order things happen and judging everything else. Dut is a
// Verilated tarn_pool_hotness; Shape names its parameters.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/common/random.h"
#include "models/pool/hotness.h"
#include "models/pool/pool_hotness_registers.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"
#include "tb/pool/pool_bench.h"

namespace tarn::tb {

// What the stream is made of, in percent of the cycles.
struct HotnessTraffic {
  unsigned access_percent = 70;
  unsigned write_percent = 40;  // of the accesses
  unsigned same_percent = 30;   // of the accesses: to the slot of the access before
  unsigned two_percent = 20;    // of the accesses: to the slot of the one before that
  unsigned hot_slots = 3;       // half of the other accesses go to these
  unsigned assign_percent = 5;  // if a slot is free
  unsigned leave_percent = 3;   // if more than half of the slots are taken
  unsigned page_in_percent = 5;
  unsigned noise_percent = 10;  // events that mean nothing here
  bool yields = true;           // leaves a cycle without an event when asked for
};

template <typename Dut, typename Shape>
class HotnessBench {
 public:
  static constexpr std::uint64_t kEffectCycles = 3;  // from an event to its place in the lists (tarn_pool_hotness)
  static constexpr std::uint32_t kNoPlace = ~std::uint32_t{0};

  explicit HotnessBench(std::uint64_t seed = GetTestOptions().seed)
      : simulation_({.seed = seed, .wave_file = GetTestOptions().wave_file}),
        random_(seed * 6151 + 7),
        model_({.slots = Shape::kSlots,
                .segment_pages = Shape::kSegmentPages,
                .counter_bits = Shape::kCounterBits,
                .age_bits = Shape::kAgeBits,
                .list_entries = Shape::kListEntries}),
        registers_(simulation_, dut().reg_req_valid_i, dut().reg_req_i, dut().reg_req_ready_o, dut().reg_rsp_valid_o,
                   dut().reg_rsp_o),
        probe_port_(dut().probe_i),
        monitor_(*this) {
    probe_port_.Write({});
    if constexpr (requires { dut().plant_i; }) {
      dut().plant_i = 0;
      dut().inject_i = 0;
    }
    simulation_.Add(monitor_);
  }

  // Reset, and the time until the counters are cleared.
  bool Start() {
    simulation_.Reset();
    return simulation_.RunUntil([&] { return dut().ready_o != 0; }, Shape::kSlots + 20, "the counters to be cleared");
  }

  Dut& dut() { return simulation_.dut(); }
  Simulation<Dut>& simulation() { return simulation_; }
  Failures& failures() { return simulation_.failures(); }
  pool::Hotness& model() { return model_; }
  RegisterBus& registers() { return registers_; }
  Random& random() { return random_; }
  HotnessTraffic& traffic() { return traffic_; }

  struct Counts {
    std::uint64_t accesses = 0, epochs = 0, starts = 0, judged = 0, reached = 0, entries = 0, full_rate_cycles = 0;
    std::uint64_t late_epochs = 0;
    std::uint32_t events = 0;  // the register's, whenever it was compared
  };
  const Counts& counts() const { return counts_; }

  // Random events, or none; or those that `next` gives (none at the end: std::nullopt).
  void SetTraffic(bool on) { traffic_on_ = on; }
  void SetSource(std::function<std::optional<pool::PoolProbe>()> next) { next_ = std::move(next); }
  // Called for each event that is shown, and in each cycle that is the last of an epoch, after its event.
  std::function<void(const pool::PoolProbe&)> event_hook;
  std::function<void()> epoch_end_hook;

  // Gives every slot to a segment.
  void AssignAll() {
    for (std::uint32_t slot = 0; slot < Shape::kSlots; ++slot) Show(MakeAssign(slot));
    simulation_.Run(Shape::kSlots + 2);
  }
  // Shows one event, in the next cycle that has none.
  void Show(const pool::PoolProbe& event) { wanted_.push_back(event); }
  pool::PoolProbe MakeAccess(std::uint32_t slot, bool write = false) {
    return {.kind = write || !random_.Percent(10) ? pool::ProbeEvent::kHit : pool::ProbeEvent::kEarly,
            .host = slots_[slot].host,
            .tag = static_cast<std::uint8_t>(random_.Below(256)),
            .write = write,
            .segment = slots_[slot].segment,
            .line = static_cast<std::uint8_t>(random_.Below(64)),
            .slot = slot};
  }
  // A segment that has no slot yet.
  pool::PoolProbe MakeAssign(std::uint32_t slot) {
    TestSlot& place = slots_[slot];
    do {
      place.host = static_cast<std::uint8_t>(random_.Below(Shape::kHosts));
      place.segment = static_cast<std::uint32_t>(random_.Below(Shape::kSegmentsPerHost));
    } while (Taken(slot));
    place.taken = true;
    return {.kind = pool::ProbeEvent::kAssign, .host = place.host, .segment = place.segment, .slot = slot};
  }

  void Write(std::uint32_t offset, std::uint32_t value) {
    if (registers_.Write(offset, value).error) failures().Add("a register write was refused");
  }
  std::uint32_t Read(std::uint32_t offset) { return registers_.Read(offset).rdata; }

  // Takes what a list holds, compares it with the model's, and moves the head. Returns the entries.
  std::vector<pool::HotnessEntry> Drain(bool hot, std::uint32_t entries_max = ~std::uint32_t{0}) {
    namespace reg = pool_hotness_registers;
    const std::uint32_t head_offset = hot ? reg::hot_head::kOffset : reg::cold_head::kOffset;
    const std::uint32_t entry_offset = hot ? reg::hot_entry::kOffset : reg::cold_entry::kOffset;
    const std::uint32_t tail = Read(hot ? reg::hot_tail::kOffset : reg::cold_tail::kOffset);
    std::uint32_t head = Read(head_offset);
    std::vector<pool::HotnessEntry> entries;
    for (; head != tail && entries.size() < entries_max; head = (head + 1) % Shape::kListEntries) {
      const std::uint64_t entry = Read64(registers_, entry_offset + 8 * head);
      const std::uint64_t expected = Read64(model_.registers(), entry_offset + 8 * head);
      Compare(std::string(hot ? "hot" : "cold") + " entry " + std::to_string(head), expected, entry);
      entries.push_back({.host = static_cast<std::uint8_t>(entry >> 48),
                         .segment = static_cast<std::uint32_t>(entry >> 16),
                         .value = static_cast<std::uint16_t>(entry)});
      ++counts_.entries;
    }
    if (!entries.empty()) Write(head_offset, head);
    return entries;
  }

  // Nothing is under way: what software can read is what the model says.
  void CompareRegisters() {
    namespace reg = pool_hotness_registers;
    std::vector<std::uint32_t> offsets = {reg::control::kOffset,  reg::status::kOffset,    reg::geometry::kOffset,
                                          reg::hot_head::kOffset, reg::hot_tail::kOffset,  reg::cold_head::kOffset,
                                          reg::events::kOffset,   reg::cold_tail::kOffset, reg::slots_built::kOffset};
    for (std::uint32_t i = 0; i < pool::Hotness::kBins; ++i) offsets.push_back(reg::age_histogram::kOffset + 4 * i);
    for (const std::uint32_t offset : offsets) {
      Compare("register " + std::to_string(offset), model_.registers().Read(offset).rdata, Read(offset));
    }
    counts_.events |= Read(reg::events::kOffset);
    const std::uint32_t enabled = Read(reg::event_enable::kOffset);
    for (unsigned event = 0; event < reg::event_enable::Mask::kWidth; ++event) {
      Write(reg::event_enable::kOffset, 1u << event);
      Compare("irq_o for event " + std::to_string(event), model_.irq() ? 1 : 0, dut().irq_o);
    }
    Write(reg::event_enable::kOffset, enabled);
    if (counts_.epochs != 0) Compare("last_epoch", last_epoch_cycles_, Read(reg::last_epoch::kOffset));
  }
  // Stops the events, lets the sweep end, and compares.
  void Settle() {
    const bool was_on = traffic_on_;
    traffic_on_ = false;
    simulation_.RunUntil([&] { return model_.swept() && wanted_.empty(); }, 20 * Shape::kSlots + 2000, "the sweep");
    simulation_.Run(kEffectCycles + 1);
    namespace reg = pool_hotness_registers;
    const std::uint32_t length = Read(reg::epoch_length::kOffset);
    Write(reg::epoch_length::kOffset, 0);  // no epoch ends while registers are being compared
    simulation_.RunUntil([&] { return model_.swept(); }, 20 * Shape::kSlots + 2000, "the sweep");
    simulation_.Run(kEffectCycles + 1);
    CompareRegisters();
    Drain(true);
    Drain(false);
    Write(reg::epoch_length::kOffset, length);
    traffic_on_ = was_on;
  }
  // At the end of a run: what was promised has come, and something was compared.
  void Finish() {
    Settle();
    if (counts_.entries == 0) failures().Add("compared nothing");
  }

 private:
  struct TestSlot {
    bool taken = false;
    std::uint8_t host = 0;
    std::uint32_t segment = 0;
    std::uint32_t pages = 0;
  };

  struct Monitor : Component {
    explicit Monitor(HotnessBench& owner) : bench(owner) {}
    void Sample(std::uint64_t cycle) override { bench.Sample(cycle); }
    void Drive(std::uint64_t) override { bench.Drive(); }
    HotnessBench& bench;
  };

  static std::uint64_t Read64(RegisterBus& bus, std::uint32_t offset) {
    const std::uint64_t low = bus.Read(offset).rdata;
    return low | std::uint64_t{bus.Read(offset + 4).rdata} << 32;
  }
  void Compare(const std::string& what, std::uint64_t expected, std::uint64_t observed) {
    if (expected == observed) return;
    failures().Add("cycle " + std::to_string(simulation_.cycle()) + ": " + what + " is " + std::to_string(observed) +
                   ", the model says " + std::to_string(expected));
  }
  void Check(const Status& status, std::uint64_t cycle) {
    if (!status.ok()) failures().Add("cycle " + std::to_string(cycle) + ": " + status.message());
  }

  // ---- Events -------------------------------------------------------------------------------------------------------

  bool Taken(std::uint32_t except) const {
    for (std::uint32_t slot = 0; slot < Shape::kSlots; ++slot) {
      if (slot != except && slots_[slot].taken && slots_[slot].host == slots_[except].host &&
          slots_[slot].segment == slots_[except].segment) {
        return true;
      }
    }
    return false;
  }
  std::uint32_t SlotWith(bool taken) {
    const auto from = static_cast<std::uint32_t>(random_.Below(Shape::kSlots));
    for (std::uint32_t i = 0; i < Shape::kSlots; ++i) {
      const std::uint32_t slot = (from + i) % Shape::kSlots;
      if (slots_[slot].taken == taken) return slot;
    }
    return kNoPlace;
  }
  std::uint32_t TakenSlots() const {
    std::uint32_t count = 0;
    for (const TestSlot& slot : slots_) count += slot.taken ? 1 : 0;
    return count;
  }

  void Drive() {
    shown_ = {};
    const bool yields = traffic_.yields && dut().idle_wanted_o != 0;
    if (!wanted_.empty()) {
      shown_ = wanted_.front();
      wanted_.pop_front();
    } else if (!yields && next_) {
      shown_ = next_().value_or(pool::PoolProbe{});
    } else if (!yields && traffic_on_) {
      MakeRandomEvent();
    }
    probe_port_.Write(shown_);
  }

  void MakeRandomEvent() {
    auto dice = static_cast<unsigned>(random_.Below(100));
    const auto falls_to = [&dice](unsigned percent) {
      if (dice < percent) {
        dice = 100;
        return true;
      }
      dice -= percent;
      return false;
    };
    if (falls_to(traffic_.access_percent)) {
      MakeRandomAccess();
    } else if (falls_to(traffic_.assign_percent)) {
      MakeRandomAssign();
    } else if (falls_to(traffic_.leave_percent)) {
      MakeRandomLeave();
    } else if (falls_to(traffic_.page_in_percent)) {
      const std::uint32_t slot = SlotWith(true);
      if (slot == kNoPlace || slots_[slot].pages == Shape::kSegmentPages) return;
      ++slots_[slot].pages;
      shown_ = MakeAccess(slot);
      shown_.kind = pool::ProbeEvent::kPageIn;
    } else if (falls_to(traffic_.noise_percent)) {
      static constexpr std::array kNoise = {pool::ProbeEvent::kMiss, pool::ProbeEvent::kMarkHot, pool::ProbeEvent::kMarkCold,
                                            pool::ProbeEvent::kSkip};
      shown_ = MakeAccess(static_cast<std::uint32_t>(random_.Below(Shape::kSlots)));
      shown_.kind = kNoise.at(random_.Below(kNoise.size()));
    }
  }
  void MakeRandomAccess() {
    std::uint32_t slot = random_.Percent(50) ? static_cast<std::uint32_t>(random_.Below(traffic_.hot_slots))
                                             : static_cast<std::uint32_t>(random_.Below(Shape::kSlots));
    if (random_.Percent(traffic_.two_percent)) slot = before_last_;
    if (random_.Percent(traffic_.same_percent)) slot = last_;
    if (!slots_[slot].taken) return;
    before_last_ = last_;
    last_ = slot;
    shown_ = MakeAccess(slot, random_.Percent(traffic_.write_percent));
  }
  void MakeRandomAssign() {
    std::uint32_t slot = SlotWith(false);
    if (slot == kNoPlace) return;
    shown_ = MakeAssign(slot);
    // Now and then a page-out was given up, and the segment keeps its pages.
    slots_[slot].pages = 0;
    if (!random_.Percent(20)) return;
    slots_[slot].pages = static_cast<std::uint32_t>(random_.Below(Shape::kSegmentPages + 1));
    shown_.kind = pool::ProbeEvent::kKept;
    shown_.page = static_cast<std::uint16_t>(slots_[slot].pages);
  }
  void MakeRandomLeave() {
    const std::uint32_t slot = SlotWith(true);
    if (TakenSlots() * 2 <= Shape::kSlots || slot == kNoPlace) return;
    slots_[slot].taken = false;
    static constexpr std::array kLeaves = {pool::ProbeEvent::kEvict, pool::ProbeEvent::kOrderedOut,
                                           pool::ProbeEvent::kReleased};
    shown_ = MakeAccess(slot);
    shown_.kind = kLeaves.at(random_.Below(kLeaves.size()));
  }

  // ---- The model, in the order of effect ----------------------------------------------------------------------------

  void Sample(std::uint64_t cycle) {
    FollowRegisters();
    const bool active = model_.active();
    const bool due = active && (end_wanted_ || EpochIsLongEnough());
    ExpectTimes(cycle, due);
    ShowEffects(cycle);
    ShowEvent(cycle);
    ++epoch_cycles_;
    if (dut().trace_start_o) {
      Check(model_.OnStart(), cycle);
      effects_.push_back({cycle + kEffectCycles, true});
      ++counts_.starts;
    }
    if (dut().trace_end_o) {
      Check(model_.OnEpochEnd(), cycle);
      last_epoch_cycles_ = epoch_cycles_;
      ++counts_.epochs;
      if (late_told_) ++counts_.late_epochs;
      if (epoch_end_hook) epoch_end_hook();
    }
    const bool begins = dut().trace_start_o || dut().trace_end_o;
    end_wanted_ = active && !dut().trace_start_o && ((end_wanted_ && !dut().trace_end_o) || end_written_);
    end_written_ = false;
    if (begins) epoch_cycles_ = 0;
    if (begins) late_told_ = false;
    start_pending_before_ = model_.start_pending();
  }
  // A start and an end come when they are due, neither earlier nor later.
  void ExpectTimes(std::uint64_t cycle, bool due) {
    const bool start_due = start_pending_before_ && model_.start_pending() && model_.swept();
    const bool end_due = due && !start_pending_before_ && model_.swept();
    if ((dut().trace_start_o != 0) != start_due) {
      failures().Add("cycle " + std::to_string(cycle) + ": a start at the wrong time");
    }
    if ((dut().trace_end_o != 0) != end_due) {
      failures().Add("cycle " + std::to_string(cycle) + ": an epoch ends at the wrong time");
    }
    if (due && !model_.swept() && !late_told_) {
      model_.OnEpochLate();
      late_told_ = true;
    }
  }
  std::uint32_t EpochLength() { return model_.registers().Read(pool_hotness_registers::epoch_length::kOffset).rdata; }
  bool EpochIsLongEnough() { return EpochLength() != 0 && epoch_cycles_ + 1 >= EpochLength(); }

  // A write has its effect in the cycle of its answer.
  void FollowRegisters() {
    if (dut().reg_rsp_valid_o && written_) {
      const auto [addr, data, strobe] = *written_;
      model_.registers().Write(addr, data, strobe);
      if (addr == pool_hotness_registers::control::kOffset && (strobe & 1) != 0) {
        end_written_ = (data & pool_hotness_registers::control::EndEpoch::kMask) != 0;
      }
      written_.reset();
    }
    if (dut().reg_req_valid_i && dut().reg_req_ready_o) {
      const std::uint64_t request = dut().reg_req_i;
      if ((request >> 52 & 1) != 0) {
        written_ = RegisterRequest{.addr = static_cast<std::uint32_t>(request >> 36 & 0xFFFF),
                                   .data = static_cast<std::uint32_t>(request >> 4),
                                   .strobe = static_cast<std::uint8_t>(request & 15)};
      }
    }
  }
  // What happened some cycles ago reaches the lists.
  void ShowEffects(std::uint64_t cycle) {
    bool empties = false;
    if (dut().trace_judged_o) {
      Check(model_.OnJudged(dut().trace_slot_o), cycle);
      ++counts_.judged;
    }
    while (!effects_.empty() && effects_.front().cycle == cycle) {
      if (effects_.front().empties) {
        empties = true;
      } else {
        model_.ListReached();
      }
      effects_.pop_front();
    }
    if (empties) model_.EmptyLists();
    if (dut().trace_swept_o) Check(model_.OnSwept(), cycle);
  }
  void ShowEvent(std::uint64_t cycle) {
    const bool access = shown_.kind == pool::ProbeEvent::kHit || shown_.kind == pool::ProbeEvent::kEarly;
    if (access) ++counts_.accesses;
    if (access && accessed_before_) ++counts_.full_rate_cycles;
    accessed_before_ = access;
    if (event_hook) event_hook(shown_);
    if (model_.OnProbe(shown_)) {
      effects_.push_back({cycle + kEffectCycles, false});
      ++counts_.reached;
    }
  }

  struct RegisterRequest {
    std::uint32_t addr;
    std::uint32_t data;
    std::uint8_t strobe;
  };
  struct Effect {
    std::uint64_t cycle;
    bool empties;  // the lists; else a segment that reached the threshold goes onto the hot list
  };

  Simulation<Dut> simulation_;
  Random random_;
  pool::Hotness model_;
  PoolRegisterBus<Dut> registers_;
  MessagePort<pool::PoolProbe> probe_port_;
  Monitor monitor_;
  HotnessTraffic traffic_;
  Counts counts_;
  bool traffic_on_ = false;
  std::function<std::optional<pool::PoolProbe>()> next_;
  std::deque<pool::PoolProbe> wanted_;
  std::array<TestSlot, Shape::kSlots> slots_{};
  std::uint32_t last_ = 0, before_last_ = 0;
  // The event of this cycle.
  pool::PoolProbe shown_;
  bool accessed_before_ = false;
  // What the model has yet to be told, and what it was in the cycle before.
  std::deque<Effect> effects_;
  std::optional<RegisterRequest> written_;
  std::uint64_t epoch_cycles_ = 0;
  bool end_wanted_ = false;
  bool end_written_ = false;
  bool start_pending_before_ = false;
  bool late_told_ = false;
  std::uint64_t last_epoch_cycles_ = 0;
};

}  // namespace tarn::tb
