// A trace as a channel takes it: lines of its module, each with the cycle in which it is due.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/channel/address_map.h"
#include "models/common/result.h"
#include "sw/trace/trace_input.h"
#include "tb/channel/channel_traces.h"

namespace tarn::channel {

// Where the lines of a trace go that is wider than the module.
enum class Placement {
  kWrap,        // address bits above the module's are left out, as DRAMsim3 does
  kFirstTouch,  // each page of 4 KiB gets the next page of the module when it is touched first, as programs get memory
};

class LinePlacer {
 public:
  LinePlacer(Placement placement, std::uint64_t module_lines) : placement_(placement), lines_(module_lines) {}

  // space: the trace, whose addresses have nothing to do with another's. Errors: the module is full.
  Result<std::uint64_t> Place(unsigned space, std::uint64_t line);

  // Accesses whose address was beyond the module.
  std::uint64_t wrapped() const { return wrapped_; }
  std::uint64_t pages() const { return frames_.size(); }

 private:
  Placement placement_;
  std::uint64_t lines_;
  std::uint64_t wrapped_ = 0;
  std::unordered_map<std::uint64_t, std::uint64_t> frames_;  // by space and page
};

struct ChannelTrace {
  std::vector<TraceAccess> accesses;
  std::uint64_t reads = 0, writes = 0;
  bool has_cycles = false;    // not all are due at once
  bool names_places = false;  // it was written as places in the module, which the mapping after reset gives back
};

struct ChannelTraceOptions {
  trace::InputOptions input;
  std::uint64_t lines_max = ~std::uint64_t{0};  // what follows is left out
  unsigned space = 0;                           // for the placer
};

inline constexpr std::uint64_t kTraceLinesMax = 100'000'000;  // 2.4 GB of memory

// A gap of the trace, whatever it counts, is taken for cycles. Errors: those of the trace; one that holds no access, or
// more than kTraceLinesMax that are not left out; the placer's. go_on: asked now and then; when it says no, what was
// read so far is given.
Result<ChannelTrace> ReadChannelTrace(const std::string& path, const ChannelTraceOptions& options, LinePlacer& placer,
                                      const std::function<bool()>& go_on);

// A made one (tb/channel/channel_traces.h), an access a cycle. lines: 0 for as many as the figures were measured with.
// REQUIRES: a name of TraceNames().
Result<ChannelTrace> MakeChannelTrace(const std::string& name, std::uint64_t lines, unsigned space, LinePlacer& placer,
                                      const ModuleGeometry& geometry);

// Writes what the channel is fed with, so that a simulator can be fed with the same; places in the module by `map`.
// REQUIRES: IsWritten(format).
Status WriteChannelTrace(const std::string& path, trace::Format format, const ChannelTrace& trace,
                         const AddressMap& map);

}  // namespace tarn::channel
