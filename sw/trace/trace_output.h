// A trace of any format that is written here, access by access.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "models/common/result.h"
#include "sw/trace/access.h"
#include "sw/trace/metadata.h"
#include "sw/trace/trace_input.h"

namespace tarn::trace {

// The file appears under its name with Close, whole; without it not at all.
class TraceOutput {
 public:
  virtual ~TraceOutput() = default;
  virtual Status Append(const Access& access) = 0;
  virtual Status Close(Ending ending) = 0;
};

// Whether a format can be written: lackey and pages are only read.
bool IsWritten(Format format);

// Text has no metadata; dramsim3's cycles are the sums of the gaps. REQUIRES: IsWritten(format).
Result<std::unique_ptr<TraceOutput>> CreateTrace(const std::string& path, Format format, const Metadata& metadata);

}  // namespace tarn::trace
