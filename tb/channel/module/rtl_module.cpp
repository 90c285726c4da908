#include "tb/channel/module/rtl_module.h"

#include <cstring>

#include "models/channel/dfi_protocol_fields.h"
#include "models/channel/module_pins.h"

namespace tarn::channel {
namespace {

template <typename Message, typename Port>
void PutOnPort(const Message& message, Port& port) {
  std::uint32_t words[Message::kWords];
  message.Pack(words);
  static_assert(sizeof port >= sizeof words);
  std::memcpy(&port, words, sizeof words);
}

template <typename Message, typename Port>
Message FromPort(const Port& port) {
  std::uint32_t words[Message::kWords] = {};
  std::memcpy(words, &port, sizeof port < sizeof words ? sizeof port : sizeof words);
  return Message::Unpack(words);
}

}  // namespace

RtlModule::GoldenModuleWave::GoldenModuleWave(const std::string& path, const ModuleGeometry& geometry)
    : wave(path, "TOP.tarn_channel_module", tb::Simulation<Dut>::kResetCycles),
      reads(wave.AddState<DfiReadData>("dfi_rd_o")),
      open_rows(wave.AddState("open_rows", geometry.banks())) {}

RtlModule::RtlModule(const Options& options)
    : options_(options),
      simulation_({.seed = options.seed, .wave_file = options.wave_file}),
      devices_(simulation_.dut(), memory_, options.geometry, options.devices) {
  PutOnPort(options_.pins, simulation_.dut().config_i);
  PutOnPort(DfiCommand{}, simulation_.dut().dfi_cmd_i);
  PutOnPort(DfiWriteData{}, simulation_.dut().dfi_wr_i);
  simulation_.Add(devices_);
  simulation_.Reset();
  const auto is_quiet = [this] {
    const Outputs outputs = Drive();
    if (outputs.data.valid) simulation_.failures().Add("it drives data while nothing is read");
    if (outputs.ready.valid) simulation_.failures().Add("it says that an access is done while there is none");
  };
  is_quiet();
  zeros_.valid = true;
  VisitFastPortion(DfiOp::kWrite, is_quiet);
  zeros_.valid = false;
  if (!options_.golden_wave_file.empty()) golden_wave_.emplace(options_.golden_wave_file, options_.geometry);
  activates_ = 0;
}

RtlModule::Outputs RtlModule::Drive() {
  return {.data = FromPort<DfiReadData>(simulation_.dut().dfi_rd_o),
          .ready = FromPort<DfiReady>(simulation_.dut().ready_o)};
}

void RtlModule::Sample(const DfiCommand& command, const DfiWriteData& data) {
  const bool activates = command.op == DfiOp::kActivate && command.module_id == options_.pins.id;
  const bool missed = activates && ++activates_ == options_.missed_activate;
  PutOnPort(missed ? DfiCommand{} : command, simulation_.dut().dfi_cmd_i);
  PutOnPort(data, simulation_.dut().dfi_wr_i);
  simulation_.Step();
}

void RtlModule::Judged(const DfiReadData& golden, std::uint64_t open_banks) {
  if (!golden_wave_) return;
  golden_wave_->wave.Put(golden_wave_->reads, golden, simulation_.cycle());
  golden_wave_->wave.PutValue(golden_wave_->open_rows, open_banks, simulation_.cycle());
}

void RtlModule::FinishWaves() {
  if (golden_wave_) golden_wave_->wave.Finish(simulation_.cycle() - 1);
  golden_wave_.reset();
  simulation_.CloseWave();
}

void RtlModule::Clock(const DfiCommand& command) { Sample(command, zeros_); }

void RtlModule::VisitFastPortion(DfiOp op, const std::function<void()>& each_clock) {
  const auto clock = [&](DfiCommand command) {
    command.module_id = options_.pins.id;
    Clock(command);
    each_clock();
  };
  const ModuleGeometry& geometry = options_.geometry;
  const std::uint32_t columns = 1u << geometry.column_bits;
  clock({.op = DfiOp::kPrechargeAll});
  for (std::uint64_t line = 0; line < kFastLines; ++line) {
    const std::uint64_t bank = line >> geometry.column_bits;
    DfiCommand command{.bank_group = static_cast<std::uint8_t>(bank % (1u << geometry.bank_group_bits)),
                       .bank = static_cast<std::uint8_t>(bank % geometry.banks() >> geometry.bank_group_bits)};
    const auto column = static_cast<std::uint32_t>(line % columns);
    if (column == 0) {
      command.op = DfiOp::kActivate;
      command.addr = static_cast<std::uint32_t>(bank / geometry.banks());
      clock(command);
    }
    command.op = op;
    command.addr = column;
    command.auto_precharge = column == columns - 1;
    clock(command);
    for (unsigned i = 1; i < kModuleBeats; ++i) clock({});
  }
  const unsigned latency = op == DfiOp::kRead ? options_.pins.cl : options_.pins.cwl;
  for (unsigned i = 0; i < latency + kModuleBeats; ++i) clock({});
}

void RtlModule::ReadFastPortion(const std::function<void(std::uint64_t, const CodedLine&)>& on_line) {
  std::uint64_t beats = 0;
  CodedLine content;
  VisitFastPortion(DfiOp::kRead, [&] {
    const DfiReadData pins = Drive().data;
    if (!pins.valid) return;
    const DfiWriteData as_written{
        .valid = true, .check1 = pins.check1, .check0 = pins.check0, .beat1 = pins.beat1, .beat0 = pins.beat0};
    std::uint8_t checks = 0;
    TakeClockFromPins(options_.geometry, as_written, beats % kModuleBeats, content, checks);
    if (++beats % kModuleBeats == 0) on_line(beats / kModuleBeats - 1, content);
  });
}

std::string RtlModule::Errors() const {
  std::string text = simulation_.failures().Text();
  if (devices_.errors() != 0) text += "requests that devices cannot understand: " + std::to_string(devices_.errors());
  return text;
}

}  // namespace tarn::channel
