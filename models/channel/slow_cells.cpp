#include "models/channel/slow_cells.h"

#include <algorithm>
#include <cstring>

#include "models/channel/preset.h"

namespace tarn::channel {

SlowCells::SlowCells(SlotMemory& memory, const SlowPreset& preset, std::uint64_t tck_ps, std::uint64_t seed)
    : memory_(memory), preset_(preset), tck_ps_(tck_ps), random_(seed) {}

std::uint64_t SlowCells::Clocks(const SlowPreset::Range& range) {
  const std::uint64_t span = (range.max_ps - range.min_ps) / 1000 + 1;
  const std::uint64_t ps = range.min_ps + (span == 1 ? 0 : random_.Below(span) * 1000);
  return (ps + tck_ps_ - 1) / tck_ps_;
}

void SlowCells::Command(std::uint64_t clock, const DfiCommand& command) {
  const std::size_t bank = std::size_t{command.bank} << kBankGroupBits | command.bank_group;
  std::deque<Access>& partition = partitions_[bank % preset_.partitions];
  switch (command.op) {
    case DfiOp::kSlowRead:
      return StartRead(clock, command, partition);
    case DfiOp::kSlowWrite:
      return StartWrite(clock, command, partition);
    case DfiOp::kSend:
      return Send(clock, command);
    case DfiOp::kModeRegister: {
      const unsigned number = static_cast<unsigned>(command.bank_group) << 2 | command.bank;
      if (number == 0) cas_latency_ = CasLatencyOf(command.addr);
      if (number == 2) cas_write_latency_ = CasWriteLatencyOf(command.addr);
      return;
    }
    default:
      return;  // of fast cells, or nothing to do: no refresh
  }
}

namespace {

// addr is {row, line of the row}.
std::uint64_t LineOf(const DfiCommand& command, unsigned column_bits, unsigned bank_group_bits, unsigned banks) {
  const std::uint64_t row = command.addr >> column_bits;
  const std::uint64_t bank = std::uint64_t{command.bank} << bank_group_bits | command.bank_group;
  return (row * banks + bank) << column_bits | (command.addr & ((1u << column_bits) - 1));
}

}  // namespace

void SlowCells::StartRead(std::uint64_t clock, const DfiCommand& command, std::deque<Access>& partition) {
  if (command.tag >= kFirstWriteTag) return Error(clock, "a slow read with the tag of a write");
  Read& read = read_tags_[command.tag];
  if (read.state == Read::kUnderWay) return Error(clock, "a slow read with a tag that is under way");
  read.state = Read::kUnderWay;
  partition.push_back({.tag = command.tag,
                       .line = LineOf(command, kColumnBits, kBankGroupBits, kBanks),
                       .from_clock = clock,
                       .done_clock = 0,
                       .data = {},
                       .mask = 0,
                       .check_mask = false,
                       .poison = false});
  ++under_way_;
  ++reads_;
}

void SlowCells::StartWrite(std::uint64_t clock, const DfiCommand& command, std::deque<Access>& partition) {
  if (command.tag < kFirstWriteTag) return Error(clock, "a slow write with the tag of a read");
  if (cas_write_latency_ == 0) return Error(clock, "a slow write before its mode register was set");
  if (++writes_under_way_ > preset_.write_buffers) Error(clock, "more slow writes than the module has buffers");
  const std::uint64_t start = clock + cas_write_latency_;
  partition.push_back({.tag = command.tag,
                       .line = LineOf(command, kColumnBits, kBankGroupBits, kBanks),
                       .from_clock = start + kBurstClocks,
                       .done_clock = 0,
                       .data = {},
                       .mask = 0,
                       .check_mask = false,
                       .poison = false});
  writes_due_.emplace_back(start, static_cast<std::size_t>(&partition - partitions_.data()));
  ++under_way_;
  ++writes_;
}

void SlowCells::Send(std::uint64_t clock, const DfiCommand& command) {
  if (command.tag >= kFirstWriteTag || read_tags_[command.tag].state != Read::kReady) {
    return Error(clock, "send of tag " + std::to_string(command.tag) + ", which is not ready");
  }
  if (cas_latency_ == 0) return Error(clock, "send before its mode register was set");
  if (!sends_.empty() && clock + cas_latency_ < sends_.back().start_clock + kBurstClocks) {
    return Error(clock, "the data of this send would meet that of the one before");
  }
  sends_.push_back({.start_clock = clock + cas_latency_, .tag = command.tag});
}

DfiReadData SlowCells::ReadData(std::uint64_t clock) {
  DfiReadData data;
  if (!DrivesData(clock)) return data;
  const Burst burst = sends_.front();
  const std::uint64_t step = clock - burst.start_clock;
  Read& read = read_tags_[burst.tag];
  data.valid = true;
  data.tag = burst.tag;
  std::memcpy(&data.beat0, read.data.data() + 16 * step, 8);
  std::memcpy(&data.beat1, read.data.data() + 16 * step + 8, 8);
  data.check0 = data.check1 = read.poison ? 1 : 0;
  if (step == kBurstClocks - 1) {
    sends_.pop_front();
    read.state = Read::kFree;
  }
  return data;
}

void SlowCells::WriteData(std::uint64_t clock, const DfiWriteData& data) {
  if (writes_due_.empty() || clock < writes_due_.front().first) {
    return Error(clock, "write data without a slow write that it could belong to");
  }
  const auto [start, partition] = writes_due_.front();
  const std::uint64_t step = clock - start;
  // The oldest of the partition's writes whose data is not there yet.
  const auto access = std::find_if(
      partitions_[partition].begin(), partitions_[partition].end(),
      [&](const Access& one) { return one.tag >= kFirstWriteTag && one.from_clock == start + kBurstClocks; });
  if (step >= kBurstClocks || access == partitions_[partition].end()) {
    writes_due_.pop_front();
    return Error(clock, "write data of a slow write came late");
  }
  std::memcpy(access->data.data() + 16 * step, &data.beat0, 8);
  std::memcpy(access->data.data() + 16 * step + 8, &data.beat1, 8);
  access->mask |= (~(std::uint64_t{data.mask1} << 8 | data.mask0) & 0xFFFF) << 16 * step;
  access->check_mask = data.check_mask;
  access->poison = (data.check0 & 1) != 0;
  if (step == kBurstClocks - 1) writes_due_.pop_front();
}

void SlowCells::Finish(const Access& access) {
  DfiReady ready{.valid = true, .error = false, .tag = access.tag};
  if (access.tag >= kFirstWriteTag) {
    Line line;
    const bool poisoned = memory_.ReadLine(access.line, line) == LineStatus::kPoison;
    MergeLine(line, access.data, access.mask);
    memory_.WriteLine(access.line, line, ~std::uint64_t{0}, access.check_mask ? poisoned : access.poison);
    --writes_under_way_;
  } else {
    Read& read = read_tags_[access.tag];
    const Fate fate = fate_ ? fate_(access.line) : Fate::kDone;
    read.poison = memory_.ReadLine(access.line, read.data) == LineStatus::kPoison;
    read.state = fate == Fate::kDone ? Read::kReady : Read::kFree;
    ready.error = fate == Fate::kLost;
    if (fate == Fate::kNeverReady) return;
  }
  ready_.push_back(ready);
}

void SlowCells::Work(std::uint64_t clock, std::deque<Access>& partition) {
  while (!partition.empty()) {
    Access& access = partition.front();
    if (access.done_clock == 0) {
      if (access.from_clock > clock) return;
      access.done_clock = clock + Clocks(access.tag >= kFirstWriteTag ? preset_.write : preset_.read);
    }
    if (access.done_clock > clock) return;
    Finish(access);
    partition.pop_front();
    --under_way_;
  }
}

std::optional<DfiReady> SlowCells::Tick(std::uint64_t clock) {
  if (under_way_ != 0) {
    for (std::deque<Access>& partition : partitions_) Work(clock, partition);
  }
  if (ready_.empty()) return std::nullopt;
  const DfiReady ready = ready_.front();
  ready_.pop_front();
  return ready;
}

void SlowCells::Error(std::uint64_t clock, const std::string& what) {
  if (errors_++ == 0) first_error_ = "clock " + std::to_string(clock) + ": " + what;
}

}  // namespace tarn::channel
