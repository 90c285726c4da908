#include "sw/trace/convert.h"

#include <filesystem>
#include <utility>

#include "sw/trace/footprint.h"
#include "sw/trace/reader.h"
#include "sw/trace/text_trace.h"
#include "sw/trace/trace_output.h"

namespace tarn::trace {

namespace {

// Counts what a trace has.
class Counter {
 public:
  Status Count(const std::string& path, const Access& access) {
    if (!footprint_.Touch(access.line)) {
      return Status::Error(path + ": touches more than " + std::to_string(footprint_.regions_max()) +
                           " regions of 256 KiB, which is as many as a trace may");
    }
    ++summary_.accesses;
    ++(access.write ? summary_.writes : summary_.reads);
    summary_.gap_total += access.gap;
    return {};
  }
  Summary summary(Ending ending) const {
    Summary summary = summary_;
    summary.pages = footprint_.pages();
    summary.segments = footprint_.segments();
    summary.ending = ending;
    return summary;
  }

 private:
  Footprint footprint_;
  Summary summary_;
};

// Takes from `input` what `options` want; returns why it ended.
Result<Ending> Copy(const ConvertOptions& options, TraceInput& input, TraceOutput& output, Counter& counter,
                    const std::function<bool()>& on_progress) {
  constexpr std::uint64_t kAccessesPerProgress = 1 << 16;
  std::uint64_t kept = 0;
  Access access;
  for (std::uint64_t number = 0;; ++number) {
    const Result<bool> more = input.Next(access);
    if (!more.ok()) return more.status();
    if (!*more) return input.ending();
    if (number < options.skip) continue;
    if (options.limit && kept == *options.limit) return Ending::kLimit;
    if (number % kAccessesPerProgress == 0 && !on_progress()) return Ending::kInterrupted;
    if (Status status = counter.Count(options.input, access); !status.ok()) return status;
    if (Status status = output.Append(access); !status.ok()) return status;
    ++kept;
  }
}

}  // namespace

Result<TraceInfo> Inspect(const std::string& path, const InputOptions& options) {
  TraceInfo info;
  info.path = path;
  Result<Format> format = options.format ? Result<Format>(*options.format) : DetectFormat(path);
  if (!format.ok()) return format.status();
  info.format = *format;
  auto input = OpenTrace(path, {.format = *format, .filter = options.filter});
  if (!input.ok()) return input.status();
  Counter counter;
  Access access;
  while (true) {
    const Result<bool> more = (*input)->Next(access);
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (Status status = counter.Count(path, access); !status.ok()) return status;
  }
  info.metadata = (*input)->metadata();
  info.summary = counter.summary((*input)->ending());
  if (*format == Format::kTarn) {
    const Result<Reader> reader = Reader::Open(path);
    if (!reader.ok()) return reader.status();
    if (!(reader->summary() == info.summary)) {
      return Status::Error(path + ": at byte 48: says " + std::to_string(reader->summary().pages) + " pages and " +
                           std::to_string(reader->summary().segments) + " segments; its accesses touch " +
                           std::to_string(info.summary.pages) + " and " + std::to_string(info.summary.segments));
    }
  }
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  info.file_bytes = error ? 0 : size;
  return info;
}

Result<Summary> Convert(const ConvertOptions& options, const std::function<bool()>& on_progress) {
  auto input = OpenTrace(options.input, options.input_options);
  if (!input.ok()) return input.status();
  Metadata metadata = (*input)->metadata();
  metadata.skipped += options.skip;
  auto output = CreateTrace(options.output, options.format, metadata);
  if (!output.ok()) return output.status();
  Counter counter;
  const Result<Ending> ending = Copy(options, **input, **output, counter, on_progress);
  if (!ending.ok()) return ending.status();
  if (Status status = (*output)->Close(*ending); !status.ok()) return status;
  return counter.summary(*ending);
}

}  // namespace tarn::trace
