// A file that appears under its name only when it is whole.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "models/common/result.h"

namespace tarn::trace {

// Written under a temporary name beside `path`; Commit renames it. Going without Commit removes it. Errors name
// the file and the cause ("No space left on device").
class AtomicFile {
 public:
  static Result<AtomicFile> Create(const std::string& path);

  AtomicFile(AtomicFile&& other) noexcept { *this = std::move(other); }
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  Status Append(std::span<const std::uint8_t> bytes);
  // Overwrites what was appended at `offset`.
  Status Overwrite(std::uint64_t offset, std::span<const std::uint8_t> bytes);
  // Makes the content durable and gives it its name.
  Status Commit();

  // Where the content stands until Commit, for writers that want a name.
  const std::string& temporary_path() const { return temporary_path_; }
  std::uint64_t size_bytes() const { return size_bytes_; }
  const std::string& path() const { return path_; }

 private:
  AtomicFile() = default;
  Status Failed(const char* doing, int error) const;
  void Discard();

  std::string path_;            // as the user named it, for messages
  std::string final_path_;      // with links followed
  std::string temporary_path_;  // empty when there is nothing to remove
  int descriptor_ = -1;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace tarn::trace
