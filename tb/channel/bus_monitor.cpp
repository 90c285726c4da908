#include "tb/channel/bus_monitor.h"

#include <cstring>

namespace tarn::channel {

void BusMonitor::Sample(std::uint64_t cycle) {
  if (dut_.dfi_cmd_o[0] >> (DfiCommand::kBits - 4) != 0) Command(cycle);
  const bool read = (dut_.dfi_rd_i[0][DfiReadData::kBits / 32] >> (DfiReadData::kBits - 1) % 32 & 1) != 0;
  const bool write = (dut_.dfi_wr_o[0][DfiWriteData::kBits / 32] >> (DfiWriteData::kBits - 1) % 32 & 1) != 0;
  if (read || write) Data(cycle);
  if (read && ++read_clocks_ % burst_clocks_ == 0) read_ends_sum_ += cycle;
}

void BusMonitor::Command(std::uint64_t cycle) {
  const std::uint64_t bits = dut_.dfi_cmd_o[0];
  std::uint32_t words[2];
  std::memcpy(words, &bits, sizeof words);
  const DfiCommand command = DfiCommand::Unpack(words);
  if (first_command_ == 0) first_command_ = cycle;
  if (command.op == DfiOp::kRefresh) ++refreshes_seen_;
  if (command.op == DfiOp::kActivate) ++activates_;
  if (on_command_) on_command_(cycle, command);
}

void BusMonitor::Data(std::uint64_t cycle) {
  constexpr std::size_t kWindowsMax = 512;
  last_beat_ = cycle;
  ++data_clocks_;
  refreshes_ = refreshes_seen_;
  while ((cycle - first_command_) / window_clocks_ >= kWindowsMax) {
    if (windows_.size() % 2 != 0) windows_.push_back(0);
    for (std::size_t i = 0; i < windows_.size() / 2; ++i) windows_[i] = windows_[2 * i] + windows_[2 * i + 1];
    windows_.resize(windows_.size() / 2);
    window_clocks_ *= 2;
  }
  const std::size_t window = (cycle - first_command_) / window_clocks_;
  if (window >= windows_.size()) windows_.resize(window + 1);
  ++windows_[window];
}

}  // namespace tarn::channel
