// The output of `valgrind --tool=lackey --trace-mem=yes`: one reference a line,
//   "I  04001000,3"   instruction fetch (address hexadecimal, size decimal)
//   " L 1fff000708,8" load     " S …" store     " M …" load, then store of the same bytes
// and valgrind's own messages, "==pid== text" (or "--pid--", "**pid**").
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "models/common/result.h"
#include "sw/trace/access.h"
#include "sw/trace/cache_filter.h"
#include "sw/trace/metadata.h"

namespace tarn::trace {

struct LackeyReference {
  enum class Kind : char { kInstruction = 'I', kLoad = 'L', kStore = 'S', kModify = 'M' };
  Kind kind = Kind::kLoad;
  std::uint64_t address = 0;
  std::uint32_t size_bytes = 0;  // 1 to 4096
};

// Whether the line is a message of valgrind's.
bool IsValgrindMessage(std::string_view line);
// Nothing if the line is not a reference as above.
std::optional<LackeyReference> ParseLackeyLine(std::string_view line);

// Turns references into line accesses, through a cache or (without `filter`) each for each; instructions fetched
// make the gaps.
class LackeyDecoder {
 public:
  // REQUIRES: CacheFilter::Check(*filter).ok(), if there is one. `instructions` counts only without `filter`, which
  // has its own: whether instruction fetches are accesses too.
  explicit LackeyDecoder(const std::optional<CacheFilterConfig>& filter, bool instructions = false);

  // Appends what the reference sends to memory.
  void Decode(const LackeyReference& reference, std::vector<Access>& traffic);
  // Appends what the end sends to memory, if the filter is one that flushes.
  void End(std::vector<Access>& traffic);

  std::uint64_t references() const { return references_; }
  std::uint64_t instructions() const { return instructions_; }

 private:
  void Refer(const LackeyReference& reference, bool write, std::vector<Access>& traffic);

  std::optional<CacheFilter> filter_;
  bool flush_ = false;
  bool with_instructions_;
  std::uint64_t references_ = 0;
  std::uint64_t instructions_ = 0;
  std::uint64_t instructions_at_last_access_ = 0;
};

}  // namespace tarn::trace
