#include "sw/trace/block_codec.h"

#include <zstd.h>

#include <cassert>
#include <limits>
#include <string>

#include "sw/trace/file_format.h"

namespace tarn::trace {

namespace {

static_assert(ZSTD_COMPRESSBOUND(kBlockRawBytesMax) <= kBlockStoredBytesMax);

// Small numbers of either sign become small unsigned ones: 0, -1, 1, -2, … -> 0, 1, 2, 3, …
std::uint64_t ZigZag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t UnZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// LEB128: 7 bits a byte, the lowest first, the top bit says that more follow.
void PutVarint(std::vector<std::uint8_t>& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

// Takes a varint of at most `bits` bits off the front; false if there is none.
bool TakeVarint(std::span<const std::uint8_t>& bytes, int bits, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < bits && !bytes.empty(); shift += 7) {
    const std::uint8_t byte = bytes.front();
    bytes = bytes.subspan(1);
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return bits == 64 || value >> bits == 0;
  }
  return false;
}

constexpr int kKeyBits = 60;  // a difference of 58-bit lines, its sign, and the kind
constexpr int kGapBits = 32;

}  // namespace

BlockEncoder::BlockEncoder(int level) : context_(ZSTD_createCCtx()) {
  assert(context_ != nullptr);
  [[maybe_unused]] const std::size_t result = ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, level);
  assert(!ZSTD_isError(result));
  raw_.reserve(kBlockRawBytesMax);
  stored_.resize(kBlockStoredBytesMax);
}

BlockEncoder::~BlockEncoder() { ZSTD_freeCCtx(context_); }

BlockEncoder::Encoded BlockEncoder::Encode(std::span<const Access> accesses) {
  assert(!accesses.empty() && accesses.size() <= kBlockRecordsMax);
  raw_.clear();
  // Reads and writes are streams of their own (misses and evictions): each is near to its own predecessor.
  std::uint64_t last_line[2] = {0, 0};
  for (const Access& access : accesses) {
    assert(access.line < kLineEnd);
    std::uint64_t& last = last_line[access.write ? 1 : 0];
    PutVarint(raw_, ZigZag(static_cast<std::int64_t>(access.line - last)) << 1 | (access.write ? 1 : 0));
    last = access.line;
  }
  for (const Access& access : accesses) PutVarint(raw_, access.gap);
  assert(raw_.size() <= kBlockRawBytesMax);
  const std::size_t size = ZSTD_compress2(context_, stored_.data(), stored_.size(), raw_.data(), raw_.size());
  assert(!ZSTD_isError(size));
  return {static_cast<std::uint32_t>(raw_.size()), std::span(stored_).first(size)};
}

BlockDecoder::BlockDecoder() : context_(ZSTD_createDCtx()), raw_(kBlockRawBytesMax) { assert(context_ != nullptr); }

BlockDecoder::~BlockDecoder() { ZSTD_freeDCtx(context_); }

Status BlockDecoder::Decode(std::uint32_t records, std::uint32_t raw_bytes, std::span<const std::uint8_t> stored,
                            std::vector<Access>& accesses) {
  accesses.clear();
  const std::size_t size = ZSTD_decompressDCtx(context_, raw_.data(), raw_.size(), stored.data(), stored.size());
  if (ZSTD_isError(size)) return Status::Error(std::string("cannot be decompressed: ") + ZSTD_getErrorName(size));
  if (size != raw_bytes) {
    return Status::Error("holds " + std::to_string(size) + " bytes where its header says " + std::to_string(raw_bytes));
  }
  std::span<const std::uint8_t> rest = std::span(raw_).first(size);
  accesses.resize(records);
  std::uint64_t last_line[2] = {0, 0};
  for (Access& access : accesses) {
    std::uint64_t key = 0;
    if (!TakeVarint(rest, kKeyBits, key)) return Status::Error("a record's line is malformed");
    access.write = (key & 1) != 0;
    std::uint64_t& last = last_line[access.write ? 1 : 0];
    last += static_cast<std::uint64_t>(UnZigZag(key >> 1));
    if (last >= kLineEnd) return Status::Error("a record's line is outside the 64-bit address space");
    access.line = last;
  }
  for (Access& access : accesses) {
    std::uint64_t gap = 0;
    if (!TakeVarint(rest, kGapBits, gap)) return Status::Error("a record's gap is malformed");
    access.gap = static_cast<std::uint32_t>(gap);
  }
  if (!rest.empty()) return Status::Error("holds more bytes than its records need");
  return {};
}

}  // namespace tarn::trace
