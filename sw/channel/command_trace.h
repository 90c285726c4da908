// The commands on a channel's pins as text, in the form in which other simulators write theirs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "models/channel/dfi_protocol.h"
#include "models/common/result.h"
#include "sw/trace/atomic_file.h"

namespace tarn::channel {

enum class CommandFormat {
  kDramSim3,   // clock, command, channel, rank, bank group, bank, row, column, in columns
  kRamulator,  // Ramulator 2's, comma-separated, with a first line of names
};

// "dramsim3", "ramulator".
std::optional<CommandFormat> CommandFormatByName(std::string_view name);

class CommandTrace {
 public:
  static Result<CommandTrace> Create(const std::string& path, CommandFormat format);

  void Append(std::uint64_t clock, const DfiCommand& command);
  // Gives the file its name. Errors: also those of writing before.
  Status Close();

 private:
  static constexpr std::int64_t kNone = -1;
  struct Place {
    std::int64_t bank_group = kNone, bank = kNone, row = kNone, column = kNone;
  };

  CommandTrace(trace::AtomicFile file, CommandFormat format) : file_(std::move(file)), format_(format) {}
  Place PlaceOf(const DfiCommand& command);
  void AppendText(const std::string& text);
  void Write();

  trace::AtomicFile file_;
  CommandFormat format_;
  std::string buffer_;
  Status status_;
  std::array<std::int64_t, 64> rows_{};  // that stand open, by bank
};

}  // namespace tarn::channel
