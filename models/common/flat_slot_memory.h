// The pool's DRAM in one piece of memory that its maker provides, so that it can be shared with other processes.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>

#include "models/common/slot_memory.h"

namespace tarn {

// pages: as many as the slots have; lives as long as this.
class FlatSlotMemory : public SlotMemory {
 public:
  explicit FlatSlotMemory(std::span<Page> pages) : pages_(pages) {}

  LineStatus ReadLine(std::uint64_t line, Line& data) override;
  void WriteLine(std::uint64_t line, const Line& data, std::uint64_t mask, bool poison) override;
  std::uint64_t ReadPage(std::uint64_t page, Page& data) override;
  void WritePage(std::uint64_t page, const Page& data, std::uint64_t poison) override;
  Page* Direct(std::uint64_t page) override;

  // Where a page that Direct gave stands.
  std::uint64_t NumberOf(const std::uint8_t* page) const {
    return static_cast<std::uint64_t>(page - pages_.front().bytes.data()) / kPageBytes;
  }

 private:
  std::uint64_t PoisonOf(std::uint64_t page) const;

  std::span<Page> pages_;
  std::unordered_map<std::uint64_t, std::uint64_t> poison_;  // page to its marks; only pages that have one
};

}  // namespace tarn
