#include "tb/channel/scheduler_checker.h"

#include <cstring>
#include <string>

#include "Vrtl_channel___024root.h"

namespace tarn::channel {
namespace {

// Bits of scheduler_probe's flags.
enum Flag : unsigned {
  kInitialised,
  kDrain,
  kReadRoom,
  kWriteCapped,
  kReadEnters,
  kReadBulk,
  kReadHurries,
  kWriteEnters
};

constexpr unsigned kPlaceBits = 7;

std::string Text(const DfiCommand& command) {
  if (command.op == DfiOp::kNop) return "none";
  return std::string(Name(command.op)) + " bank group " + std::to_string(command.bank_group) + " bank " +
         std::to_string(command.bank) + " address " + std::to_string(command.addr);
}

bool Equal(const DfiCommand& one, const DfiCommand& other) {
  return one.op == other.op && one.bank_group == other.bank_group && one.bank == other.bank && one.addr == other.addr;
}

}  // namespace

SchedulerChecker::SchedulerChecker(ChannelSimulation& channel, const SchedulerConfig& config)
    : dut_(channel.dut()), failures_(channel.failures()), config_(config), model_(config, kReadPlaces, kWritePlaces) {}

SchedulerInputs SchedulerChecker::Inputs() const {
  const auto* root = dut_.rootp;
  const unsigned flags = root->tarn_channel__DOT__u_scheduler_probe__DOT__flags;
  const unsigned places = root->tarn_channel__DOT__u_scheduler_probe__DOT__places;
  const auto has = [&](Flag flag) { return (flags >> flag & 1) != 0; };
  // location_t: {row, bank: {module, bank in the group, bank group}, column}.
  const auto request = [&](std::uint64_t location, unsigned place, bool bulk, unsigned qos) {
    const auto column = static_cast<std::uint32_t>(location & 0x7F);
    const auto group = static_cast<unsigned>(location >> 7 & 7), in_group = static_cast<unsigned>(location >> 10 & 3);
    const auto row = static_cast<std::uint32_t>(location >> 15);
    return QueuedRequest{.place = place & ((1u << kPlaceBits) - 1),
                         .bank = in_group << config_.bank_group_bits | group,
                         .row = row,
                         .column = column,
                         .bulk = bulk,
                         .qos = qos};
  };
  const std::uint64_t location = root->tarn_channel__DOT__u_scheduler_probe__DOT__location;
  const std::uint64_t write_location = root->tarn_channel__DOT__u_scheduler_probe__DOT__write_location;
  const unsigned qos = root->tarn_channel__DOT__u_scheduler_probe__DOT__qos;
  SchedulerInputs inputs{.initialised = has(kInitialised),
                         .drain = has(kDrain),
                         .read_room = has(kReadRoom),
                         .write_capped = has(kWriteCapped),
                         .idle_precharge = root->tarn_channel__DOT__u_scheduler_probe__DOT__idle_precharge};
  if (has(kReadEnters)) inputs.read = request(location, places, has(kReadBulk), qos);
  if (has(kReadHurries)) inputs.hurried_read = request(location, places >> kPlaceBits, false, 0);
  if (has(kWriteEnters)) inputs.write = request(write_location, places >> 2 * kPlaceBits, false, qos);
  return inputs;
}

void SchedulerChecker::Compare(std::uint64_t cycle, const DfiCommand& seen) {
  if (Equal(seen, expected_)) {
    if (seen.op != DfiOp::kNop) ++compared_;
    return;
  }
  differed_ = true;
  failures_.Add("scheduler, cycle " + std::to_string(cycle) + ": the golden one's command is " + Text(expected_) +
                ", on the pins is " + Text(seen));
}

void SchedulerChecker::Sample(std::uint64_t cycle) {
  if (initialised_ && on_expected_) on_expected_(expected_, model_, cycle);
  if (differed_) return;  // what comes of it is no news
  const std::uint64_t bits = dut_.dfi_cmd_o[0];
  std::uint32_t words[2];
  std::memcpy(words, &bits, sizeof words);
  if (initialised_) Compare(cycle, DfiCommand::Unpack(words));
  const SchedulerInputs inputs = Inputs();
  expected_ = model_.Clock(inputs);
  initialised_ = inputs.initialised;
}

}  // namespace tarn::channel
