// The cache between a program and its memory: of all references only what a cache of this shape would send on is
// kept. Set-associative, write-back, write-allocate, least recently used.
#pragma once

#include <cstdint>
#include <vector>

#include "models/common/result.h"
#include "sw/trace/access.h"
#include "sw/trace/metadata.h"

namespace tarn::trace {

class CacheFilter {
 public:
  // Whether a cache can have this shape: ways 1 to 64; lines of 64 to 4096 bytes, a power of two; size a power-of-two
  // multiple of ways x line, at most 1 GiB.
  static Status Check(const CacheFilterConfig& config);

  // REQUIRES: Check(config).ok().
  explicit CacheFilter(const CacheFilterConfig& config);

  // A reference to bytes [address, address + size_bytes). Appends the lines it brings in as reads, each followed by
  // the dirty lines it drives out as writes; gaps are 0.
  // REQUIRES: size_bytes is 1 to 4096, address + size_bytes - 1 does not pass the end of the address space.
  void Reference(std::uint64_t address, std::uint32_t size_bytes, bool write, std::vector<Access>& traffic);

  // Appends every dirty line as a write, by rising set; the lines stay, clean.
  void Flush(std::vector<Access>& traffic);

 private:
  struct Entry {
    std::uint64_t block = kNoBlock;  // address / line_bytes
    bool dirty = false;
  };
  static constexpr std::uint64_t kNoBlock = ~std::uint64_t{0};

  void ReferenceBlock(std::uint64_t block, bool write, std::vector<Access>& traffic);
  void Emit(std::uint64_t block, bool write, std::vector<Access>& traffic) const;

  std::uint32_t ways_;
  int block_shift_;
  std::uint64_t set_mask_;
  std::vector<Entry> entries_;  // set after set, each from the most to the least recently used
};

}  // namespace tarn::trace
