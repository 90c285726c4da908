#include "models/bulk/bulk_device.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

namespace tarn::bulk {
namespace {

bool Chance(Random& random, double probability) { return probability > 0 && random.Unit() < probability; }

double BeatCycles(double bytes_per_ns, double clock_ns) { return std::max(1.0, kLineBytes / bytes_per_ns / clock_ns); }

}  // namespace

BulkDevice::BulkDevice(const BulkConfig& config, BulkStore& store)
    : config_(config),
      store_(store),
      random_(config.seed),
      read_beat_cycles_(BeatCycles(config.read_bytes_per_ns, config.clock_ns)),
      write_beat_cycles_(BeatCycles(config.write_bytes_per_ns, config.clock_ns)),
      commands_(std::size_t{1} << kBulkTagBits) {}

void BulkDevice::Reset() {
  for (Command& command : commands_) command.phase = Phase::kFree;
  active_.clear();
  queued_ = 0;
  sending_ = -1;
  beat_.reset();
  completion_.reset();
  notices_.clear();
}

std::uint64_t BulkDevice::Cycles(double ns) const {
  return static_cast<std::uint64_t>(std::ceil(ns / config_.clock_ns));
}

std::uint64_t BulkDevice::DrawLatency(const LatencyModel& model) { return Cycles(DrawNanoseconds(model, random_)); }

BulkDevice::Fault BulkDevice::DrawFault(const BulkCommand& command) {
  if (fault_hook_) {
    const Fault fault = fault_hook_(command);
    if (fault != Fault::kNone) return fault;
  }
  const FaultModel& model = config_.faults;
  if (command.op == BulkOp::kRead && Chance(random_, model.read_error)) return Fault::kError;
  if (command.op == BulkOp::kRead && Chance(random_, model.read_poison)) return Fault::kPoison;
  if (command.op == BulkOp::kWrite && Chance(random_, model.write_error)) return Fault::kError;
  if (Chance(random_, model.lost_completion)) return Fault::kLostCompletion;
  if (Chance(random_, model.late_completion)) return Fault::kLateCompletion;
  return Fault::kNone;
}

void BulkDevice::Violate(const BulkCommand& command, const char* what) {
  if (!violation_.ok()) return;
  violation_ = Status::Error("bulk port, cycle " + std::to_string(now_) + ", tag " + std::to_string(command.tag) +
                             ", LPN " + std::to_string(command.lpn) + ": " + what);
}

void BulkDevice::Accept(const BulkCommand& request) {
  if (!command_ready()) return Violate(request, "a command while the device was not ready");
  Command& command = commands_[request.tag];
  if (command.phase == Phase::kLost) return Violate(request, "a command whose tag is in quarantine");
  if (command.phase != Phase::kFree) return Violate(request, "a command whose tag is in flight");
  command.command = request;
  command.beats = 0;
  command.poison = 0;
  command.status = BulkStatus::kOk;
  command.fault = DrawFault(request);
  active_.push_back(request.tag);
  ++queued_;
  counters_.queue_max = std::max<std::uint64_t>(counters_.queue_max, queued_);
  if (request.op == BulkOp::kWrite) {
    command.phase = Phase::kWriteData;
  } else {
    Start(command);
  }
}

void BulkDevice::Accept(const BulkBeat& beat) {
  Command& command = commands_[beat.tag];
  if (command.phase != Phase::kWriteData) return Violate(command.command, "a beat that no write waits for");
  const std::uint32_t expected = (command.command.first_line + command.beats) % kLinesPerPage;
  if (beat.line != expected) return Violate(command.command, "a beat out of its wrapped order");
  std::memcpy(command.page.line(beat.line), beat.data.data(), kLineBytes);
  if (beat.poison) command.poison |= std::uint64_t{1} << beat.line;
  ++counters_.beats_in;
  if (++command.beats == kLinesPerPage) Start(command);
}

// Everything it waits for is there: its latency begins.
void BulkDevice::Start(Command& command) {
  command.phase = Phase::kWait;
  switch (command.command.op) {
    case BulkOp::kRead:
      command.ready_at = now_ + DrawLatency(config_.read);
      break;
    case BulkOp::kWrite:
      // The page went over the device's inner bandwidth once more than over the port.
      write_free_at_ = std::max(write_free_at_, static_cast<double>(now_)) + kLinesPerPage * (write_beat_cycles_ - 1);
      command.ready_at = static_cast<std::uint64_t>(write_free_at_) + DrawLatency(config_.write);
      break;
    case BulkOp::kTrim:
      command.ready_at = now_ + DrawLatency(config_.write);
      break;
    case BulkOp::kFlush:
      command.ready_at = now_ + DrawLatency(config_.flush);
      break;
    case BulkOp::kMapUpload:
    case BulkOp::kMapQuery:
      command.ready_at = now_ + 1;
      break;
  }
  next_event_ = std::min(next_event_, command.ready_at);
}

// The command takes effect.
void BulkDevice::Perform(Command& command) {
  const LogicalPage lpn(command.command.lpn);
  command.phase = Phase::kFinish;
  if (offline()) {
    command.status = BulkStatus::kOffline;
    ++counters_.offline;
    return;
  }
  if (command.fault == Fault::kError) {
    command.status = BulkStatus::kError;
    ++counters_.errors;
    return;
  }
  switch (command.command.op) {
    case BulkOp::kRead:
      if (command.fault == Fault::kPoison) store_.Poison(lpn);
      command.status = store_.Read(lpn, command.page, command.poison);
      ++counters_.reads;
      if (command.status == BulkStatus::kOk) {
        command.phase = Phase::kSend;
      } else {
        ++counters_.poisons;
      }
      break;
    case BulkOp::kWrite:
      command.status = store_.Write(lpn, command.page, command.poison);
      ++counters_.writes;
      break;
    case BulkOp::kTrim:
      command.status = store_.Trim(lpn);
      ++counters_.trims;
      break;
    case BulkOp::kFlush:
      command.status = store_.Flush();
      ++counters_.flushes;
      break;
    case BulkOp::kMapUpload:
    case BulkOp::kMapQuery:
      command.status = BulkStatus::kNotSupported;
      ++counters_.not_supported;
      break;
  }
}

void BulkDevice::Free(Command& command, Phase phase) {
  command.phase = phase;
  active_.erase(std::find(active_.begin(), active_.end(), command.command.tag));
  --queued_;
}

void BulkDevice::Complete(Command& command) {
  if (command.fault == Fault::kLateCompletion) {
    command.fault = Fault::kNone;
    command.ready_at = now_ + Cycles(config_.faults.late_ns);
    ++counters_.late;
    return;
  }
  if (command.fault == Fault::kLostCompletion) {
    ++counters_.lost;
    Free(command, Phase::kLost);
    return;
  }
  if (completion_.has_value()) return;
  // The port takes beats and completions apart from each other: a read's completion waits for its last beat.
  if (beat_.has_value() && beat_->tag == command.command.tag) return;
  const bool durable =
      command.command.op == BulkOp::kWrite && command.status == BulkStatus::kOk && !store_.volatile_cache();
  completion_ = BulkCompletion{.tag = command.command.tag, .status = command.status, .durable = durable};
  Free(command, Phase::kFree);
}

void BulkDevice::SendBeat() {
  if (beat_.has_value() || static_cast<double>(now_) < next_beat_at_) return;
  Command& command = commands_[static_cast<std::size_t>(sending_)];
  const auto line = static_cast<std::uint8_t>((command.command.first_line + command.beats) % kLinesPerPage);
  beat_.emplace();
  beat_->tag = command.command.tag;
  beat_->line = line;
  beat_->poison = (command.poison >> line & 1) != 0;
  std::memcpy(beat_->data.data(), command.page.line(line), kLineBytes);
  ++counters_.beats_out;
  next_beat_at_ = std::max(next_beat_at_ + read_beat_cycles_, static_cast<double>(now_) + 1);
  if (++command.beats < kLinesPerPage) return;
  command.phase = Phase::kFinish;
  command.ready_at = now_ + 1;
  next_event_ = std::min(next_event_, command.ready_at);
  sending_ = -1;
}

void BulkDevice::Step(Command& command) {
  if (command.phase == Phase::kWait) Perform(command);
  if (command.phase == Phase::kSend && sending_ < 0) {
    sending_ = command.command.tag;
    next_beat_at_ = std::max(next_beat_at_, static_cast<double>(now_));
  } else if (command.phase == Phase::kFinish) {
    Complete(command);
  }
}

void BulkDevice::Advance() {
  if (now_ >= next_event_) {
    next_event_ = ~std::uint64_t{0};
    // Backwards by index, since Step may take its command out; the oldest goes first where order matters.
    for (std::size_t at = 0; at < active_.size();) {
      const std::uint8_t tag = active_[at];
      Command& command = commands_[tag];
      const bool timed =
          command.phase == Phase::kWait || command.phase == Phase::kSend || command.phase == Phase::kFinish;
      if (timed && command.ready_at <= now_ && sending_ != tag) Step(command);
      if (at < active_.size() && active_[at] == tag) ++at;
      const bool waits =
          command.phase == Phase::kWait || command.phase == Phase::kSend || command.phase == Phase::kFinish;
      if (waits && sending_ != tag) next_event_ = std::min(next_event_, std::max(command.ready_at, now_ + 1));
    }
  }
  if (sending_ >= 0) SendBeat();
}

}  // namespace tarn::bulk
