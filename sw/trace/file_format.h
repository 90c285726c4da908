// The bytes of a trace file (docs/trace-format.md), apart from the records inside the blocks (block_codec.h).
// Private to sw/trace: others use Reader and Writer.
//
//   preamble (96 bytes) | metadata (JSON) | block 1 | block 2 | …      all integers little-endian
//
// The preamble holds the summary; the writer fills it in when it closes the file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "models/common/result.h"
#include "sw/trace/metadata.h"

namespace tarn::trace {

inline constexpr std::array<std::uint8_t, 8> kMagic = {'T', 'A', 'R', 'N', 'T', 'R', 'C', '\n'};
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kPreambleBytes = 96;
inline constexpr std::size_t kBlockHeaderBytes = 16;
inline constexpr std::uint32_t kMetadataBytesMax = 64 * 1024;
inline constexpr std::uint32_t kBlockRecordsMax = 32 * 1024;
// A record is at most 9 bytes of line and kind and 5 bytes of gap.
inline constexpr std::uint32_t kBlockRawBytesMax = kBlockRecordsMax * 14;
// zstd's bound for kBlockRawBytesMax is below this (block_codec.cpp checks it).
inline constexpr std::uint32_t kBlockStoredBytesMax = 512 * 1024;

struct Preamble {
  std::uint64_t file_bytes = 0;
  Summary summary;
  std::uint32_t blocks = 0;
  std::uint32_t content_crc = 0;  // CRC-32 of everything behind the preamble
  std::uint32_t metadata_bytes = 0;
  std::uint32_t metadata_crc = 0;
};

struct BlockHeader {
  std::uint32_t records = 0;
  std::uint32_t raw_bytes = 0;
  std::uint32_t stored_bytes = 0;
  std::uint32_t crc = 0;  // CRC-32 of the three fields above and the stored bytes
};

using PreambleBytes = std::array<std::uint8_t, kPreambleBytes>;
using BlockHeaderBytes = std::array<std::uint8_t, kBlockHeaderBytes>;

// CRC-32 (zlib's) of `bytes`, continued from `crc` (0 to begin).
std::uint32_t Crc32(std::uint32_t crc, std::span<const std::uint8_t> bytes);

PreambleBytes EncodePreamble(const Preamble& preamble);
// The error says what is wrong and where; the caller puts the file's name before it.
Result<Preamble> DecodePreamble(std::span<const std::uint8_t, kPreambleBytes> bytes);

// Sets the header's crc for `stored`.
BlockHeaderBytes EncodeBlockHeader(const BlockHeader& header, std::span<const std::uint8_t> stored);
// Checks the sizes, so that the stored bytes can be read; not the checksum.
Result<BlockHeader> DecodeBlockHeader(std::span<const std::uint8_t, kBlockHeaderBytes> bytes);
// The checksum that `bytes` should hold for `stored`.
std::uint32_t BlockCrc(std::span<const std::uint8_t, kBlockHeaderBytes> bytes, std::span<const std::uint8_t> stored);

// At most kMetadataBytesMax: of a longer command the last words are left out and "…" stands for them.
std::string EncodeMetadata(const Metadata& metadata);
Result<Metadata> DecodeMetadata(std::string_view json);

std::string_view GapUnitName(GapUnit unit);
std::string_view EndingName(Ending ending);

}  // namespace tarn::trace
