// The devices behind a Verilated module's device ports (rtl/channel/module): each takes one access at a time, works as
// long as its preset says, and answers. They keep lines as they came, check bits included.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <utility>

#include "Vrtl_channel_module.h"
#include "models/channel/module_geometry.h"
#include "models/channel/module_protocol.h"
#include "models/channel/secded.h"
#include "models/channel/slow_preset.h"
#include "models/common/random.h"
#include "tb/common/simulation.h"

namespace tarn::channel {

struct DeviceOptions {
  SlowPreset cells;  // times; partitions and write buffers are the module's
  std::uint64_t tck_ps = 833;
  std::uint64_t seed = 1;
  unsigned pause_percent = 0;  // of the clocks in which a device could show a word, or take one
};

class ModuleDevices : public tb::Component {
 public:
  using Dut = Vrtl_channel_module;
  static constexpr std::size_t kDevices = decltype(tb::ElementsOf(std::declval<Dut&>().device_rsp_i))::value;

  // dut and memory outlive the devices.
  ModuleDevices(Dut& dut, SlotMemory& memory, const ModuleGeometry& geometry, DeviceOptions options);

  void Drive(std::uint64_t cycle) override;
  void Sample(std::uint64_t cycle) override;

  // Says which lines' content is lost when they are read.
  void set_lost(std::function<bool(std::uint64_t line)> lost) { lost_ = std::move(lost); }
  // Requests that went to another device than their bank's, or whose beats came out of order.
  std::uint64_t errors() const { return errors_; }
  std::uint64_t reads() const { return reads_; }
  std::uint64_t writes() const { return writes_; }

 private:
  struct Device {
    enum { kIdle, kTakesWrite, kWorks } state = kIdle;
    bool takes = false, shows = false;  // what its ready and valid say in this clock
    bool write = false;
    std::uint64_t line = 0;
    std::uint64_t done_cycle = 0;
    unsigned beat = 0;
    CodedLine data{};
    std::uint64_t mask = 0;
    std::uint8_t checks = 0;
  };

  void Take(std::uint64_t cycle, std::size_t index, const ModuleBusRequest& request);
  void TakeWord(Device& device, const ModuleBusRequest& request) const;
  void Begin(std::uint64_t cycle, Device& device);
  void ShowWord(std::size_t index);
  void Answered(Device& device);
  std::uint64_t Clocks(const SlowPreset::Range& range);
  bool Pauses() { return options_.pause_percent != 0 && random_.Percent(options_.pause_percent); }

  Dut& dut_;
  CodedMemory cells_;
  ModuleGeometry geometry_;
  DeviceOptions options_;
  Random random_;
  std::function<bool(std::uint64_t)> lost_;
  std::array<Device, kDevices> devices_{};
  std::uint64_t errors_ = 0, reads_ = 0, writes_ = 0;
};

}  // namespace tarn::channel
