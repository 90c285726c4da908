#include "sw/net/spare_bytes.h"

#include <array>
#include <bit>
#include <utility>

namespace tarn::net {

namespace {

constexpr std::size_t kBytesMin = 1024;  // smaller ones the system's allocator is quick with
constexpr std::size_t kBytesMax = 2 << 20;
constexpr std::size_t kHeldBytesMax = 32 << 20;
constexpr int kStepBits = 3;  // so many bits of a capacity beside the first one: an eighth is lost at most
constexpr std::size_t kClasses = std::size_t{64} << kStepBits;

std::size_t Rounded(std::size_t bytes) {
  const std::size_t step = std::bit_floor(bytes) >> kStepBits;
  return (bytes + step - 1) / step * step;
}

// Of a capacity that Rounded() gave.
std::size_t ClassOf(std::size_t capacity) {
  const auto first = static_cast<int>(std::bit_width(capacity)) - 1;
  return static_cast<std::size_t>(first) << kStepBits | (capacity >> (first - kStepBits) & ((1U << kStepBits) - 1));
}

struct Spares {
  std::array<std::vector<Bytes>, kClasses> by_class;
  std::size_t held_bytes = 0;
};

Spares& Mine() {
  thread_local Spares spares;
  return spares;
}

struct Returned {
  explicit Returned(Bytes taken) : bytes(std::move(taken)) {}
  Returned(const Returned&) = delete;
  Returned& operator=(const Returned&) = delete;
  ~Returned() { GiveSpare(std::move(bytes)); }
  Bytes bytes;
};

}  // namespace

Bytes TakeSpare(std::size_t bytes) {
  if (bytes < kBytesMin || bytes > kBytesMax) return Bytes(bytes);
  const std::size_t capacity = Rounded(bytes);
  Spares& spares = Mine();
  std::vector<Bytes>& some = spares.by_class[ClassOf(capacity)];
  Bytes taken;
  if (some.empty()) {
    taken.reserve(capacity);
  } else {
    taken = std::move(some.back());
    some.pop_back();
    spares.held_bytes -= capacity;
  }
  taken.resize(bytes);  // one of the same size keeps what it has
  return taken;
}

void GiveSpare(Bytes bytes) {
  const std::size_t capacity = bytes.capacity();
  if (capacity < kBytesMin || capacity > kBytesMax || Rounded(capacity) != capacity) return;
  Spares& spares = Mine();
  if (spares.held_bytes + capacity > kHeldBytesMax) return;
  spares.held_bytes += capacity;
  spares.by_class[ClassOf(capacity)].push_back(std::move(bytes));
}

std::shared_ptr<const Bytes> ShareSpare(Bytes bytes) {
  const auto returned = std::make_shared<Returned>(std::move(bytes));
  return {returned, &returned->bytes};
}

}  // namespace tarn::net
