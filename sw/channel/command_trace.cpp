#include "sw/channel/command_trace.h"

#include <array>
#include <cstdio>

namespace tarn::channel {

namespace {

// A command in the words of both; null: it is none of memory traffic.
struct CommandNames {
  const char* dramsim3;
  const char* ramulator;
};

CommandNames NamesOf(const DfiCommand& command) {
  switch (command.op) {
    case DfiOp::kActivate:
      return {"activate", "ACT"};
    case DfiOp::kRead:
      return command.auto_precharge ? CommandNames{"read_p", "RDA"} : CommandNames{"read", "RD"};
    case DfiOp::kWrite:
      return command.auto_precharge ? CommandNames{"write_p", "WRA"} : CommandNames{"write", "WR"};
    case DfiOp::kPrecharge:
      return {"precharge", "PREpb"};
    case DfiOp::kPrechargeAll:
      return {"precharge_all", "PREab"};  // DRAMsim3 itself closes bank after bank
    case DfiOp::kRefresh:
      return {"refresh", "REFab"};
    case DfiOp::kRefreshBank:
      return {"refresh_bank", "REFpb"};
    case DfiOp::kSelfRefreshEntry:
      return {"self_refresh_enter", "SREFE"};
    case DfiOp::kSelfRefreshExit:
      return {"self_refresh_exit", "SREFX"};
    case DfiOp::kNop:
    case DfiOp::kModeRegister:
    case DfiOp::kZqLong:
    case DfiOp::kZqShort:
    case DfiOp::kSend:
    case DfiOp::kSlowRead:
    case DfiOp::kSlowWrite:
      break;
  }
  return {nullptr, nullptr};
}

// With its sign before 0x, as DRAMsim3 writes what a command does not have.
std::string Hexadecimal(std::int64_t value) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%s0x%llx", value < 0 ? "-" : "",
                static_cast<unsigned long long>(value < 0 ? -value : value));
  return text.data();
}

}  // namespace

std::optional<CommandFormat> CommandFormatByName(std::string_view name) {
  if (name == "dramsim3") return CommandFormat::kDramSim3;
  if (name == "ramulator") return CommandFormat::kRamulator;
  return std::nullopt;
}

Result<CommandTrace> CommandTrace::Create(const std::string& path, CommandFormat format) {
  auto file = trace::AtomicFile::Create(path);
  if (!file.ok()) return file.status();
  CommandTrace trace(std::move(*file), format);
  if (format == CommandFormat::kRamulator) {
    trace.AppendText("clock,command,Channel,Rank,BankGroup,Bank,Row,Column,type,source\n");
  }
  return trace;
}

// A column command's row, and a precharge's, is the one that stands open.
CommandTrace::Place CommandTrace::PlaceOf(const DfiCommand& command) {
  const bool has_bank = command.op == DfiOp::kActivate || command.op == DfiOp::kRead || command.op == DfiOp::kWrite ||
                        command.op == DfiOp::kPrecharge || command.op == DfiOp::kRefreshBank;
  if (!has_bank) return {};
  std::int64_t& row = rows_[(command.bank_group * 8u + command.bank) % rows_.size()];
  if (command.op == DfiOp::kActivate) row = command.addr;
  const bool has_column = command.op == DfiOp::kRead || command.op == DfiOp::kWrite;
  return {.bank_group = command.bank_group,
          .bank = command.bank,
          .row = row,
          .column = has_column ? std::int64_t{command.addr} : kNone};
}

void CommandTrace::Append(std::uint64_t clock, const DfiCommand& command) {
  const CommandNames names = NamesOf(command);
  if (names.dramsim3 == nullptr) return;
  const Place place = PlaceOf(command);
  std::array<char, 160> text{};
  if (format_ == CommandFormat::kDramSim3) {
    // A command to all banks names no channel there.
    std::snprintf(text.data(), text.size(), "%-18llu %-20s %3d %3d %3lld %3lld %8s %8s\n",
                  static_cast<unsigned long long>(clock), names.dramsim3, place.bank == kNone ? -1 : 0, 0,
                  static_cast<long long>(place.bank_group), static_cast<long long>(place.bank),
                  Hexadecimal(place.row).c_str(), Hexadecimal(place.column).c_str());
  } else {
    const int type = command.op == DfiOp::kRead ? 0 : command.op == DfiOp::kWrite ? 1 : -1;
    std::snprintf(text.data(), text.size(), "%llu,%s,0,0,%lld,%lld,%lld,%lld,%d,-1\n",
                  static_cast<unsigned long long>(clock), names.ramulator, static_cast<long long>(place.bank_group),
                  static_cast<long long>(place.bank), static_cast<long long>(place.row),
                  static_cast<long long>(place.column), type);
  }
  AppendText(text.data());
}

void CommandTrace::AppendText(const std::string& text) {
  constexpr std::size_t kBufferBytes = 64 * 1024;
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) Write();
}

void CommandTrace::Write() {
  if (status_.ok()) {
    status_ = file_.Append({reinterpret_cast<const std::uint8_t*>(buffer_.data()), buffer_.size()});
  }
  buffer_.clear();
}

Status CommandTrace::Close() {
  Write();
  return status_.ok() ? file_.Commit() : status_;
}

}  // namespace tarn::channel
