// Waves as a stream of changes, whatever the file's format. Constant memory: FST holds one of its blocks at a time,
// VCD a buffer.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/common/result.h"

namespace tarn::wave {

// What several names of one signal share.
using Handle = std::uint32_t;

// The names of an enumeration's values; a value is its bits, the highest first ("010").
using EnumNames = std::map<std::string, std::string>;

struct Signal {
  std::string path;  // scopes and name (signal_name.h), without a range: "TOP.dut.request.line", "mem[3]"
  std::uint32_t bits = 1;
  Handle handle = 0;
  bool real = false;  // its 64 bits are those of a double
  std::shared_ptr<const EnumNames> names;
};

struct WaveHeader {
  std::vector<Signal> signals;     // each path once
  Handle handles_end = 0;          // all handles are below
  int time_exponent = -9;          // a time of 1 is 10^time_exponent seconds
  std::uint64_t text_signals = 0;  // signals that hold text, which are left out
};

class ChangeSink {
 public:
  ChangeSink() = default;
  ChangeSink(const ChangeSink&) = default;
  ChangeSink& operator=(const ChangeSink&) = default;
  virtual ~ChangeSink() = default;
  // value: as many characters as the signal has bits, the highest first: 0, 1, x, z, or another of VHDL's. Times never
  // decrease.
  virtual void Change(std::uint64_t time, Handle handle, const char* value) = 0;
};

// The bits of a double, the highest first, as a change's value has them. Of 16 digits, which is what simulators write
// as text, and tools that make one format of another keep: so the same real is the same in each.
std::array<char, 64> RealBits(double number);

class WaveReader {
 public:
  // FST, also compressed as a whole, or VCD; told by the content. Errors: the file is missing, empty, neither of both,
  // or was not written to its end.
  static Result<std::unique_ptr<WaveReader>> Open(const std::string& path);

  WaveReader(const WaveReader&) = delete;
  WaveReader& operator=(const WaveReader&) = delete;
  virtual ~WaveReader() = default;

  const WaveHeader& header() const { return header_; }
  const std::string& path() const { return path_; }
  // All changes of the handles for which `wanted` holds, the values at the start among them. Once per reader.
  // REQUIRES: wanted.size() == header().handles_end.
  virtual Status ForEachChange(const std::vector<bool>& wanted, ChangeSink& sink) = 0;

 protected:
  explicit WaveReader(std::string path) : path_(std::move(path)) {}
  WaveHeader& mutable_header() { return header_; }

 private:
  std::string path_;
  WaveHeader header_;
};

}  // namespace tarn::wave
