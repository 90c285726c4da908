#include "sw/tarn/wave_file.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <utility>

#include "sw/tarn/commands.h"
#include "sw/trace/atomic_file.h"
#include "sw/wave/fst_blocks.h"

namespace tarn::tool {

namespace {

// What the handler of a signal may touch: prepared before it is installed.
struct LastWords {
  std::string message;
  std::array<std::string, 2> files;
};
LastWords last_words;

void GiveUp(int) {
  for (const std::string& file : last_words.files) ::unlink(file.c_str());
  const ssize_t written = ::write(STDERR_FILENO, last_words.message.data(), last_words.message.size());
  ::_exit(written < 0 ? kExitFailure : kExitBadInput);
}

void OnBusError(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace

struct WaveFile::State {
  State(trace::AtomicFile atomic_file, std::string asked_by)
      : file(std::move(atomic_file)), option(std::move(asked_by)) {}
  trace::AtomicFile file;
  std::string option;
};

WaveFile::WaveFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
WaveFile::WaveFile(WaveFile&&) noexcept = default;

WaveFile::~WaveFile() {
  if (state_) OnBusError(SIG_DFL);
}

Result<WaveFile> WaveFile::Create(const std::string& path, const std::string& command, const std::string& option) {
  Result<trace::AtomicFile> file = trace::AtomicFile::Create(path);
  if (!file.ok()) return Status::Error(option + ": " + file.status().message());
  const std::string& waves = file->temporary_path();
  last_words = {.message = "tarn " + command + ": " + option + ": " + path +
                           ": cannot be written; is the disk full? Nothing is left\n",
                .files = {waves, wave::HierarchyFile(waves)}};
  OnBusError(GiveUp);
  return WaveFile(std::make_unique<State>(std::move(*file), option));
}

const std::string& WaveFile::temporary_path() const { return state_->file.temporary_path(); }

Status WaveFile::Commit() {
  assert(state_);
  if (wave::IsWholeFst(temporary_path())) return state_->file.Commit();
  ::unlink(wave::HierarchyFile(temporary_path()).c_str());
  return Status::Error(state_->option + ": " + state_->file.path() +
                       ": could not be written whole; is the disk full? Nothing is left under this name");
}

}  // namespace tarn::tool
