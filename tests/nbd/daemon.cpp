#include "tests/nbd/daemon.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace tarn::nbd {

namespace {

constexpr std::chrono::seconds kWaitMax(60);

[[noreturn]] void Become(const std::vector<std::string>& command, const std::string& log_file) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves nothing behind
  const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  ::_exit(127);
}

}  // namespace

Daemon::~Daemon() { Kill(); }

bool Daemon::Start(const std::vector<std::string>& command, const std::string& log_file, const std::string& words) {
  Kill();
  std::error_code ignored;
  const auto existing = std::filesystem::file_size(log_file, ignored);
  const std::streamoff from = ignored ? 0 : static_cast<std::streamoff>(existing);
  process_ = ::fork();
  if (process_ == 0) Become(command, log_file);
  const auto give_up = std::chrono::steady_clock::now() + kWaitMax;
  std::string text;
  while (std::chrono::steady_clock::now() < give_up && ::waitpid(process_, nullptr, WNOHANG) == 0) {
    std::ifstream log(log_file);
    log.seekg(from);
    std::ostringstream read;
    read << log.rdbuf();
    text = read.str();
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line) && !lines.eof();) {
      if (words.empty() ? !line.starts_with("ready") : line.find(words) == std::string::npos) continue;
      ready_ = line.substr(line.size() > 6 ? 6 : line.size());
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ADD_FAILURE() << command[0] << " does not get ready; it says:\n" << text;
  return false;
}

void Daemon::Signal(int signal) const {
  if (process_ > 0) ::kill(process_, signal);
}

void Daemon::Kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

int Daemon::End() {
  Signal(SIGTERM);
  const auto give_up = std::chrono::steady_clock::now() + kWaitMax;
  while (std::chrono::steady_clock::now() < give_up) {
    int status = 0;
    if (::waitpid(process_, &status, WNOHANG) != 0) {
      process_ = -1;
      return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return -1;
}

bool HasProgram(const std::string& name) {
  std::istringstream folders(std::getenv("PATH") == nullptr ? "" : std::getenv("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((std::filesystem::path(folder) / name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace tarn::nbd
