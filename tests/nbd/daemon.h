// A program that serves until it is ended, for tests: started, waited for until it says that it is ready, killed.
#pragma once

#include <string>
#include <vector>

namespace tarn::nbd {

class Daemon {
 public:
  Daemon() = default;
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  // Kills it.
  ~Daemon();

  // Starts the program; its output goes to log_file (appended). Answers whether a line beginning with "ready" came
  // within a minute (or one with these words in it: of programs that are not ours); otherwise the test has failed.
  bool Start(const std::vector<std::string>& command, const std::string& log_file, const std::string& words = "");
  // What stood after "ready ".
  const std::string& ready() const { return ready_; }
  void Signal(int signal) const;
  // kill -9, and waits for its end.
  void Kill();
  // SIGTERM; answers the exit status, or -1 if it does not end within a minute or by a signal.
  int End();
  bool running() const { return process_ > 0; }
  // Its number, for a shell's kill.
  std::string process() const { return std::to_string(process_); }

 private:
  int process_ = -1;
  std::string ready_;
};

// Whether a program is on the PATH.
bool HasProgram(const std::string& name);

}  // namespace tarn::nbd
