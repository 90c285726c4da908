// A program under `valgrind --tool=lackey --trace-mem=yes`, whose log comes through a pipe of its own: the program's
// standard input, output and error stay the program's.
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/common/result.h"

namespace tarn::trace {

class LackeyProcess {
 public:
  // The program's standard output can be sent to standard error, so that standard output stays the caller's.
  // An error if there is no such program, or no valgrind. REQUIRES: `program` has a word.
  static Result<LackeyProcess> Start(const std::vector<std::string>& program, bool output_to_error);

  LackeyProcess(LackeyProcess&& other) noexcept { *this = std::move(other); }
  LackeyProcess& operator=(LackeyProcess&& other) noexcept;
  ~LackeyProcess();  // stops the program

  enum class ReadState { kData, kNothingYet, kEnd };
  struct ReadResult {
    ReadState state = ReadState::kNothingYet;
    std::size_t bytes = 0;
  };
  // Reads what is there of the log, after waiting for it for at most a tenth of a second or until a signal arrives.
  // kEnd when the log's end is read, or the program ended and the rest of its log is read (a child that it left
  // behind may hold the log open).
  ReadResult Read(std::span<char> buffer);

  // Asks the program to end, and after 2 seconds makes it.
  void Stop();

  // The status as waitpid gives it, once the program has ended; waits for at most a tenth of a second.
  std::optional<int> WaitBriefly();

 private:
  LackeyProcess() = default;
  bool HasEnded();

  pid_t pid_ = -1;  // -1: none, or ended and waited for
  int log_ = -1;
  std::optional<int> status_;
};

}  // namespace tarn::trace
