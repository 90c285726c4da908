// The checksum that the pool keeps of a page on bulk (rtl/pool/README.md, "Checksums").
#pragma once

#include <cstdint>

#include "models/common/sparse_memory.h"

namespace tarn::pool {

// CRC-32, as zlib computes it, of the page's bytes; a line that poison marks (bit i: line i) counts as 64 bytes A5.
std::uint32_t PageChecksum(const Page& page, std::uint64_t poison);

}  // namespace tarn::pool
