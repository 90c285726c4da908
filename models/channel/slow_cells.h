// The golden slow cells: a module, or the part of one, whose accesses take long. An access is queued in its partition
// (a bank), done in the order of the partition's commands, and said to be ready; a read's data is sent when the
// controller asks for it. Content is in a SlotMemory, numbered as the golden DRAM module has it, so that both parts of
// a mixed module share one. Written from the pins' description (rtl/channel/dfi_protocol.json, rtl/channel/README.md).
// What cannot work at all is kept as an error.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "models/channel/dfi_protocol.h"
#include "models/channel/module_geometry.h"
#include "models/channel/secded.h"
#include "models/channel/slow_preset.h"
#include "models/common/random.h"
#include "models/common/slot_memory.h"

namespace tarn::channel {

class SlowCells {
 public:
  // What becomes of a read, for tests.
  enum class Fate { kDone, kLost, kNeverReady };

  // memory outlives the cells. tck_ps: the channel's clock. seed: of times that vary. geometry: the module's.
  SlowCells(SlotMemory& memory, const SlowPreset& preset, std::uint64_t tck_ps, std::uint64_t seed,
            const ModuleGeometry& geometry = {});

  // Each clock, in this order: what it drives, then what it sees. Clocks without any need not be told, but for Tick
  // while it works.
  bool DrivesData(std::uint64_t clock) const { return !sends_.empty() && sends_.front().start_clock <= clock; }
  DfiReadData ReadData(std::uint64_t clock);
  // What it says on its ready pins in this clock. Call it in each clock while works().
  std::optional<DfiReady> Tick(std::uint64_t clock);
  bool works() const { return under_way_ != 0 || !ready_.empty(); }
  void Command(std::uint64_t clock, const DfiCommand& command);
  void WriteData(std::uint64_t clock, const DfiWriteData& data);

  // Decides each read's fate when it is done; without one all are done.
  void set_fate(std::function<Fate(std::uint64_t line)> fate) { fate_ = std::move(fate); }
  CodedMemory& cells() { return cells_; }
  void set_bus_faults(BusFaults faults) { bus_faults_ = std::move(faults); }
  std::uint64_t reads() const { return reads_; }
  std::uint64_t writes() const { return writes_; }
  std::uint64_t errors() const { return errors_; }
  const std::string& first_error() const { return first_error_; }

 private:
  static constexpr unsigned kTags = 64;
  static constexpr unsigned kFirstWriteTag = 48;
  static constexpr unsigned kBanksMax = 64;

  struct Access {
    std::uint8_t tag;
    std::uint64_t line;
    std::uint64_t from_clock;  // it may begin: a write once its data is there
    std::uint64_t done_clock;  // 0: not begun
    CodedLine data;            // a write's
    std::uint64_t mask;
    std::uint8_t checks;
  };
  struct Burst {
    std::uint64_t start_clock;
    std::uint8_t tag;
    std::uint64_t line;
    CodedLine data;  // the tag is free for another read once this one was sent for
  };
  struct Read {  // by tag
    enum { kFree, kUnderWay, kReady } state = kFree;
    CodedLine data{};
    std::uint64_t line = 0;
  };

  void StartRead(std::uint64_t clock, const DfiCommand& command, std::deque<Access>& partition);
  void StartWrite(std::uint64_t clock, const DfiCommand& command, std::deque<Access>& partition);
  void Send(std::uint64_t clock, const DfiCommand& command);
  void Work(std::uint64_t clock, std::deque<Access>& partition);
  void Finish(const Access& access);
  std::uint64_t Clocks(const SlowPreset::Range& range);
  std::uint64_t LineOf(const DfiCommand& command) const;
  void Error(std::uint64_t clock, const std::string& what);

  CodedMemory cells_;
  BusFaults bus_faults_;
  SlowPreset preset_;
  std::uint64_t tck_ps_;
  ModuleGeometry geometry_;
  Random random_;
  std::function<Fate(std::uint64_t)> fate_;
  std::array<std::deque<Access>, kBanksMax> partitions_;
  std::array<Read, kTags> read_tags_{};
  std::deque<DfiReady> ready_;
  std::deque<Burst> sends_;
  std::deque<std::pair<std::uint64_t, std::size_t>> writes_due_;  // first clock of the data, partition
  std::uint64_t under_way_ = 0;
  std::uint32_t writes_under_way_ = 0;
  std::uint32_t cas_latency_ = 0, cas_write_latency_ = 0;
  std::uint64_t reads_ = 0, writes_ = 0, errors_ = 0;
  std::string first_error_;
};

}  // namespace tarn::channel
