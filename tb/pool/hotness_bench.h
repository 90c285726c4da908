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
#include <utility>
#include <vector>

#include "models/common/random.h"
#include "models/pool/pool_hotness_registers.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"
#include "tb/pool/hotness_checker.h"
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
  unsigned move_percent = 3;    // if a slot is free
  unsigned leave_percent = 3;   // if more than half of the slots are taken
  unsigned page_in_percent = 5;
  unsigned noise_percent = 10;  // events that mean nothing here
  bool yields = true;           // leaves a cycle without an event when asked for
};

template <typename Dut, typename Shape>
class HotnessBench {
 public:
  static constexpr std::uint32_t kNoPlace = ~std::uint32_t{0};

  explicit HotnessBench(std::uint64_t seed = GetTestOptions().seed)
      : simulation_({.seed = seed, .wave_file = GetTestOptions().wave_file}),
        random_(seed * 6151 + 7),
        checker_({.slots = Shape::kSlots,
                  .segment_pages = Shape::kSegmentPages,
                  .counter_bits = Shape::kCounterBits,
                  .age_bits = Shape::kAgeBits,
                  .list_entries = Shape::kListEntries},
                 simulation_.failures()),
        registers_(simulation_, dut().reg_req_valid_i, dut().reg_req_i, dut().reg_req_ready_o, dut().reg_rsp_valid_o,
                   dut().reg_rsp_o),
        probe_port_(dut().probe_i),
        trace_port_(dut().trace_o),
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
  pool::Hotness& model() { return checker_.model(); }
  RegisterBus& registers() { return registers_; }
  Random& random() { return random_; }
  HotnessTraffic& traffic() { return traffic_; }

  struct Counts : HotnessChecker::Counts {
    std::uint64_t entries = 0;
    std::uint32_t events = 0;  // the register's, whenever it was compared
  };
  Counts counts() const { return {checker_.counts(), entries_, events_}; }

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
      const std::uint64_t expected = Read64(model().registers(), entry_offset + 8 * head);
      Compare(std::string(hot ? "hot" : "cold") + " entry " + std::to_string(head), expected, entry);
      entries.push_back({.host = static_cast<std::uint8_t>(entry >> 48),
                         .segment = static_cast<std::uint32_t>(entry >> 16),
                         .value = static_cast<std::uint16_t>(entry)});
      ++entries_;
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
      Compare("register " + std::to_string(offset), model().registers().Read(offset).rdata, Read(offset));
    }
    events_ |= Read(reg::events::kOffset);
    const std::uint32_t enabled = Read(reg::event_enable::kOffset);
    for (unsigned event = 0; event < reg::event_enable::Mask::kWidth; ++event) {
      Write(reg::event_enable::kOffset, 1u << event);
      Compare("irq_o for event " + std::to_string(event), model().irq() ? 1 : 0, dut().irq_o);
    }
    Write(reg::event_enable::kOffset, enabled);
    if (counts().epochs != 0) Compare("last_epoch", checker_.last_epoch_cycles(), Read(reg::last_epoch::kOffset));
  }
  // Stops the events, lets the sweep end, and compares.
  void Settle() {
    const bool was_on = traffic_on_;
    traffic_on_ = false;
    simulation_.RunUntil([&] { return model().swept() && wanted_.empty(); }, 20 * Shape::kSlots + 2000, "the sweep");
    simulation_.Run(HotnessChecker::kEffectCycles + 1);
    namespace reg = pool_hotness_registers;
    const std::uint32_t length = Read(reg::epoch_length::kOffset);
    Write(reg::epoch_length::kOffset, 0);  // no epoch ends while registers are being compared
    simulation_.RunUntil([&] { return model().swept(); }, 20 * Shape::kSlots + 2000, "the sweep");
    simulation_.Run(HotnessChecker::kEffectCycles + 1);
    CompareRegisters();
    Drain(true);
    Drain(false);
    Write(reg::epoch_length::kOffset, length);
    traffic_on_ = was_on;
  }
  // At the end of a run: what was promised has come, and something was compared.
  void Finish() {
    Settle();
    if (entries_ == 0) failures().Add("compared nothing");
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

  void Sample(std::uint64_t cycle) {
    const pool::HotnessProbe did = trace_port_.Read();
    checker_.Observe(shown_, did, cycle);
    if (event_hook) event_hook(shown_);
    if (epoch_end_hook && did.epoch_end != 0) epoch_end_hook();
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
    const bool after_move = shown_.kind == pool::ProbeEvent::kMoved;
    shown_ = {};
    if (after_move) return probe_port_.Write(shown_);
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
    } else if (falls_to(traffic_.move_percent)) {
      MakeRandomMove();
    } else if (falls_to(traffic_.page_in_percent)) {
      const std::uint32_t slot = SlotWith(true);
      if (slot == kNoPlace || slots_[slot].pages == Shape::kSegmentPages) return;
      ++slots_[slot].pages;
      shown_ = MakeAccess(slot);
      shown_.kind = pool::ProbeEvent::kPageIn;
    } else if (falls_to(traffic_.noise_percent)) {
      static constexpr std::array kNoise = {pool::ProbeEvent::kMiss, pool::ProbeEvent::kMarkHot,
                                            pool::ProbeEvent::kMarkCold, pool::ProbeEvent::kSkip};
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

  void MakeRandomMove() {
    const std::uint32_t from = SlotWith(true);
    const std::uint32_t to = SlotWith(false);
    if (from == kNoPlace || to == kNoPlace) return;
    slots_[to] = std::exchange(slots_[from], TestSlot{});
    shown_ = {.kind = pool::ProbeEvent::kMoved,
              .host = slots_[to].host,
              .segment = slots_[to].segment,
              .slot = to,
              .from = from};
  }

  Simulation<Dut> simulation_;
  Random random_;
  HotnessChecker checker_;
  PoolRegisterBus<Dut> registers_;
  MessagePort<pool::PoolProbe> probe_port_;
  MessagePort<pool::HotnessProbe> trace_port_;
  Monitor monitor_;
  HotnessTraffic traffic_;
  std::uint64_t entries_ = 0;
  std::uint32_t events_ = 0;
  bool traffic_on_ = false;
  std::function<std::optional<pool::PoolProbe>()> next_;
  std::deque<pool::PoolProbe> wanted_;
  std::array<TestSlot, Shape::kSlots> slots_{};
  std::uint32_t last_ = 0, before_last_ = 0;
  // The event of this cycle.
  pool::PoolProbe shown_;
};

}  // namespace tarn::tb
