// A simulation of policy_top (tb/pool/policy_top.sv) with the golden model beside it.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "tb/common/simulation.h"
#include "tb/common/test_options.h"
#include "tb/pool/policy_checker.h"

namespace tarn::tb {

template <typename Dut>
class PolicyBench : public Component {
 public:
  // Next event and whether a victim is wanted, given the cycle before.
  struct Inputs {
    PolicyTestEvent event;
    bool wanted = false;
    unsigned inject_table = 0;  // the next word written to this table
    unsigned inject_bits = 0;   // has so many wrong bits
  };
  static constexpr unsigned kTables = 7;
  using Source = std::function<Inputs(const PolicyCycle&)>;

  PolicyBench(const PolicyShape& shape, std::uint64_t seed, Source source, unsigned fault = 0)
      : simulation_({.seed = seed, .wave_file = GetTestOptions().wave_file}),
        checker_(std::make_unique<PolicyChecker>(shape, simulation_.failures())),
        source_(std::move(source)) {
    Dut& dut = simulation_.dut();
    dut.fault_i = static_cast<CData>(fault);
    dut.slots_i = shape.slots;
    Set({});
    simulation_.Add(*this);
    simulation_.Reset();
  }

  // Until the tables are cleared.
  bool Start() {
    started_ = false;
    const bool ready = simulation_.RunUntil([this] { return cycle_.ready; }, 100'000, "the tables to be cleared");
    started_ = true;
    return ready;
  }
  Simulation<Dut>& simulation() { return simulation_; }
  // Other slots in service, the tables cleared, and a model that begins anew. REQUIRES: no slot is used, nothing is
  // under way.
  bool Restart(const PolicyShape& shape) {
    started_ = false;
    simulation_.dut().slots_i = shape.slots;
    checker_ = std::make_unique<PolicyChecker>(shape, simulation_.failures());
    return simulation_.Run(2) && Start();
  }
  PolicyChecker& checker() { return *checker_; }
  const PolicyCycle& last() const { return cycle_; }
  // Cycles in which a table said that a wrong bit was put right, or that more were wrong.
  std::uint64_t corrected(unsigned table) const { return corrected_.at(table); }
  std::uint64_t lost(unsigned table) const { return lost_.at(table); }

  void Drive(std::uint64_t) override { Set(started_ ? source_(cycle_) : Inputs{}); }

  void Sample(std::uint64_t number) override {
    const Dut& dut = simulation_.dut();
    cycle_ = {.event = inputs_.event,
              .wanted = inputs_.wanted,
              .ready = dut.ready_o != 0,
              .victim_valid = dut.victim_valid_o != 0,
              .victim_slot = dut.victim_slot_o,
              .all_skipped = dut.all_skipped_o != 0,
              .step_valid = dut.step_valid_o != 0,
              .step = {static_cast<pool::PolicyStepKind>(dut.step_kind_o), dut.step_slot_o},
              .step_rule = dut.step_rule_o,
              .sample = dut.sample_o != 0,
              .sample_dropped = dut.sample_dropped_o != 0,
              .sampled_valid = dut.sampled_valid_o != 0,
              .sampled_missed = dut.sampled_missed_o,
              .choice_valid = dut.choice_valid_o != 0,
              .choice_rule = dut.choice_rule_o};
    for (unsigned table = 0; table < kTables; ++table) {
      corrected_[table] += dut.corrected_o >> table & 1;
      lost_[table] += dut.lost_o >> table & 1;
    }
    checker_->Observe(cycle_, number);
  }

 private:
  void Set(const Inputs& inputs) {
    inputs_ = inputs;
    Dut& dut = simulation_.dut();
    dut.wanted_i = inputs.wanted;
    dut.inject_table_i = static_cast<CData>(inputs.inject_table);
    dut.inject_bits_i = static_cast<CData>(inputs.inject_bits);
    dut.event_valid_i = inputs.event.valid;
    dut.event_kind_i = static_cast<CData>(inputs.event.kind);
    dut.event_slot_i = inputs.event.slot;
    dut.event_from_i = inputs.event.from;
    dut.event_host_i = static_cast<CData>(inputs.event.host);
    dut.event_segment_i = inputs.event.segment;
  }

  Simulation<Dut> simulation_;
  std::unique_ptr<PolicyChecker> checker_;
  Source source_;
  Inputs inputs_;
  PolicyCycle cycle_;
  bool started_ = false;
  std::array<std::uint64_t, kTables> corrected_ = {}, lost_ = {};
};

}  // namespace tarn::tb
