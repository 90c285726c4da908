// What a trace is made of: accesses to 64-byte lines of a program's virtual address space.
#pragma once

#include <cstdint>

namespace tarn::trace {

// Lines are counted from virtual address 0: line = address / 64, so a line is below kLineEnd.
inline constexpr std::uint64_t kLineEnd = std::uint64_t{1} << 58;

// One line access.
struct Access {
  std::uint64_t line = 0;  // below kLineEnd
  bool write = false;
  // What passed since the access before, in Metadata::gap_unit; a larger gap is kept as the largest value.
  std::uint32_t gap = 0;

  friend bool operator==(const Access&, const Access&) = default;
};

}  // namespace tarn::trace
