#include "sw/trace/trace_output.h"

#include <cassert>
#include <utility>

#include "sw/trace/atomic_file.h"
#include "sw/trace/text_trace.h"
#include "sw/trace/writer.h"

namespace tarn::trace {

namespace {

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
    if (format_ == Format::kReadWrite && access.line >= kPlacedLineEnd) {
      return Status::Error(file_.path() + ": line " + std::to_string(access.line) +
                           " lies beyond the 1 TiB that the readwrite format's places reach");
    }
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

}  // namespace

bool IsWritten(Format format) { return format != Format::kLackey && format != Format::kPages; }

Result<std::unique_ptr<TraceOutput>> CreateTrace(const std::string& path, Format format, const Metadata& metadata) {
  assert(IsWritten(format));
  if (format == Format::kTarn) {
    Result<Writer> writer = Writer::Create(path, metadata);
    if (!writer.ok()) return writer.status();
    return std::unique_ptr<TraceOutput>(std::make_unique<TarnOutput>(std::move(*writer)));
  }
  Result<AtomicFile> file = AtomicFile::Create(path);
  if (!file.ok()) return file.status();
  return std::unique_ptr<TraceOutput>(std::make_unique<TextOutput>(std::move(*file), format));
}

}  // namespace tarn::trace
