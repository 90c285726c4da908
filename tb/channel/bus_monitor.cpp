#include "tb/channel/bus_monitor.h"

#include <cstring>

namespace tarn::channel {

template <typename Channel>
void BusMonitor<Channel>::Sample(std::uint64_t cycle) {
  for (unsigned slot = 0; slot < Channel::kClocks; ++slot) SampleClock(cycle * Channel::kClocks + slot, slot);
}

template <typename Channel>
void BusMonitor<Channel>::SampleClock(std::uint64_t clock, unsigned slot) {
  if (dut_.dfi_cmd_o[slot] >> (DfiCommand::kBits - 4) != 0) Command(clock, slot);
  const bool read = (dut_.dfi_rd_i[slot][DfiReadData::kBits / 32] >> (DfiReadData::kBits - 1) % 32 & 1) != 0;
  const bool write = (dut_.dfi_wr_o[slot][DfiWriteData::kBits / 32] >> (DfiWriteData::kBits - 1) % 32 & 1) != 0;
  if (read || write) Data(clock);
  if (read && ++read_clocks_ % burst_clocks_ == 0) read_ends_sum_ += clock;
}

template <typename Channel>
void BusMonitor<Channel>::Command(std::uint64_t clock, unsigned slot) {
  const std::uint64_t bits = dut_.dfi_cmd_o[slot];
  std::uint32_t words[2];
  std::memcpy(words, &bits, sizeof words);
  const DfiCommand command = DfiCommand::Unpack(words);
  if (first_command_ == 0) first_command_ = clock;
  if (command.op == DfiOp::kRefresh || command.op == DfiOp::kRefreshBank) ++refreshes_seen_;
  if (command.op == DfiOp::kActivate) ++activates_;
  if (on_command_) on_command_(clock, command);
}

template <typename Channel>
void BusMonitor<Channel>::Data(std::uint64_t clock) {
  constexpr std::size_t kWindowsMax = 512;
  last_beat_ = clock;
  ++data_clocks_;
  refreshes_ = refreshes_seen_;
  while ((clock - first_command_) / window_clocks_ >= kWindowsMax) {
    if (windows_.size() % 2 != 0) windows_.push_back(0);
    for (std::size_t i = 0; i < windows_.size() / 2; ++i) windows_[i] = windows_[2 * i] + windows_[2 * i + 1];
    windows_.resize(windows_.size() / 2);
    window_clocks_ *= 2;
  }
  const std::size_t window = (clock - first_command_) / window_clocks_;
  if (window >= windows_.size()) windows_.resize(window + 1);
  ++windows_[window];
}

template class BusMonitor<ChannelSimulation>;
template class BusMonitor<NarrowSimulation>;
template class BusMonitor<SmallSimulation>;
template class BusMonitor<FourSlotSimulation>;

}  // namespace tarn::channel
