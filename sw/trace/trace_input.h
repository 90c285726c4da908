// A trace of any format that is known here, as a stream of accesses in constant memory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "models/common/result.h"
#include "sw/trace/access.h"
#include "sw/trace/metadata.h"

namespace tarn::trace {

enum class Format {
  kTarn,       // our own (docs/trace-format.md)
  kLackey,     // valgrind's lackey: see lackey.h
  kDramSim3,   // "0x1234 READ 56": address, READ or WRITE, and (it may be absent) the cycle, never falling
  kRamulator,  // "0x1234 R" or "0x1234 W", of Ramulator's memory traces; also read: "R 0x1234"
  kLoadStore,  // "LD 0x1234" or "ST 4660", of Ramulator 2's load-store traces
  kReadWrite,  // "R 0,0,1,2,100,32", of Ramulator 2's read-write traces: channel, rank, bank group, bank, row, column
  kPages,      // "R 12" or "W 12": numbers of 4 KiB pages, as studies of replacement have them; only read
};

// "tarn", "lackey", "dramsim3", "ramulator", "loadstore", "readwrite", "pages".
std::string_view FormatName(Format format);
std::optional<Format> FormatByName(std::string_view name);

class TraceInput {
 public:
  virtual ~TraceInput() = default;
  virtual const Metadata& metadata() const = 0;
  // Sets the next access and returns true; false after the last. Errors name the file, and the byte or the line.
  virtual Result<bool> Next(Access& access) = 0;
  // How the trace ended. REQUIRES: Next returned false.
  virtual Ending ending() const { return Ending::kComplete; }
};

struct InputOptions {
  std::optional<Format> format = std::nullopt;             // none: told by the first bytes
  std::optional<CacheFilterConfig> filter = std::nullopt;  // for kLackey; CacheFilter::Check must have accepted it
};

// In text, blank lines and lines that begin with '#' are passed over, and an address stands for the line it is in.
// A last line without its newline is an error: the file was cut short.
Result<std::unique_ptr<TraceInput>> OpenTrace(const std::string& path, const InputOptions& options = {});

}  // namespace tarn::trace
