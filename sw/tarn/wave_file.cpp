#include "sw/tarn/wave_file.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <utility>

#include "sw/tarn/commands.h"
#include "sw/trace/atomic_file.h"

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

// The library keeps the names of signals beside the waves until it closes them.
std::string HierarchyFile(const std::string& waves) { return waves + ".hier"; }

// An FST file is a sequence of blocks, a type and a big-endian length each, which counts itself. Type 255 is a block
// that was not finished. Whole: the blocks end where the file does, and the signals' geometry and names are there.
bool IsWholeFst(const std::string& path) {
  constexpr int kGeometry = 3;
  constexpr std::array kNames = {4, 6, 7};
  constexpr int kUnfinished = 255;
  std::error_code error;
  const std::uint64_t file_bytes = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  bool geometry = false;
  bool names = false;
  std::uint64_t at = 0;
  while (!error && at < file_bytes) {
    std::array<unsigned char, 9> header{};
    file.seekg(static_cast<std::streamoff>(at));
    if (!file.read(reinterpret_cast<char*>(header.data()), header.size())) return false;
    std::uint64_t block_bytes = 0;
    for (std::size_t i = 1; i < header.size(); ++i) block_bytes = block_bytes << 8 | header[i];
    if (header[0] == kUnfinished || block_bytes < 8 || block_bytes > file_bytes - at - 1) return false;
    geometry = geometry || header[0] == kGeometry;
    for (const int kind : kNames) names = names || header[0] == kind;
    at += 1 + block_bytes;
  }
  return geometry && names;
}

}  // namespace

struct WaveFile::State {
  explicit State(trace::AtomicFile atomic_file) : file(std::move(atomic_file)) {}
  trace::AtomicFile file;
};

WaveFile::WaveFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
WaveFile::WaveFile(WaveFile&&) noexcept = default;

WaveFile::~WaveFile() {
  if (state_) OnBusError(SIG_DFL);
}

Result<WaveFile> WaveFile::Create(const std::string& path) {
  Result<trace::AtomicFile> file = trace::AtomicFile::Create(path);
  if (!file.ok()) return Status::Error("--waves: " + file.status().message());
  const std::string& waves = file->temporary_path();
  last_words = {.message = "tarn run: --waves: " + path + ": cannot be written; is the disk full? Nothing is left\n",
                .files = {waves, HierarchyFile(waves)}};
  OnBusError(GiveUp);
  return WaveFile(std::make_unique<State>(std::move(*file)));
}

const std::string& WaveFile::temporary_path() const { return state_->file.temporary_path(); }

Status WaveFile::Commit() {
  assert(state_);
  if (IsWholeFst(temporary_path())) return state_->file.Commit();
  ::unlink(HierarchyFile(temporary_path()).c_str());
  return Status::Error("--waves: " + state_->file.path() +
                       ": could not be written whole; is the disk full? Nothing is left under this name");
}

}  // namespace tarn::tool
