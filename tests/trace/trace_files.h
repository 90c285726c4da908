// Trace files for tests: made, read, damaged.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "sw/trace/reader.h"
#include "sw/trace/writer.h"

namespace tarn::trace {

// A folder that goes with the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tarn_trace_XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::size_t FileCount() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::string path_;
};

using Bytes = std::vector<std::uint8_t>;

inline Bytes ReadBytes(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(stream), {});
}

inline void WriteBytes(const std::string& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// Accesses of all sizes of step, over the whole range of lines and gaps.
inline std::vector<Access> RandomAccesses(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Access> accesses(count);
  std::uint64_t line = 1000;
  for (Access& access : accesses) {
    const std::uint64_t step = random() >> (random() % 64);
    line = (random() % 4 == 0 ? step : line + step) % kLineEnd;
    access = {
        .line = line, .write = random() % 3 == 0, .gap = static_cast<std::uint32_t>(random() >> (32 + random() % 32))};
  }
  return accesses;
}

// The status of writing the accesses to `path`.
inline Status WriteTrace(const std::string& path, const std::vector<Access>& accesses, const Metadata& metadata = {},
                         Ending ending = Ending::kComplete) {
  Result<Writer> writer = Writer::Create(path, metadata);
  if (!writer.ok()) return writer.status();
  for (const Access& access : accesses) {
    if (Status status = writer->Append(access); !status.ok()) return status;
  }
  return writer->Close(ending);
}

// All of a file's accesses that Next gave out, and how it ended.
struct ReadOutcome {
  std::vector<Access> accesses;
  Status status;
};

inline ReadOutcome ReadTrace(const std::string& path) {
  ReadOutcome outcome;
  Result<Reader> reader = Reader::Open(path);
  if (!reader.ok()) {
    outcome.status = reader.status();
    return outcome;
  }
  Access access;
  while (true) {
    const Result<bool> more = reader->Next(access);
    if (!more.ok()) {
      outcome.status = more.status();
      return outcome;
    }
    if (!*more) return outcome;
    outcome.accesses.push_back(access);
  }
}

}  // namespace tarn::trace
