// A Verilated module (rtl/channel/module) with its devices, clocked by whoever has its pins: one Sample is one clock.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "models/channel/channel_memory.h"
#include "sw/wave/golden_wave.h"
#include "tb/channel/module/module_devices.h"
#include "tb/channel/module_under_test.h"

namespace tarn::channel {

class RtlModule : public tb::ModuleUnderTest {
 public:
  using Dut = ModuleDevices::Dut;
  // As the design was Verilated.
  static constexpr std::uint64_t kFastLines = std::uint64_t{1} << 13;

  struct Options {
    ModuleConfig pins;  // id, latencies, boundary
    ModuleGeometry geometry;
    DeviceOptions devices;
    std::uint64_t seed = 1;
    std::string wave_file;         // none if empty
    std::string golden_wave_file;  // what the golden module drives, and its open rows, in each clock; likewise
    unsigned missed_activate = 0;  // planted: this one, counted from 1, is not seen; 0: none
  };
  // Resets it, and writes zeros to the fast portion.
  explicit RtlModule(const Options& options);

  Outputs Drive() override;
  void Sample(const DfiCommand& command, const DfiWriteData& data) override;
  void Judged(const DfiReadData& golden, std::uint64_t open_banks) override;

  // Of its own clock, which is older than that of the pins' owner.
  std::uint64_t cycle() const { return simulation_.cycle(); }
  // Ends the waves, if there are any.
  void FinishWaves();

  // Reads the fast portion through the pins, line by line. No access may be under way.
  void ReadFastPortion(const std::function<void(std::uint64_t line, const CodedLine& content)>& on_line);
  // What the devices hold, by the module's line numbers.
  ChannelMemory& memory() { return memory_; }
  ModuleDevices& devices() { return devices_; }
  // What failed in it so far: assertions, and what devices saw.
  std::string Errors() const;

 private:
  struct GoldenModuleWave {
    GoldenModuleWave(const std::string& path, const ModuleGeometry& geometry);
    wave::GoldenWave wave;
    wave::GoldenWave::Port reads, open_rows;
  };

  // Column commands to all lines of the fast portion, four clocks each.
  void VisitFastPortion(DfiOp op, const std::function<void()>& each_clock);
  void Clock(const DfiCommand& command);

  Options options_;
  ChannelMemory memory_;
  tb::Simulation<Dut> simulation_;
  ModuleDevices devices_;
  DfiWriteData zeros_{};
  std::optional<GoldenModuleWave> golden_wave_;
  unsigned activates_ = 0;  // that were sampled
};

}  // namespace tarn::channel
