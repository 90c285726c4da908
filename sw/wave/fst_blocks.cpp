#include "sw/wave/fst_blocks.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>

namespace tarn::wave {

// An FST file is a sequence of blocks, a type and a big-endian length each, which counts itself. Type 255 is a block
// that was not finished; type 254 holds a whole file, compressed.
bool IsWholeFst(const std::string& path) {
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
    std::uint64_t block_bytes = 0;
    for (std::size_t i = 1; i < header.size(); ++i) block_bytes = block_bytes << 8 | header[i];
    if (header[0] == kUnfinished || block_bytes < 8 || block_bytes > file_bytes - at - 1) return false;
    geometry = geometry || header[0] == kGeometry || header[0] == kCompressed;
    names = names || header[0] == kCompressed;
    for (const int kind : kNames) names = names || header[0] == kind;
    at += 1 + block_bytes;
  }
  return geometry && names;
}

std::string HierarchyFile(const std::string& waves) { return waves + ".hier"; }

}  // namespace tarn::wave
