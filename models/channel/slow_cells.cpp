#include "models/channel/slow_cells.h"

#include <algorithm>

#include "models/channel/mode_registers.h"
#include "models/channel/module_pins.h"

namespace tarn::channel {

SlowCells::SlowCells(SlotMemory& memory, const SlowPreset& preset, std::uint64_t tck_ps, std::uint64_t seed,
                     const ModuleGeometry& geometry)
    : cells_(memory, geometry.check_bits), preset_(preset), tck_ps_(tck_ps), geometry_(geometry), random_(seed) {}

std::uint64_t SlowCells::Clocks(const SlowPreset::Range& range) {
  const std::uint64_t span = (range.max_ps - range.min_ps) / 1000 + 1;
  const std::uint64_t ps = range.min_ps + (span == 1 ? 0 : random_.Below(span) * 1000);
  return (ps + tck_ps_ - 1) / tck_ps_;
}

void SlowCells::Command(std::uint64_t clock, const DfiCommand& command) {
  const unsigned bank = geometry_.BankOf(command.bank_group, command.bank);
  std::deque<Access>& partition = partitions_[bank % preset_.partitions];
  switch (command.op) {
    case DfiOp::kSlowRead:
      return StartRead(clock, command, partition);
    case DfiOp::kSlowWrite:
      return StartWrite(clock, command, partition);
    case DfiOp::kSend:
      return Send(clock, command);
    case DfiOp::kModeRegister:
      for (const CodedTiming& coded : TimingsCodedBy(geometry_.standard, ModeWriteOf(command.addr))) {
        if (coded.timing == "CL") cas_latency_ = coded.clocks;
        if (coded.timing == "CWL") cas_write_latency_ = coded.clocks;
      }
      return;
    default:
      return;  // of fast cells, or nothing to do: no refresh
  }
}

// addr is {row, line of the row}.
std::uint64_t SlowCells::LineOf(const DfiCommand& command) const {
  constexpr unsigned kColumnBits = 7;  // of the pins, whatever the module has
  return geometry_.LineOf(command.addr >> kColumnBits, command.bank_group, command.bank,
                          command.addr & ((1u << kColumnBits) - 1));
}

void SlowCells::StartRead(std::uint64_t clock, const DfiCommand& command, std::deque<Access>& partition) {
  if (command.tag >= kFirstWriteTag) return Error(clock, "a slow read with the tag of a write");
  Read& read = read_tags_[command.tag];
  if (read.state == Read::kUnderWay) return Error(clock, "a slow read with a tag that is under way");
  read.state = Read::kUnderWay;
  partition.push_back({.tag = command.tag,
                       .line = LineOf(command),
                       .from_clock = clock,
                       .done_clock = 0,
                       .data = {},
                       .mask = 0,
                       .checks = 0});
  ++under_way_;
  ++reads_;
}

void SlowCells::StartWrite(std::uint64_t clock, const DfiCommand& command, std::deque<Access>& partition) {
  if (command.tag < kFirstWriteTag) return Error(clock, "a slow write with the tag of a read");
  if (cas_write_latency_ == 0) return Error(clock, "a slow write before its mode register was set");
  if (++writes_under_way_ > preset_.write_buffers) Error(clock, "more slow writes than the module has buffers");
  const std::uint64_t start = clock + cas_write_latency_;
  partition.push_back({.tag = command.tag,
                       .line = LineOf(command),
                       .from_clock = start + geometry_.burst_clocks(),
                       .done_clock = 0,
                       .data = {},
                       .mask = 0,
                       .checks = 0});
  writes_due_.emplace_back(start, static_cast<std::size_t>(&partition - partitions_.data()));
  ++under_way_;
  ++writes_;
}

void SlowCells::Send(std::uint64_t clock, const DfiCommand& command) {
  if (command.tag >= kFirstWriteTag || read_tags_[command.tag].state != Read::kReady) {
    return Error(clock, "send of tag " + std::to_string(command.tag) + ", which is not ready");
  }
  if (cas_latency_ == 0) return Error(clock, "send before its mode register was set");
  if (!sends_.empty() && clock + cas_latency_ < sends_.back().start_clock + geometry_.burst_clocks()) {
    return Error(clock, "the data of this send would meet that of the one before");
  }
  Read& read = read_tags_[command.tag];
  sends_.push_back({.start_clock = clock + cas_latency_, .tag = command.tag, .line = read.line, .data = read.data});
  read.state = Read::kFree;
}

DfiReadData SlowCells::ReadData(std::uint64_t clock) {
  DfiReadData data;
  if (!DrivesData(clock)) return data;
  Burst& burst = sends_.front();
  const std::uint64_t step = clock - burst.start_clock;
  if (step == 0 && bus_faults_) bus_faults_(burst.line, false, burst.data);
  data.valid = true;
  data.tag = burst.tag;
  PutClockOnPins(geometry_, burst.data, step, data);
  if (step == geometry_.burst_clocks() - 1) sends_.pop_front();
  return data;
}

void SlowCells::WriteData(std::uint64_t clock, const DfiWriteData& data) {
  if (writes_due_.empty() || clock < writes_due_.front().first) {
    return Error(clock, "write data without a slow write that it could belong to");
  }
  const auto [start, partition] = writes_due_.front();
  const std::uint64_t step = clock - start;
  // The oldest of the partition's writes whose data is not there yet.
  const auto access =
      std::find_if(partitions_[partition].begin(), partitions_[partition].end(), [&](const Access& one) {
        return one.tag >= kFirstWriteTag && one.from_clock == start + geometry_.burst_clocks();
      });
  if (step >= geometry_.burst_clocks() || access == partitions_[partition].end()) {
    writes_due_.pop_front();
    return Error(clock, "write data of a slow write came late");
  }
  access->mask |= TakeClockFromPins(geometry_, data, step, access->data, access->checks);
  if (step == geometry_.burst_clocks() - 1) writes_due_.pop_front();
}

void SlowCells::Finish(const Access& access) {
  DfiReady ready{.valid = true, .error = false, .tag = access.tag};
  if (access.tag >= kFirstWriteTag) {
    CodedLine content = access.data;
    if (bus_faults_) bus_faults_(access.line, true, content);
    cells_.Write(access.line, content, access.mask, access.checks);
    --writes_under_way_;
  } else {
    Read& read = read_tags_[access.tag];
    const Fate fate = fate_ ? fate_(access.line) : Fate::kDone;
    read.data = cells_.Read(access.line);
    read.line = access.line;
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
