// What a golden model in a test can do: values of its register `capabilities` (section 6.3).
#pragma once

#include <cstdint>

namespace tarn::iommu {

inline constexpr std::uint64_t kEveryCapability = 0xFFF'FFEF'CF10;
// Sv39, ATS, the monitor and the debug interface: what else there is, a test names.
inline constexpr std::uint64_t kFewCapabilities = 1 << 9 | 1 << 25 | 1 << 30 | std::uint64_t{1} << 31;

}  // namespace tarn::iommu
