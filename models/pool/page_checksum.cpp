#include "models/pool/page_checksum.h"

#include <zlib.h>

#include <cstring>

#include "models/common/units.h"

namespace tarn::pool {

std::uint32_t PageChecksum(const Page& page, std::uint64_t poison) {
  constexpr int kLostByte = 0xA5;
  if (poison == 0) return static_cast<std::uint32_t>(crc32(0, page.bytes.data(), kPageBytes));
  Page marked = page;
  for (std::uint32_t line = 0; line < kLinesPerPage; ++line) {
    if ((poison >> line & 1) != 0) std::memset(marked.line(line), kLostByte, kLineBytes);
  }
  return static_cast<std::uint32_t>(crc32(0, marked.bytes.data(), kPageBytes));
}

}  // namespace tarn::pool
