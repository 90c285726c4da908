// Content of a memory module that is not zero where nothing was written: each line's is a function of a seed and of the
// line, so that one that comes from the wrong place is seen. Keeps only what was written.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "models/common/random.h"
#include "models/common/slot_memory.h"

namespace tarn::channel {

class SeededMemory : public SlotMemory {
 public:
  explicit SeededMemory(std::uint64_t seed) : seed_(seed) {}

  static Line InitialLine(std::uint64_t seed, std::uint64_t line) { return SeededLine(seed << 40 | line); }

  LineStatus ReadLine(std::uint64_t line, Line& data) override;
  void WriteLine(std::uint64_t line, const Line& data, std::uint64_t mask, bool poison) override;
  std::uint64_t ReadPage(std::uint64_t page, Page& data) override;
  void WritePage(std::uint64_t page, const Page& data, std::uint64_t poison) override;
  Page* Direct(std::uint64_t) override { return nullptr; }

 private:
  struct Written {
    Line data;
    bool poison;
  };
  std::uint64_t seed_;
  std::unordered_map<std::uint64_t, Written> written_;
};

}  // namespace tarn::channel
