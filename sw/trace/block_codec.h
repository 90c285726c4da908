// The records of one block <-> bytes. Private to sw/trace.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/common/result.h"
#include "sw/trace/access.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace tarn::trace {

// Packs a block on its own: no state is carried from one block to the next.
class BlockEncoder {
 public:
  explicit BlockEncoder(int level);  // zstd's compression level
  ~BlockEncoder();

  struct Encoded {
    std::uint32_t raw_bytes = 0;
    std::span<const std::uint8_t> stored;  // good until the next call
  };
  // REQUIRES: 1 to kBlockRecordsMax accesses.
  Encoded Encode(std::span<const Access> accesses);

 private:
  ZSTD_CCtx_s* context_;
  std::vector<std::uint8_t> raw_;
  std::vector<std::uint8_t> stored_;
};

class BlockDecoder {
 public:
  BlockDecoder();
  ~BlockDecoder();

  // Replaces `accesses` by the `records` that `stored` holds. An error says what is wrong, for bytes that no
  // BlockEncoder wrote; whatever the bytes are, nothing worse happens.
  Status Decode(std::uint32_t records, std::uint32_t raw_bytes, std::span<const std::uint8_t> stored,
                std::vector<Access>& accesses);

 private:
  ZSTD_DCtx_s* context_;
  std::vector<std::uint8_t> raw_;
};

}  // namespace tarn::trace
