#include "tb/channel/module/module_devices.h"

#include <cstring>

#include "models/channel/module_pins.h"

namespace tarn::channel {

ModuleDevices::ModuleDevices(Dut& dut, SlotMemory& memory, const ModuleGeometry& geometry, DeviceOptions options)
    : dut_(dut),
      cells_(memory, geometry.check_bits),
      geometry_(geometry),
      options_(std::move(options)),
      random_(options_.seed) {
  dut_.device_req_ready_i = 0;
  dut_.device_rsp_valid_i = 0;
  for (std::size_t d = 0; d < kDevices; ++d) std::memset(&dut_.device_rsp_i[d], 0, sizeof dut_.device_rsp_i[d]);
}

std::uint64_t ModuleDevices::Clocks(const SlowPreset::Range& range) {
  const std::uint64_t span = (range.max_ps - range.min_ps) / 1000 + 1;
  const std::uint64_t ps = range.min_ps + (span == 1 ? 0 : random_.Below(span) * 1000);
  return (ps + options_.tck_ps - 1) / options_.tck_ps;
}

void ModuleDevices::Drive(std::uint64_t cycle) {
  std::uint32_t takes = 0, shows = 0;
  for (std::size_t d = 0; d < kDevices; ++d) {
    Device& device = devices_[d];
    device.takes = device.state != Device::kWorks && !Pauses();
    // What is shown stays until it is taken.
    const bool may_show = device.state == Device::kWorks && device.done_cycle <= cycle;
    if (may_show && !device.shows && !Pauses()) {
      device.shows = true;
      ShowWord(d);
    }
    takes |= std::uint32_t{device.takes} << d;
    shows |= std::uint32_t{device.shows} << d;
  }
  dut_.device_req_ready_i = static_cast<std::uint16_t>(takes);
  dut_.device_rsp_valid_i = static_cast<std::uint16_t>(shows);
}

void ModuleDevices::ShowWord(std::size_t index) {
  const Device& device = devices_[index];
  ModuleBusResponse response;
  if (!device.write) {
    DfiReadData pins;
    PutClockOnPins(geometry_, device.data, device.beat, pins);
    response.word = {.check1 = pins.check1, .check0 = pins.check0, .beat1 = pins.beat1, .beat0 = pins.beat0};
    response.error = device.beat == kModuleBeats - 1 && lost_ && lost_(device.line);
  }
  std::uint32_t words[ModuleBusResponse::kWords];
  response.Pack(words);
  std::memcpy(&dut_.device_rsp_i[index], words, sizeof words);
}

void ModuleDevices::Sample(std::uint64_t cycle) {
  const std::uint32_t asked = dut_.device_req_valid_o;
  const std::uint32_t taken = dut_.device_rsp_ready_o;
  for (std::size_t d = 0; d < kDevices; ++d) {
    Device& device = devices_[d];
    if ((asked >> d & 1) != 0 && device.takes) {
      std::uint32_t words[ModuleBusRequest::kWords];
      std::memcpy(words, &dut_.device_req_o, sizeof words);
      Take(cycle, d, ModuleBusRequest::Unpack(words));
    }
    if ((taken >> d & 1) != 0 && device.shows) Answered(device);
  }
}

void ModuleDevices::Take(std::uint64_t cycle, std::size_t index, const ModuleBusRequest& request) {
  Device& device = devices_[index];
  if ((request.line >> geometry_.column_bits) % kDevices != index) ++errors_;
  if (device.state == Device::kIdle) {
    device = {.takes = device.takes, .write = request.write, .line = request.line};
  }
  if (request.write != device.write || request.line != device.line) ++errors_;
  if (!request.write) return Begin(cycle, device);
  if (request.beat != device.beat) ++errors_;
  TakeWord(device, request);
  device.state = Device::kTakesWrite;
  if (++device.beat == kModuleBeats) Begin(cycle, device);
}

void ModuleDevices::TakeWord(Device& device, const ModuleBusRequest& request) const {
  const DfiWriteData pins{.valid = true,
                          .check_mask = (request.lanes >> 16) != 3,
                          .check1 = request.word.check1,
                          .check0 = request.word.check0,
                          .mask1 = static_cast<std::uint8_t>(~request.lanes >> 8),
                          .mask0 = static_cast<std::uint8_t>(~request.lanes),
                          .beat1 = request.word.beat1,
                          .beat0 = request.word.beat0};
  device.mask |= TakeClockFromPins(geometry_, pins, device.beat, device.data, device.checks);
}

// The cells are read and written at once: nobody else comes to the line before the answer.
void ModuleDevices::Begin(std::uint64_t cycle, Device& device) {
  device.state = Device::kWorks;
  device.beat = 0;
  device.done_cycle = cycle + Clocks(device.write ? options_.cells.write : options_.cells.read);
  if (device.write) {
    cells_.Write(device.line, device.data, device.mask, device.checks);
    ++writes_;
  } else {
    device.data = cells_.Read(device.line);
    ++reads_;
  }
}

void ModuleDevices::Answered(Device& device) {
  device.shows = false;
  if (device.write || ++device.beat == kModuleBeats) device.state = Device::kIdle;
}

}  // namespace tarn::channel
