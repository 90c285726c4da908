#include "sw/wave/comparison.h"

#include <algorithm>

namespace tarn::wave {

bool CompareOptions::IsInside(std::uint64_t cycle) const {
  return windows.empty() || std::any_of(windows.begin(), windows.end(), [&](const Window& window) {
           return cycle >= window.from && cycle <= window.to;
         });
}

bool CompareOptions::Same(std::string_view dut, std::string_view golden) const {
  if (dut == golden) return true;
  return golden_x_is_anything && std::equal(dut.begin(), dut.end(), golden.begin(), golden.end(),
                                            [](char a, char b) { return a == b || b == 'x'; });
}

const char* KindName(DifferenceKind kind) {
  switch (kind) {
    case DifferenceKind::kValue:
      return "value";
    case DifferenceKind::kLatency:
      return "latency";
    case DifferenceKind::kOnlyDut:
      return "only_dut";
    case DifferenceKind::kOnlyGolden:
      return "only_golden";
    case DifferenceKind::kCycles:
      return "cycles";
  }
  return "";
}

}  // namespace tarn::wave
