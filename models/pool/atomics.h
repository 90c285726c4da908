// Atomic operations on a line (rtl/common/line_protocol.json says how operands lie).
#pragma once

#include <cstdint>

#include "models/common/line_protocol.h"

namespace tarn::pool {

constexpr bool IsAtomic(Op op) { return op >= Op::kCompareSwap; }
constexpr bool ChangesLine(Op op) { return op != Op::kRead; }

// The mask marks one naturally aligned operand of a size that the operation has.
bool AtomicIsLegal(Op op, std::uint64_t mask);
// Performs it on `line`. False when a compare did not match: nothing changed. REQUIRES: AtomicIsLegal(op, mask).
bool ApplyAtomic(Op op, std::uint64_t mask, const Line& operand, Line& line);

}  // namespace tarn::pool
