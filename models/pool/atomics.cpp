#include "models/pool/atomics.h"

#include <bit>
#include <cassert>
#include <cstring>

namespace tarn::pool {

bool AtomicIsLegal(Op op, std::uint64_t mask) {
  const int size_bytes = std::popcount(mask);
  if (size_bytes != 4 && size_bytes != 8 && !(size_bytes == 16 && op == Op::kCompareSwap)) return false;
  const int first = std::countr_zero(mask);
  return first % size_bytes == 0 && mask >> first == (std::uint64_t{1} << size_bytes) - 1;
}

bool ApplyAtomic(Op op, std::uint64_t mask, const Line& operand, Line& line) {
  assert(AtomicIsLegal(op, mask));
  const int first = std::countr_zero(mask);
  const auto size_bytes = static_cast<std::size_t>(std::popcount(mask));
  std::uint8_t* target = line.data() + first;
  const std::uint8_t* value = operand.data() + first;
  if (op == Op::kCompareSwap) {
    const std::uint8_t* expected = operand.data() + (first + 32) % 64;
    if (std::memcmp(target, expected, size_bytes) != 0) return false;
    std::memcpy(target, value, size_bytes);
    return true;
  }
  std::uint64_t old = 0;
  std::uint64_t with = 0;
  std::memcpy(&old, target, size_bytes);
  std::memcpy(&with, value, size_bytes);
  std::uint64_t now = with;  // kSwap
  if (op == Op::kFetchOr) now = old | with;
  if (op == Op::kFetchAnd) now = old & with;
  if (op == Op::kFetchAdd) now = old + with;  // wraps at the operand's size: only its bytes are stored
  std::memcpy(target, &now, size_bytes);
  return true;
}

}  // namespace tarn::pool
