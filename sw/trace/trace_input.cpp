#include "sw/trace/trace_input.h"

#include <array>
#include <utility>

#include "sw/trace/reader.h"
#include "sw/trace/text_trace.h"

namespace tarn::trace {

namespace {

constexpr std::array<std::pair<Format, std::string_view>, 7> kNames = {{{Format::kTarn, "tarn"},
                                                                        {Format::kLackey, "lackey"},
                                                                        {Format::kDramSim3, "dramsim3"},
                                                                        {Format::kRamulator, "ramulator"},
                                                                        {Format::kLoadStore, "loadstore"},
                                                                        {Format::kReadWrite, "readwrite"},
                                                                        {Format::kPages, "pages"}}};

// Our own format behind the common interface.
class TarnInput : public TraceInput {
 public:
  explicit TarnInput(Reader reader) : reader_(std::move(reader)) {}
  const Metadata& metadata() const override { return reader_.metadata(); }
  Result<bool> Next(Access& access) override { return reader_.Next(access); }
  Ending ending() const override { return reader_.summary().ending; }

 private:
  Reader reader_;
};

}  // namespace

std::string_view FormatName(Format format) {
  for (const auto& [known, name] : kNames) {
    if (known == format) return name;
  }
  return "";
}

std::optional<Format> FormatByName(std::string_view name) {
  for (const auto& [format, known] : kNames) {
    if (known == name) return format;
  }
  return std::nullopt;
}

Result<std::unique_ptr<TraceInput>> OpenTrace(const std::string& path, const InputOptions& options) {
  std::optional<Format> format = options.format;
  if (!format) {
    Result<Format> told = DetectFormat(path);
    if (!told.ok()) return told.status();
    format = *told;
  }
  if (*format != Format::kTarn) return OpenTextTrace(path, *format, options.filter);
  Result<Reader> reader = Reader::Open(path);
  if (!reader.ok()) return reader.status();
  return std::unique_ptr<TraceInput>(std::make_unique<TarnInput>(std::move(*reader)));
}

}  // namespace tarn::trace
