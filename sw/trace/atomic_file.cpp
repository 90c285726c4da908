#include "sw/trace/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace tarn::trace {

namespace fs = std::filesystem;

namespace {

// Where a link points, even if nothing is there yet: a rename onto the link would replace the link.
std::string FollowLinks(const std::string& path) {
  constexpr int kLinksMax = 40;
  fs::path target = path;
  std::error_code error;
  for (int i = 0; i < kLinksMax && fs::is_symlink(target, error); ++i) {
    target = target.parent_path() / fs::read_symlink(target, error);
  }
  return target.string();
}

}  // namespace

Result<AtomicFile> AtomicFile::Create(const std::string& path) {
  if (path.empty()) return Status::Error("'': names no file to write");
  AtomicFile file;
  file.path_ = path;
  file.final_path_ = FollowLinks(path);
  std::error_code error;
  // A rename would put a plain file in the place of a device or a pipe.
  if (fs::exists(file.final_path_, error) && !fs::is_regular_file(file.final_path_, error)) {
    return Status::Error(path + ": is not a regular file; name a file to write");
  }
  file.temporary_path_ = file.final_path_ + ".partial-" + std::to_string(::getpid());
  file.descriptor_ = ::open(file.temporary_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file.descriptor_ < 0) {
    const int cause = errno;
    file.temporary_path_.clear();
    return file.Failed("cannot be written", cause);
  }
  return file;
}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(final_path_, other.final_path_);
  std::swap(temporary_path_, other.temporary_path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

AtomicFile::~AtomicFile() { Discard(); }

Status AtomicFile::Append(std::span<const std::uint8_t> bytes) {
  const std::uint64_t offset = size_bytes_;
  size_bytes_ += bytes.size();
  return Overwrite(offset, bytes);
}

Status AtomicFile::Overwrite(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  assert(descriptor_ >= 0 && offset + bytes.size() <= size_bytes_);
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("cannot be written", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Status AtomicFile::Commit() {
  assert(descriptor_ >= 0);
  // Some file systems tell only now that there was no room.
  if (::fsync(descriptor_) != 0) return Failed("cannot be written", errno);
  const int result = ::close(descriptor_);
  const int cause = errno;
  descriptor_ = -1;
  if (result != 0) return Failed("cannot be written", cause);
  if (std::rename(temporary_path_.c_str(), final_path_.c_str()) != 0) return Failed("cannot be renamed to", errno);
  temporary_path_.clear();
  return {};
}

Status AtomicFile::Failed(const char* doing, int error) const {
  return Status::Error(path_ + ": " + doing + ": " + std::strerror(error) + " (at byte " + std::to_string(size_bytes_) +
                       "; nothing is left under this name)");
}

void AtomicFile::Discard() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_path_.empty()) ::unlink(temporary_path_.c_str());
}

}  // namespace tarn::trace
