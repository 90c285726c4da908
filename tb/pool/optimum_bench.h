// The live estimate of the optimum alone (tarn_pool_optimum): probe events from a source, one a cycle at most, and the
// golden model beside it. Dut is a Verilated tarn_pool_optimum.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "tb/common/simulation.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"
#include "tb/pool/optimum_checker.h"

namespace tarn::tb {

struct OptimumBenchSettings {
  bool enable = true;
  std::uint32_t slots = 2;
  std::uint32_t log2_sampling = 0;
  std::uint32_t log2_epoch = 8;
};

template <typename Dut>
class OptimumBench : public Component {
 public:
  using Source = std::function<pool::PoolProbe()>;  // the next cycle's event

  OptimumBench(const OptimumCheckerShape& shape, Source source, unsigned plant = 0)
      : simulation_({.seed = GetTestOptions().seed, .wave_file = GetTestOptions().wave_file}),
        checker_(shape, simulation_.failures()),
        source_(std::move(source)),
        probe_port_(simulation_.dut().probe_i),
        trace_port_(simulation_.dut().trace_o) {
    if constexpr (requires(Dut& dut) { dut.plant_i; }) simulation_.dut().plant_i = static_cast<CData>(plant);
    probe_port_.Write({});
    Set({.enable = false});
    simulation_.Add(*this);
    simulation_.Reset();
  }

  // Begins anew; the source is asked as soon as it listens.
  bool Begin(const OptimumBenchSettings& settings) {
    Set(settings);
    simulation_.Run(2);
    return !settings.enable || simulation_.RunUntil([this] { return active_; }, 10'000, "the estimate to begin");
  }
  // Until all that was shown is judged.
  bool Settle() {
    shows_ = false;
    const bool settled =
        simulation_.Run(3) && simulation_.RunUntil([this] { return checker_.idle(); }, 1000, "the queue to drain");
    shows_ = true;
    return settled && simulation_.Run(2);
  }

  Simulation<Dut>& simulation() { return simulation_; }
  const OptimumChecker& checker() const { return checker_; }
  std::string failures() { return simulation_.failures().Text() + ReplayCommand(); }
  // As the registers show it.
  pool::OptimumResult result() {
    const auto& words = simulation_.dut().result_o;
    return {.accesses = words[3], .pool_misses = words[2], .misses = words[1], .dropped = words[0]};
  }
  std::uint32_t epochs() { return simulation_.dut().epochs_o; }
  // Wrong bits of the next word written to its tables, asked each cycle; and the words that were put right, or lost.
  std::function<unsigned()> inject;
  std::uint64_t corrected() const { return corrected_; }
  std::uint64_t lost() const { return lost_; }
  // Called with each epoch's result.
  std::function<void(const pool::OptimumResult&)> result_hook;

  void Drive(std::uint64_t) override {
    event_ = shows_ && active_ ? source_() : pool::PoolProbe{};
    probe_port_.Write(event_);
    simulation_.dut().inject_i = static_cast<CData>(inject ? inject() : 0);
  }
  void Sample(std::uint64_t cycle) override {
    const pool::OptimumProbe did = trace_port_.Read();
    corrected_ += simulation_.dut().report_o >> 1 & 1;
    lost_ += simulation_.dut().report_o & 1;
    active_ = did.active != 0;
    checker_.Observe(event_, did, settings_.slots, settings_.log2_sampling, cycle);
    if (did.epoch_end != 0 && result_hook) result_hook(*checker_.last_result());
  }

 private:
  void Set(const OptimumBenchSettings& settings) {
    settings_ = settings;
    Dut& dut = simulation_.dut();
    dut.slots_i = settings.slots;
    dut.settings_i =
        static_cast<SData>((settings.enable ? 1u << 9 : 0u) | settings.log2_sampling << 5 | settings.log2_epoch);
    active_ = false;
  }

  Simulation<Dut> simulation_;
  OptimumChecker checker_;
  Source source_;
  MessagePort<pool::PoolProbe> probe_port_;
  MessagePort<pool::OptimumProbe> trace_port_;
  OptimumBenchSettings settings_;
  pool::PoolProbe event_;
  bool active_ = false;
  bool shows_ = true;
  std::uint64_t corrected_ = 0, lost_ = 0;
};

}  // namespace tarn::tb
