// A channel whose two modules are RTL, each judged by its golden module.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tb/channel/mixed_channel_simulation.h"
#include "tb/channel/module/rtl_module.h"
#include "tb/common/test_options.h"

namespace tarn::channel {

inline constexpr std::uint32_t kFirstSlowRow = 1024;
inline constexpr std::size_t kModules = 2;

// What is planted, for tests of the judges.
struct PlantedFaults {
  unsigned cl_too_long = 0;      // clocks
  unsigned missed_activate = 0;  // of module 0: this one, counted from 1, is not seen
};

// Of module 0 and of its golden module; none if empty.
struct ModuleWaveFiles {
  std::string dut, golden;
};

class ChannelOfRtlModules {
 public:
  // cells: of the devices.
  explicit ChannelOfRtlModules(const std::string& cells, std::uint64_t seed = 1, unsigned pause_percent = 0,
                               const PlantedFaults& faults = {}, const ModuleWaveFiles& waves = {})
      : channel_("ddr4_2400_17", {.seed = seed, .wave_file = tb::GetTestOptions().wave_file}) {
    const SlowPreset preset = LoadSlowPresetOrDie(cells);
    // Golden slow cells take no time, so that they are never later than the devices: they judge data and order.
    SlowPreset instant = preset;
    instant.read = instant.write = {.min_ps = 1, .max_ps = 1};
    channel_.SetSlowCells(instant, {kFirstSlowRow, kFirstSlowRow}, seed);
    for (const RegisterWrite& write : SlowRegisters(preset, channel_.preset().tck_ps)) {
      channel_.Override(write.offset, ~0u, write.value);
    }
    for (std::uint8_t m = 0; m < kModules; ++m) {
      modules_.push_back(std::make_unique<RtlModule>(RtlModule::Options{
          .pins = {.id = m,
                   .cl = static_cast<std::uint8_t>(channel_.preset().Clocks("CL") + faults.cl_too_long),
                   .cwl = static_cast<std::uint8_t>(channel_.preset().Clocks("CWL")),
                   .fast_rows = kFirstSlowRow},
          .geometry = channel_.preset().Geometry(),
          .devices =
              {.cells = preset, .tck_ps = channel_.preset().tck_ps, .seed = seed, .pause_percent = pause_percent},
          .seed = seed + m,
          .wave_file = m == 0 ? waves.dut : "",
          .golden_wave_file = m == 0 ? waves.golden : "",
          .missed_activate = m == 0 ? faults.missed_activate : 0}));
      channel_.PutInFront(m, *modules_[m]);
    }
  }

  MixedChannelSimulation& channel() { return channel_; }
  RtlModule& module(std::size_t m) { return *modules_[m]; }

  // At the end, when nothing is under way: no failure anywhere, and what the modules hold is what the golden ones hold.
  void FinishChecks() {
    channel_.FinishChecks();
    EXPECT_EQ(channel_.failures().Text(), "") << tb::ReplayCommand();
    for (std::size_t m = 0; m < kModules; ++m) {
      CompareFastPortion(m);
      CompareDevices(m);
      EXPECT_EQ(modules_[m]->Errors(), "") << "module " << m;
    }
  }

 private:
  void CompareFastPortion(std::size_t m) {
    std::uint64_t lines = 0;
    modules_[m]->ReadFastPortion([&](std::uint64_t line, const CodedLine& content) {
      EXPECT_EQ(content, channel_.module(m).cells().Read(line)) << "module " << m << " line " << line;
      ++lines;
    });
    EXPECT_EQ(lines, RtlModule::kFastLines);
  }

  // The rows that random traffic reaches.
  void CompareDevices(std::size_t m) {
    const ModuleGeometry geometry = channel_.preset().Geometry();
    for (std::uint64_t line = geometry.LineOf(kFirstSlowRow, 0, 0, 0);
         line < geometry.LineOf(kFirstSlowRow + 4, 0, 0, 0); ++line) {
      Line golden, observed;
      EXPECT_EQ(channel_.memory(m).ReadLine(line, golden), modules_[m]->memory().ReadLine(line, observed));
      EXPECT_EQ(golden, observed) << "module " << m << " line " << line;
    }
  }

  MixedChannelSimulation channel_;
  std::vector<std::unique_ptr<RtlModule>> modules_;
};

}  // namespace tarn::channel
