#include "sw/trace/lackey_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

extern char** environ;

namespace tarn::trace {

namespace {

constexpr int kBriefMilliseconds = 100;
constexpr int kPatienceMilliseconds = 2000;  // between asking a program to end and making it
constexpr int kPipeBytes = 1 << 20;

// Whether the program can be started, as execvp would find it.
Status FindProgram(const std::string& name) {
  const auto executable = [](const std::string& path) {
    std::error_code error;
    return !std::filesystem::is_directory(path, error) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) {
    if (executable(name)) return {};
    return Status::Error(name + ": is not a program that can be run");
  }
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  std::string folder;
  while (std::getline(folders, folder, ':')) {
    if (executable((folder.empty() ? "." : folder) + "/" + name)) return {};
  }
  return Status::Error("there is no program '" + name + "' on the PATH");
}

// Starts valgrind with `log` as its log. Returns an errno.
int Spawn(const std::vector<std::string>& words, int log, bool output_to_error, pid_t& pid) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  if (const int error = ::posix_spawn_file_actions_init(&actions); error != 0) return error;
  int error = ::posix_spawn_file_actions_adddup2(&actions, log, log);  // open in the child, unlike our other files
  if (error == 0 && output_to_error) {
    error = ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  }
  posix_spawnattr_t attributes;
  if (error == 0) error = ::posix_spawnattr_init(&attributes);
  if (error == 0) {
    // What the tool ignores, the program need not.
    sigset_t defaults;
    ::sigemptyset(&defaults);
    ::sigaddset(&defaults, SIGXFSZ);
    ::sigaddset(&defaults, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    error = ::posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
  }
  ::posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

Result<LackeyProcess> LackeyProcess::Start(const std::vector<std::string>& program, bool output_to_error) {
  assert(!program.empty());
  if (Status status = FindProgram(program[0]); !status.ok()) return status;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Status::Error(std::string("no pipe: ") + std::strerror(errno));
  LackeyProcess process;
  process.log_ = ends[0];
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);  // fewer changes between the two processes; a wish, not a need
  std::vector<std::string> words = {"valgrind",
                                    "--tool=lackey",
                                    "--trace-mem=yes",
                                    "--basic-counts=no",
                                    "--child-silent-after-fork=yes",
                                    "--vgdb=no",
                                    "--log-fd=" + std::to_string(ends[1]),
                                    "--"};
  words.insert(words.end(), program.begin(), program.end());
  const int error = Spawn(words, ends[1], output_to_error, process.pid_);
  ::close(ends[1]);
  if (error == 0) return process;
  process.pid_ = -1;
  if (error == ENOENT) return Status::Error("there is no valgrind on the PATH; install the package 'valgrind'");
  return Status::Error(std::string("valgrind cannot be started: ") + std::strerror(error));
}

LackeyProcess& LackeyProcess::operator=(LackeyProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(log_, other.log_);
  std::swap(status_, other.status_);
  return *this;
}

LackeyProcess::~LackeyProcess() {
  Stop();
  if (log_ >= 0) ::close(log_);
}

LackeyProcess::ReadResult LackeyProcess::Read(std::span<char> buffer) {
  const bool ended = HasEnded();  // before the read, so that what it left is read
  pollfd watched = {.fd = log_, .events = POLLIN, .revents = 0};
  if (!ended) ::poll(&watched, 1, kBriefMilliseconds);
  const ssize_t got = ::read(log_, buffer.data(), buffer.size());
  if (got > 0) return {ReadState::kData, static_cast<std::size_t>(got)};
  const bool later = got < 0 && (errno == EAGAIN || errno == EINTR);
  return {later && !ended ? ReadState::kNothingYet : ReadState::kEnd, 0};
}

bool LackeyProcess::HasEnded() {
  if (pid_ < 0) return true;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
  status_ = status;
  pid_ = -1;
  return true;
}

std::optional<int> LackeyProcess::WaitBriefly() {
  if (!HasEnded()) ::poll(nullptr, 0, kBriefMilliseconds);
  HasEnded();
  return status_;
}

void LackeyProcess::Stop() {
  if (HasEnded()) return;
  ::kill(pid_, SIGTERM);
  for (int waited = 0; waited < kPatienceMilliseconds; waited += kBriefMilliseconds) {
    if (WaitBriefly()) return;
  }
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = status;
  pid_ = -1;
}

}  // namespace tarn::trace
