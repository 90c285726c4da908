#include "sw/wave/fst_blocks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>

namespace tarn::wave {

namespace {

std::uint64_t BigEndian(const unsigned char* bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

// Whether a block whose length was just read can hold what it says: the library believes it, and writes as many bytes
// into a temporary file.
bool CanUnpack(std::ifstream& file, std::uint64_t block_bytes) {
  constexpr std::uint64_t kRatioMax = 1100;  // of gzip's format 1,032, of LZ4's 255
  std::array<unsigned char, 8> bytes{};
  if (!file.read(reinterpret_cast<char*>(bytes.data()), bytes.size())) return false;
  return BigEndian(bytes.data()) / kRatioMax <= block_bytes;
}

}  // namespace

// An FST file is a sequence of blocks, a type and a big-endian length each, which counts itself. Type 255 is a block
// that was not finished; type 254 holds a whole file, compressed.
bool IsWholeFst(const std::string& path) {
  constexpr std::array kPacked = {4, 6, 7, 254};  // those that begin with the bytes they have when unpacked
  constexpr int kGeometry = 3;
  constexpr std::array kNames = {4, 6, 7};
  constexpr int kCompressed = 254;
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
    const std::uint64_t block_bytes = BigEndian(&header[1]);
    if (header[0] == kUnfinished || block_bytes < 8 || block_bytes > file_bytes - at - 1) return false;
    geometry = geometry || header[0] == kGeometry || header[0] == kCompressed;
    names = names || header[0] == kCompressed;
    for (const int kind : kNames) names = names || header[0] == kind;
    if (std::find(kPacked.begin(), kPacked.end(), header[0]) != kPacked.end() && !CanUnpack(file, block_bytes)) {
      return false;
    }
    at += 1 + block_bytes;
  }
  return geometry && names;
}

std::string HierarchyFile(const std::string& waves) { return waves + ".hier"; }

}  // namespace tarn::wave
