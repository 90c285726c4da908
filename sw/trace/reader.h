// Reads a trace file, one block (at most 32,768 accesses) in memory at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "models/common/result.h"
#include "sw/trace/access.h"
#include "sw/trace/metadata.h"

namespace tarn::trace {

// Errors are one line with the file, the byte and what is wrong there. A block's checksum is verified before its
// first access is given out, so that every access given out is as it was written.
class Reader {
 public:
  // Reads and checks the preamble, the metadata and the file's size; `path` may be a pipe.
  static Result<Reader> Open(const std::string& path);

  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  const Metadata& metadata() const;
  // Of the whole trace, also before the first access is read.
  const Summary& summary() const;

  // Sets the next access and returns true; false after the last one, once the whole file was found to be right.
  // After an error every further call gives the same error.
  Result<bool> Next(Access& access);

 private:
  struct State;
  explicit Reader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tarn::trace
