// The waveform of a run: appears under its name only when it is whole.
#pragma once

#include <memory>
#include <string>

#include "models/common/result.h"

namespace tarn::tool {

// The library that writes waves knows no errors: on a full disk it leaves out what it could not write, or touches a
// page of a mapped file that has no room, which is a signal (SIGBUS). So waves go to a temporary file first. Of these
// objects one may live at a time: while it does, that signal ends the process, with the message and the exit status
// of bad input and without a file left behind.
class WaveFile {
 public:
  // command, option: that wanted the file, for messages.
  static Result<WaveFile> Create(const std::string& path, const std::string& command, const std::string& option);

  WaveFile(WaveFile&&) noexcept;
  WaveFile& operator=(WaveFile&&) = delete;
  ~WaveFile();

  // What the simulation is to write.
  const std::string& temporary_path() const;
  // Gives the file its name, if it is whole. REQUIRES: the simulation has closed it.
  Status Commit();

 private:
  struct State;
  explicit WaveFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tarn::tool
