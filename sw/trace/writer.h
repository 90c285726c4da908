// Writes a trace file, in constant memory but for the footprint's bit per page (footprint.h).
#pragma once

#include <memory>
#include <string>

#include "models/common/result.h"
#include "sw/trace/access.h"
#include "sw/trace/metadata.h"

namespace tarn::trace {

// The file grows under a temporary name beside `path`, and takes its own name in Close, whole; a Writer that goes
// without Close, or whose Close fails, leaves nothing and an older file of that name as it was.
class Writer {
 public:
  // REQUIRES: nothing of the arguments; an error says what is wrong with the path. A path that exists must be a
  // regular file (or a link to one), which Close replaces.
  static Result<Writer> Create(const std::string& path, const Metadata& metadata);

  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  ~Writer();

  // REQUIRES: access.line < kLineEnd; no error before; Close was not called.
  Status Append(const Access& access);
  // What was appended so far.
  const Summary& summary() const;
  // REQUIRES: Close was not called. An error means that there is no file.
  Status Close(Ending ending);

 private:
  struct State;
  explicit Writer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tarn::trace
