#include "models/channel/mode_registers.h"

#include <array>

namespace tarn::channel {
namespace {

std::vector<CodedTiming> Ddr3(const ModeWrite& write) {
  static constexpr std::array<std::uint32_t, 16> kCas = {0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0, 0, 0, 0, 0};
  static constexpr std::array<std::uint32_t, 8> kRecovery = {16, 5, 6, 7, 8, 10, 12, 14};
  const std::uint32_t value = write.value;
  switch (write.number) {
    case 0:
      return {{"CL", kCas[(value >> 2 & 1) << 3 | (value >> 4 & 7)]}, {"WR", kRecovery[value >> 9 & 7]}};
    case 2:
      return {{"CWL", 5 + (value >> 3 & 7)}};
    default:
      return {};
  }
}

std::vector<CodedTiming> Ddr4(const ModeWrite& write) {
  static constexpr std::array<std::uint32_t, 16> kCas = {9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 23, 17, 19, 21};
  static constexpr std::array<std::uint32_t, 8> kCasWrite = {9, 10, 11, 12, 14, 16, 18, 20};
  static constexpr std::array<std::uint32_t, 8> kRecovery = {10, 12, 14, 16, 18, 20, 24, 22};
  const std::uint32_t value = write.value;
  switch (write.number) {
    case 0:
      return {{"CL", kCas[(value >> 4 & 7) << 1 | (value >> 2 & 1)]},
              {"WR", (value >> 13 & 1) != 0 ? 0 : kRecovery[value >> 9 & 7]}};
    case 2:
      return {{"CWL", kCasWrite[value >> 3 & 7]}};
    case 6:
      return {{"CCD_L", 4 + (value >> 10 & 7)}};
    default:
      return {};
  }
}

std::vector<CodedTiming> Ddr5(const ModeWrite& write) {
  static constexpr std::array<std::uint32_t, 16> kRecovery = {48, 54, 60, 66, 72, 78, 84, 90, 96, 0, 0, 0, 0, 0, 0, 0};
  static constexpr std::array<std::uint32_t, 16> kReadToPrecharge = {12, 14, 15, 17, 18, 20, 21, 23,
                                                                     24, 0,  0,  0,  0,  0,  0,  0};
  static constexpr std::array<std::uint32_t, 16> kSameGroup = {8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 0, 0, 0, 0, 0, 0};
  const std::uint32_t value = write.value;
  switch (write.number) {
    case 0: {
      const std::uint32_t cas = 22 + 2 * (value >> 2 & 31);
      return {{"CL", cas}, {"CWL", cas - 2}};
    }
    case 6:
      return {{"WR", kRecovery[value & 15]}, {"RTP", kReadToPrecharge[value >> 4 & 15]}};
    case 13:
      return {{"CCD_L", kSameGroup[value & 15]}};
    default:
      return {};
  }
}

std::vector<CodedTiming> Lpddr4(const ModeWrite& write) {
  static constexpr std::array<std::uint32_t, 8> kRead = {6, 10, 14, 20, 24, 28, 32, 36};
  static constexpr std::array<std::uint32_t, 8> kWrite = {4, 6, 8, 10, 12, 14, 16, 18};
  static constexpr std::array<std::uint32_t, 8> kRecovery = {6, 10, 16, 20, 24, 30, 34, 40};
  const std::uint32_t value = write.value;
  switch (write.number) {
    case 1:
      return {{"WR", kRecovery[value >> 4 & 7]}};
    case 2:
      return {{"CL", kRead[value & 7]}, {"CWL", (value >> 6 & 1) != 0 ? 0 : kWrite[value >> 3 & 7]}};
    default:
      return {};
  }
}

// Its commands go out so many clocks after the controller says them (preset.h): the latencies that it sees are longer.
std::vector<CodedTiming> Sdr(const ModeWrite& write) {
  if (write.number != 0) return {};
  const std::uint32_t cas = write.value >> 4 & 7;
  return {{"CL", cas == 2 || cas == 3 ? cas + kSdrCommandDelay : 0}, {"CWL", kSdrCommandDelay}};
}

}  // namespace

const char* Name(DramStandard standard) {
  static constexpr std::array kNames = {"DDR3", "DDR4", "DDR5", "LPDDR4", "SDR"};
  return kNames[static_cast<std::size_t>(standard)];
}

std::vector<CodedTiming> TimingsCodedBy(DramStandard standard, const ModeWrite& write) {
  switch (standard) {
    case DramStandard::kDdr3:
      return Ddr3(write);
    case DramStandard::kDdr4:
      return Ddr4(write);
    case DramStandard::kDdr5:
      return Ddr5(write);
    case DramStandard::kLpddr4:
      return Lpddr4(write);
    case DramStandard::kSdr:
      return Sdr(write);
  }
  return {};
}

std::span<const std::uint32_t> NeededModeRegisters(DramStandard standard) {
  static constexpr std::array<std::uint32_t, 4> kDdr3 = {0, 1, 2, 3};
  static constexpr std::array<std::uint32_t, 7> kDdr4 = {0, 1, 2, 3, 4, 5, 6};
  static constexpr std::array<std::uint32_t, 3> kDdr5 = {0, 6, 13};
  static constexpr std::array<std::uint32_t, 3> kLpddr4 = {1, 2, 3};
  static constexpr std::array<std::uint32_t, 1> kSdr = {0};
  switch (standard) {
    case DramStandard::kDdr3:
      return kDdr3;
    case DramStandard::kDdr4:
      return kDdr4;
    case DramStandard::kDdr5:
      return kDdr5;
    case DramStandard::kLpddr4:
      return kLpddr4;
    case DramStandard::kSdr:
      return kSdr;
  }
  return {};
}

}  // namespace tarn::channel
