// Waves for tests: written as FST, or as VCD text, from the same description.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tarn::wave {

class WaveWriter {
 public:
  // By the name's end: .vcd, else FST.
  static std::unique_ptr<WaveWriter> Create(const std::string& path);

  WaveWriter() = default;
  WaveWriter(const WaveWriter&) = delete;
  WaveWriter& operator=(const WaveWriter&) = delete;
  virtual ~WaveWriter() = default;

  // One scope at a time.
  virtual void Scope(const std::string& name) = 0;
  virtual void EndScope() = 0;
  // Answers what Set wants. REQUIRES: no time was given yet.
  virtual std::uint32_t Declare(const std::string& name, std::uint32_t bits) = 0;
  // With the names of its values, 0 and up, where the format has them.
  virtual std::uint32_t DeclareEnum(const std::string& name, std::uint32_t bits,
                                    const std::vector<std::string>& values) = 0;
  virtual void Time(std::uint64_t time) = 0;
  virtual void Set(std::uint32_t signal, const std::string& bits) = 0;
};

std::string Binary(std::uint64_t value, std::uint32_t bits);

// What happens on the port `tb.request`: valid, ready, and a payload of id (4 bits), op (2 bits, Read, Write, Flush)
// and data (64 bits).
struct Beat {
  std::uint64_t cycle = 0;  // each beat of a wave has another one, in rising order
  std::uint64_t id = 0;
  std::uint64_t op = 0;
  std::uint64_t data = 0;
  std::uint64_t wait_cycles = 0;  // valid without ready before `cycle`
};

struct BeatWave {
  std::vector<Beat> beats;
  std::uint64_t cycles = 0;  // 0: two after the last beat
  bool answers = false;      // a port `tb.response`, valid and id only, two cycles after each beat
  std::string extra;         // a signal of 8 bits of this name in tb, which counts cycles; empty: none
  std::uint64_t noise = 0;   // what stands in data while nothing is valid
  std::string scope = "tb";
  std::uint32_t data_bits = 64;
};

// A cycle c takes from time 10 c, where the clock falls and the signals change, to 10 c + 5, where it rises.
void WriteBeats(const std::string& path, const BeatWave& wave);

}  // namespace tarn::wave
