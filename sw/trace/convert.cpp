#include "sw/trace/convert.h"

#include <cassert>
#include <filesystem>
#include <memory>
#include <utility>

#include "sw/trace/atomic_file.h"
#include "sw/trace/footprint.h"
#include "sw/trace/reader.h"
#include "sw/trace/text_trace.h"
#include "sw/trace/writer.h"

namespace tarn::trace {

namespace {

// Where accesses go, in one format or another.
class TraceOutput {
 public:
  virtual ~TraceOutput() = default;
  virtual Status Append(const Access& access) = 0;
  virtual Status Close(Ending ending) = 0;
};

class TarnOutput : public TraceOutput {
 public:
  explicit TarnOutput(Writer writer) : writer_(std::move(writer)) {}
  Status Append(const Access& access) override { return writer_.Append(access); }
  Status Close(Ending ending) override { return writer_.Close(ending); }

 private:
  Writer writer_;
};

class TextOutput : public TraceOutput {
 public:
  TextOutput(AtomicFile file, Format format) : file_(std::move(file)), format_(format) {}
  Status Append(const Access& access) override {
    constexpr std::size_t kBufferBytes = 64 * 1024;
    cycle_ += access.gap;
    buffer_ += TextLine(format_, access, cycle_);
    return buffer_.size() < kBufferBytes ? Status() : WriteBuffer();
  }
  Status Close(Ending /*ending*/) override {
    if (Status status = WriteBuffer(); !status.ok()) return status;
    return file_.Commit();
  }

 private:
  Status WriteBuffer() {
    const Status status = file_.Append({reinterpret_cast<const std::uint8_t*>(buffer_.data()), buffer_.size()});
    buffer_.clear();
    return status;
  }

  AtomicFile file_;
  Format format_;
  std::string buffer_;
  std::uint64_t cycle_ = 0;
};

Result<std::unique_ptr<TraceOutput>> OpenOutput(const ConvertOptions& options, Metadata metadata) {
  if (options.format == Format::kTarn) {
    metadata.skipped += options.skip;
    Result<Writer> writer = Writer::Create(options.output, metadata);
    if (!writer.ok()) return writer.status();
    return std::unique_ptr<TraceOutput>(std::make_unique<TarnOutput>(std::move(*writer)));
  }
  Result<AtomicFile> file = AtomicFile::Create(options.output);
  if (!file.ok()) return file.status();
  return std::unique_ptr<TraceOutput>(std::make_unique<TextOutput>(std::move(*file), options.format));
}

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
  assert(options.format != Format::kLackey && options.format != Format::kPages);
  auto input = OpenTrace(options.input, options.input_options);
  if (!input.ok()) return input.status();
  auto output = OpenOutput(options, (*input)->metadata());
  if (!output.ok()) return output.status();
  Counter counter;
  const Result<Ending> ending = Copy(options, **input, **output, counter, on_progress);
  if (!ending.ok()) return ending.status();
  if (Status status = (*output)->Close(*ending); !status.ok()) return status;
  return counter.summary(*ending);
}

}  // namespace tarn::trace
