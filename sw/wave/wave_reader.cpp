#include "sw/wave/wave_reader.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "sw/wave/fst_reader.h"
#include "sw/wave/vcd_reader.h"

namespace tarn::wave {

std::array<char, 64> RealBits(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.16g", number);
  const auto word = std::bit_cast<std::uint64_t>(std::strtod(text.data(), nullptr));
  std::array<char, 64> bits{};
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = (word >> (bits.size() - 1 - i) & 1) != 0 ? '1' : '0';
  return bits;
}

Result<std::unique_ptr<WaveReader>> WaveReader::Open(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 1> first{};
  if (!file) return Status::Error((path.empty() ? "''" : path) + ": cannot be read");
  if (!file.read(first.data(), first.size())) return Status::Error(path + ": is empty, or no file");
  constexpr char kFstHeader = 0;
  constexpr auto kFstCompressed = static_cast<char>(254);
  if (first[0] == kFstHeader || first[0] == kFstCompressed) return OpenFst(path);
  if (first[0] == '$' || first[0] == ' ' || first[0] == '\n' || first[0] == '\r' || first[0] == '\t') {
    return OpenVcd(path);
  }
  return Status::Error(path + ": is neither FST nor VCD");
}

}  // namespace tarn::wave
