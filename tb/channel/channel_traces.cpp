#include "tb/channel/channel_traces.h"

#include <array>
#include <bit>

namespace tarn::channel {
namespace {

constexpr std::uint64_t kAccesses = 200'000;
constexpr unsigned kLineBits = 22;  // of the lines that are touched
constexpr std::uint32_t kLines = 1u << kLineBits;

// The Mersenne Twister as Python seeds and draws from it, so that the lines are the compared simulators'.
class PythonRandom {
 public:
  explicit PythonRandom(std::uint32_t seed) {
    Fill(19650218);
    std::uint32_t i = 1;
    for (std::uint32_t k = kSize; k > 0; --k) {
      state_[i] = (state_[i] ^ (state_[i - 1] ^ state_[i - 1] >> 30) * 1664525u) + seed;
      Advance(i);
    }
    for (std::uint32_t k = kSize - 1; k > 0; --k) {
      state_[i] = (state_[i] ^ (state_[i - 1] ^ state_[i - 1] >> 30) * 1566083941u) - i;
      Advance(i);
    }
    state_[0] = 0x80000000u;
  }

  // random.randrange(bound)
  std::uint32_t Below(std::uint32_t bound) {
    const int bits = std::bit_width(bound);
    std::uint32_t value = Next() >> (32 - bits);
    while (value >= bound) value = Next() >> (32 - bits);
    return value;
  }

 private:
  static constexpr std::uint32_t kSize = 624;
  static constexpr std::uint32_t kMiddle = 397;

  void Fill(std::uint32_t seed) {
    state_[0] = seed;
    for (std::uint32_t i = 1; i < kSize; ++i) state_[i] = 1812433253u * (state_[i - 1] ^ state_[i - 1] >> 30) + i;
  }
  void Advance(std::uint32_t& i) {
    if (++i < kSize) return;
    state_[0] = state_[kSize - 1];
    i = 1;
  }
  std::uint32_t Next() {
    if (next_ == kSize) Twist();
    std::uint32_t value = state_[next_++];
    value ^= value >> 11;
    value ^= value << 7 & 0x9D2C5680u;
    value ^= value << 15 & 0xEFC60000u;
    return value ^ value >> 18;
  }
  void Twist() {
    for (std::uint32_t i = 0; i < kSize; ++i) {
      const std::uint32_t mixed = (state_[i] & 0x80000000u) | (state_[(i + 1) % kSize] & 0x7FFFFFFFu);
      state_[i] = state_[(i + kMiddle) % kSize] ^ mixed >> 1 ^ ((mixed & 1) != 0 ? 0x9908B0DFu : 0);
    }
    next_ = 0;
  }

  std::array<std::uint32_t, kSize> state_{};
  std::uint32_t next_ = kSize;
};

// The lowest `bits` bits of a number; the rest is left in it.
std::uint64_t Take(std::uint64_t& number, unsigned bits) {
  const std::uint64_t taken = number & ((std::uint64_t{1} << bits) - 1);
  number >>= bits;
  return taken;
}

unsigned RowBits(const ModuleGeometry& geometry) {
  return kLineBits - geometry.bank_group_bits - geometry.bank_bits - geometry.column_bits;
}

// The i-th line of a stream that changes bank group with every access.
std::uint64_t Interleaved(const ModuleGeometry& geometry, std::uint64_t i) {
  const auto bank_group = static_cast<unsigned>(Take(i, geometry.bank_group_bits));
  const auto column = static_cast<unsigned>(Take(i, geometry.column_bits));
  const auto bank = static_cast<unsigned>(Take(i, geometry.bank_bits));
  return geometry.LineOf(Take(i, RowBits(geometry)), bank_group, bank, column);
}

// The i-th line of one bank, each in the next row.
std::uint64_t Strided(const ModuleGeometry& geometry, std::uint64_t i) {
  const std::uint64_t row = Take(i, RowBits(geometry));
  return geometry.LineOf(row, 0, 0, static_cast<unsigned>(Take(i, geometry.column_bits)));
}

}  // namespace

std::span<const char* const> TraceNames() {
  static constexpr std::array kNames = {"seq_bg", "seq_row", "rnd_r", "rnd_67", "add_bg", "stride"};
  return kNames;
}

std::vector<TraceAccess> MakeTrace(const std::string& name, std::uint64_t accesses, const ModuleGeometry& geometry) {
  const std::uint64_t count = accesses != 0 ? accesses : name == "stride" ? kAccesses / 10 : kAccesses;
  std::vector<TraceAccess> trace;
  PythonRandom random(1);
  if (name == "seq_bg") {
    for (std::uint64_t i = 0; i < count; ++i) trace.push_back({false, Interleaved(geometry, i)});
  } else if (name == "seq_row") {
    for (std::uint64_t i = 0; i < count; ++i) trace.push_back({false, i});
  } else if (name == "stride") {
    for (std::uint64_t i = 0; i < count; ++i) trace.push_back({false, Strided(geometry, i)});
  } else if (name == "rnd_r") {
    for (std::uint64_t i = 0; i < count; ++i) trace.push_back({false, random.Below(kLines)});
  } else if (name == "rnd_67") {
    // The script draws rnd_r's lines first, from the same generator.
    for (std::uint64_t i = 0; i < kAccesses; ++i) random.Below(kLines);
    for (std::uint64_t i = 0; i < count; ++i) {
      const bool write = random.Below(3) == 0;
      trace.push_back({write, random.Below(kLines)});
    }
  } else if (name == "add_bg") {
    // Each in rows of its own, and in another bank.
    const std::uint64_t bank = std::uint64_t{1} << (geometry.bank_group_bits + geometry.column_bits);
    const std::array<std::uint64_t, 3> starts = {0, (1 << 20) + bank, (2 << 20) + 2 * bank};
    const std::uint64_t whole = accesses != 0 ? accesses : kAccesses / 3 * 3;
    for (std::uint64_t i = 0; i < whole; ++i) {
      const std::uint64_t stream = i % starts.size();
      trace.push_back({stream == 2, Interleaved(geometry, (starts[stream] + i / starts.size()) & (kLines - 1))});
    }
  }
  return trace;
}

}  // namespace tarn::channel
