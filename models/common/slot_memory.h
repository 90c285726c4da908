// The pool's DRAM as the pool sees it: lines numbered through, each with content and a poison mark (functional).
#pragma once

#include <cstdint>
#include <unordered_map>

#include "models/common/line_protocol.h"
#include "models/common/sparse_memory.h"

namespace tarn {

// The channel's functional model implements it; SparseSlotMemory is the plain one.
class SlotMemory {
 public:
  virtual ~SlotMemory() = default;

  // kOk or kPoison (data has what was merged so far, without meaning).
  virtual LineStatus ReadLine(std::uint64_t line, Line& data) = 0;
  // A full write (mask all ones) sets the line's poison mark to `poison`; a partial one keeps a mark that is set.
  virtual void WriteLine(std::uint64_t line, const Line& data, std::uint64_t mask, bool poison) = 0;
  // Lines 64 * page .. 64 * page + 63 at once. poison: bit i is line i.
  virtual std::uint64_t ReadPage(std::uint64_t page, Page& data) = 0;  // the poison marks
  virtual void WritePage(std::uint64_t page, const Page& data, std::uint64_t poison) = 0;
  // The content itself, or null when it must not be reached directly (a poisoned line, a model that cannot).
  // Valid until the memory is destroyed; what is written there is what ReadLine returns.
  virtual Page* Direct(std::uint64_t page) = 0;
};

class SparseSlotMemory : public SlotMemory {
 public:
  LineStatus ReadLine(std::uint64_t line, Line& data) override;
  void WriteLine(std::uint64_t line, const Line& data, std::uint64_t mask, bool poison) override;
  std::uint64_t ReadPage(std::uint64_t page, Page& data) override;
  void WritePage(std::uint64_t page, const Page& data, std::uint64_t poison) override;
  Page* Direct(std::uint64_t page) override;

  std::size_t touched_pages() const { return pages_.touched_pages(); }

 private:
  std::uint64_t PoisonOf(std::uint64_t page) const;
  void SetPoison(std::uint64_t page, std::uint64_t poison);

  SparseMemory pages_;
  std::unordered_map<std::uint64_t, std::uint64_t> poison_;  // page to its marks; only pages that have one
};

}  // namespace tarn
