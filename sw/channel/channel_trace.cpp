#include "sw/channel/channel_trace.h"

#include "models/common/units.h"
#include "sw/trace/trace_output.h"

namespace tarn::channel {

namespace {

constexpr std::uint64_t kLinesOfPage = kPageBytes / kLineBytes;

Status Add(ChannelTrace& trace, LinePlacer& placer, unsigned space, const TraceAccess& access) {
  const Result<std::uint64_t> line = placer.Place(space, access.line);
  if (!line.ok()) return line.status();
  trace.accesses.push_back({.write = access.write, .line = *line, .cycle = access.cycle});
  ++(access.write ? trace.writes : trace.reads);
  trace.has_cycles = trace.has_cycles || access.cycle != trace.accesses.front().cycle;
  return {};
}

}  // namespace

Result<std::uint64_t> LinePlacer::Place(unsigned space, std::uint64_t line) {
  if (placement_ == Placement::kWrap) {
    if (line >= lines_) ++wrapped_;
    return line % lines_;
  }
  constexpr unsigned kPageBits = 52;  // of a page's number
  const std::uint64_t page = std::uint64_t{space} << kPageBits | line / kLinesOfPage;
  const std::uint64_t frame = frames_.emplace(page, frames_.size()).first->second;
  if (frame >= lines_ / kLinesOfPage) {
    return Status::Error("touches more than the module's " + std::to_string(lines_ / kLinesOfPage) + " pages of 4 KiB");
  }
  return frame * kLinesOfPage + line % kLinesOfPage;
}

Result<ChannelTrace> ReadChannelTrace(const std::string& path, const ChannelTraceOptions& options, LinePlacer& placer,
                                      const std::function<bool()>& go_on) {
  constexpr std::uint64_t kAskEvery = 1 << 16;
  auto input = trace::OpenTrace(path, options.input);
  if (!input.ok()) return input.status();
  ChannelTrace trace;
  trace.names_places = (*input)->metadata().source == trace::FormatName(trace::Format::kReadWrite);
  trace::Access access;
  std::uint64_t cycle = 0;
  while (trace.accesses.size() < options.lines_max) {
    const Result<bool> more = (*input)->Next(access);
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (trace.accesses.size() == kTraceLinesMax) {
      return Status::Error(path + ": holds more than " + std::to_string(kTraceLinesMax) +
                           " accesses; --lines takes a part");
    }
    cycle += access.gap;
    const Status status =
        Add(trace, placer, options.space, {.write = access.write, .line = access.line, .cycle = cycle});
    if (!status.ok()) return Status::Error(path + ": " + status.message());
    if (trace.accesses.size() % kAskEvery == 0 && !go_on()) break;
  }
  if (trace.accesses.empty()) return Status::Error(path + ": holds no access; a trace was expected");
  return trace;
}

Result<ChannelTrace> MakeChannelTrace(const std::string& name, std::uint64_t lines, unsigned space, LinePlacer& placer,
                                      const ModuleGeometry& geometry) {
  ChannelTrace trace;
  std::uint64_t cycle = 0;
  for (TraceAccess& access : MakeTrace(name, lines, geometry)) {
    access.cycle = cycle++;
    if (Status status = Add(trace, placer, space, access); !status.ok()) {
      return Status::Error(name + ": " + status.message());
    }
  }
  return trace;
}

Status WriteChannelTrace(const std::string& path, trace::Format format, const ChannelTrace& trace,
                         const AddressMap& map) {
  const trace::Metadata metadata = {.source = "channel", .gap_unit = trace::GapUnit::kCycles};
  auto output = trace::CreateTrace(path, format, metadata);
  if (!output.ok()) return output.status();
  std::uint64_t cycle = 0;
  for (const TraceAccess& access : trace.accesses) {
    const auto gap = static_cast<std::uint32_t>(access.cycle - cycle);
    cycle = access.cycle;
    const std::uint64_t line = format == trace::Format::kReadWrite ? map.ModuleLineOf(access.line) : access.line;
    const Status status = (*output)->Append({.line = line, .write = access.write, .gap = gap});
    if (!status.ok()) return status;
  }
  return (*output)->Close(trace::Ending::kComplete);
}

}  // namespace tarn::channel
