// What an AXI4 port in front of lines must do, worked out from the specification and rtl/common/README.md:
// which line requests a burst becomes, which answers it gets, and which data a read may return.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "models/common/axi_protocol.h"
#include "models/common/line_protocol.h"
#include "tb/common/axi_burst.h"

namespace tarn::tb {

// How the memory behind the port ends a request: by address, so that both sides know it.
struct LineOutcome {
  LineStatus status = LineStatus::kOk;
  bool paged = false;
  bool walked = false;
};
using OutcomeOf = std::function<LineOutcome(std::uint64_t line_address)>;

inline AxiResp RespOf(LineStatus status) {
  switch (status) {
    case LineStatus::kOk:
      return AxiResp::kOkay;
    case LineStatus::kExclusiveOk:
      return AxiResp::kExokay;
    case LineStatus::kAccessError:
      return AxiResp::kDecerr;
    default:
      return AxiResp::kSlverr;
  }
}

inline std::uint64_t LineOf(std::uint64_t address) { return address / kLineBytes * kLineBytes; }
inline std::uint64_t MaskOf(const AxiBeat& beat) {
  const std::uint64_t ones = beat.bytes == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << beat.bytes) - 1;
  return ones << beat.address % kLineBytes;
}

// What is sent on for a burst, without tags; the data of bytes that are not asked for is 0.
// beats: empty for a read.
inline std::vector<DeviceRequest> LineRequestsOf(const AxiAddress& burst, const std::vector<AxiWriteData>& beats,
                                                 unsigned bus_bytes) {
  const bool is_write = !beats.empty();
  std::vector<DeviceRequest> lines;
  if (!IsLegal(burst, is_write, bus_bytes)) return lines;
  for (unsigned number = 0; number < BeatCount(burst); ++number) {
    const AxiBeat beat = BeatOf(burst, number);
    const std::uint64_t line = LineOf(beat.address);
    if (lines.empty() || lines.back().addr != line) {
      lines.push_back({.op = Op::kRead,
                       .device_id = burst.user.device_id,
                       .process_id = burst.user.process_id,
                       .process_valid = burst.user.process_valid,
                       .priv = (burst.prot & 1) != 0,
                       .exec = !is_write && (burst.prot & 4) != 0,
                       .at = static_cast<AddressType>(burst.user.at),
                       .attr = burst.cache,
                       .rcid = burst.user.rcid,
                       .mcid = burst.user.mcid,
                       .qos = burst.qos,
                       .exclusive = burst.lock,
                       .exclusive_id = burst.id,
                       .addr = line});
    }
    DeviceRequest& request = lines.back();
    std::uint64_t touched = MaskOf(beat);
    if (is_write) {
      const unsigned lane_of_line = static_cast<unsigned>(beat.address % kLineBytes / bus_bytes * bus_bytes);
      const std::uint64_t strobes = lane_of_line == 0 ? beats[number].strb : beats[number].strb << lane_of_line;
      touched &= strobes;
      for (unsigned byte = 0; byte < kLineBytes; ++byte) {
        if ((touched >> byte & 1) != 0) request.data[byte] = beats[number].data[byte % bus_bytes];
      }
    }
    if (request.mask == 0 && touched != 0) request.first_byte = static_cast<std::uint8_t>(std::countr_zero(touched));
    if (!is_write && request.mask == 0) request.first_byte = static_cast<std::uint8_t>(beat.address % kLineBytes);
    request.mask |= touched;
  }
  if (is_write) {
    std::erase_if(lines, [](const DeviceRequest& request) { return request.mask == 0; });
    for (DeviceRequest& line : lines) line.op = ~line.mask == 0 ? Op::kWrite : Op::kPartialWrite;
  }
  if (!lines.empty()) lines.front().first_of_burst = true;
  return lines;
}

// Memory as the AXI side may see it. Writes to a byte take effect in the order of AW; a read returns the write that
// was answered last before it was asked for, or one after that which was asked for before the read was answered.
class AxiMemory {
 public:
  explicit AxiMemory(std::function<Line(std::uint64_t)> initial) : initial_(std::move(initial)) {}

  using WriteId = std::uint64_t;

  // A write that will take effect is asked for. Returns what to call FinishWrite with.
  WriteId BeginWrite(const std::vector<DeviceRequest>& lines) {
    const WriteId id = ++time_;
    for (const DeviceRequest& line : lines) {
      History(line.addr).writes.push_back({line.mask, line.data, id, kNever});
    }
    return id;
  }
  void FinishWrite(WriteId id, const std::vector<DeviceRequest>& lines) {
    ++time_;
    for (const DeviceRequest& line : lines) {
      LineHistory& history = History(line.addr);
      for (WriteRecord& write : history.writes) {
        if (write.begun == id) write.done = time_;
      }
      Fold(history);
    }
  }
  // A read of lines is asked for; returns the time to call MayRead and EndRead with.
  std::uint64_t BeginRead(const std::vector<DeviceRequest>& lines) {
    for (const DeviceRequest& line : lines) ++History(line.addr).readers;
    return ++time_;
  }
  // Whether a read that began then and ends now may return `value` for the byte.
  bool MayRead(std::uint64_t begun, std::uint64_t address, std::uint8_t value) {
    const LineHistory& history = History(LineOf(address));
    const std::uint64_t byte = address % kLineBytes;
    bool allowed = history.base[byte] == value;
    for (const WriteRecord& write : history.writes) {
      if ((write.mask >> byte & 1) == 0) continue;
      if (write.done < begun) allowed = false;  // what came before is overwritten for sure
      allowed = allowed || write.data[byte] == value;
    }
    return allowed;
  }
  void EndRead(const std::vector<DeviceRequest>& lines) {
    for (const DeviceRequest& line : lines) {
      LineHistory& history = History(line.addr);
      --history.readers;
      Fold(history);
    }
  }
  // The content when nothing is in flight.
  const Line& Content(std::uint64_t line_address) { return History(line_address).base; }
  std::vector<std::uint64_t> TouchedLines() const {
    std::vector<std::uint64_t> lines;
    for (const auto& [address, history] : histories_) lines.push_back(address);
    return lines;
  }

 private:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};
  struct WriteRecord {
    std::uint64_t mask;
    Line data;
    WriteId begun;
    std::uint64_t done;
  };
  struct LineHistory {
    Line base;
    std::vector<WriteRecord> writes;  // in the order of AW
    unsigned readers = 0;
  };

  LineHistory& History(std::uint64_t line_address) {
    const auto [place, is_new] = histories_.try_emplace(line_address);
    if (is_new) place->second.base = initial_(line_address);
    return place->second;
  }
  // What is over, and seen by no reader that may still see what was before, goes into the base.
  static void Fold(LineHistory& history) {
    if (history.readers != 0) return;
    std::size_t count = 0;
    while (count < history.writes.size() && history.writes[count].done != kNever) {
      MergeLine(history.base, history.writes[count].data, history.writes[count].mask);
      ++count;
    }
    history.writes.erase(history.writes.begin(), history.writes.begin() + static_cast<std::ptrdiff_t>(count));
  }

  std::function<Line(std::uint64_t)> initial_;
  std::map<std::uint64_t, LineHistory> histories_;
  std::uint64_t time_ = 0;
};

}  // namespace tarn::tb
