#include "sw/trace/file_format.h"

#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>

namespace tarn::trace {

namespace {

using Json = nlohmann::json;

// Where the preamble's fields stand.
enum Offset : std::size_t {
  kAtMagic = 0,
  kAtVersion = 8,
  kAtMetadataBytes = 12,
  kAtFileBytes = 16,
  kAtAccesses = 24,
  kAtReads = 32,
  kAtWrites = 40,
  kAtPages = 48,
  kAtSegments = 56,
  kAtGapTotal = 64,
  kAtBlocks = 72,
  kAtEnding = 76,
  kAtMetadataCrc = 80,
  kAtReserved = 84,
  kAtContentCrc = 88,
  kAtPreambleCrc = 92,
};

template <typename T>
void Put(std::uint8_t* at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

template <typename T>
T Get(const std::uint8_t* at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value | (static_cast<T>(at[i]) << (8 * i)));
  return value;
}

Status AtByte(std::size_t offset, const std::string& what) {
  return Status::Error("at byte " + std::to_string(offset) + ": " + what);
}

// What the fields must satisfy among themselves: a checksum proves that nothing changed on the way, not that a
// writer was right.
Status CheckPreamble(const Preamble& p) {
  const Summary& s = p.summary;
  if (s.reads + s.writes != s.accesses || s.reads > s.accesses) {
    return AtByte(kAtAccesses, "the number of accesses is not that of reads and writes together");
  }
  if (s.pages > s.accesses || s.segments > s.pages) {
    return AtByte(kAtPages, "more pages than accesses, or more segments than pages");
  }
  const std::uint64_t blocks_min = s.accesses / kBlockRecordsMax + (s.accesses % kBlockRecordsMax != 0 ? 1 : 0);
  if (p.blocks < blocks_min || p.blocks > s.accesses) {
    return AtByte(kAtBlocks, std::to_string(s.accesses) + " accesses cannot stand in " + std::to_string(p.blocks) +
                                 " blocks of 1 to " + std::to_string(kBlockRecordsMax));
  }
  if (p.metadata_bytes > kMetadataBytesMax) {
    return AtByte(kAtMetadataBytes, "metadata of " + std::to_string(p.metadata_bytes) + " bytes; at most " +
                                        std::to_string(kMetadataBytesMax) + " are allowed");
  }
  return {};
}

Json FilterToJson(const CacheFilterConfig& filter) {
  return {{"size_bytes", filter.size_bytes},
          {"ways", filter.ways},
          {"line_bytes", filter.line_bytes},
          {"instructions", filter.instructions},
          {"flush", filter.flush}};
}

CacheFilterConfig FilterFromJson(const Json& json) {
  CacheFilterConfig filter;
  json.at("size_bytes").get_to(filter.size_bytes);
  json.at("ways").get_to(filter.ways);
  json.at("line_bytes").get_to(filter.line_bytes);
  json.at("instructions").get_to(filter.instructions);
  json.at("flush").get_to(filter.flush);
  return filter;
}

std::string MetadataToText(const Metadata& metadata, const std::vector<std::string>& command) {
  Json json = {{"command", command},
               {"source", metadata.source},
               {"skipped", metadata.skipped},
               {"gap_unit", GapUnitName(metadata.gap_unit)}};
  if (metadata.filter) json["filter"] = FilterToJson(*metadata.filter);
  // A program's arguments need not be UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string_view GapUnitName(GapUnit unit) {
  switch (unit) {
    case GapUnit::kInstructions:
      return "instructions";
    case GapUnit::kCycles:
      return "cycles";
    case GapUnit::kNone:
      break;
  }
  return "none";
}

std::string_view EndingName(Ending ending) {
  switch (ending) {
    case Ending::kLimit:
      return "limit";
    case Ending::kInterrupted:
      return "interrupted";
    case Ending::kComplete:
      break;
  }
  return "complete";
}

std::uint32_t Crc32(std::uint32_t crc, std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(crc32_z(crc, bytes.data(), bytes.size()));
}

PreambleBytes EncodePreamble(const Preamble& preamble) {
  PreambleBytes bytes{};
  std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
  Put(&bytes[kAtVersion], kVersion);
  Put(&bytes[kAtMetadataBytes], preamble.metadata_bytes);
  Put(&bytes[kAtFileBytes], preamble.file_bytes);
  Put(&bytes[kAtAccesses], preamble.summary.accesses);
  Put(&bytes[kAtReads], preamble.summary.reads);
  Put(&bytes[kAtWrites], preamble.summary.writes);
  Put(&bytes[kAtPages], preamble.summary.pages);
  Put(&bytes[kAtSegments], preamble.summary.segments);
  Put(&bytes[kAtGapTotal], preamble.summary.gap_total);
  Put(&bytes[kAtBlocks], preamble.blocks);
  Put(&bytes[kAtEnding], static_cast<std::uint32_t>(preamble.summary.ending));
  Put(&bytes[kAtMetadataCrc], preamble.metadata_crc);
  Put(&bytes[kAtContentCrc], preamble.content_crc);
  Put(&bytes[kAtPreambleCrc], Crc32(0, std::span(bytes).first<kAtPreambleCrc>()));
  return bytes;
}

Result<Preamble> DecodePreamble(std::span<const std::uint8_t, kPreambleBytes> bytes) {
  if (!std::equal(kMagic.begin(), kMagic.end(), bytes.begin())) {
    return AtByte(kAtMagic, "not a Tarn trace (one begins with 'TARNTRC'); `tarn trace convert` reads other formats");
  }
  if (const auto version = Get<std::uint32_t>(&bytes[kAtVersion]); version != kVersion) {
    return AtByte(kAtVersion, "format version " + std::to_string(version) + "; this tool reads version " +
                                  std::to_string(kVersion));
  }
  if (Get<std::uint32_t>(&bytes[kAtPreambleCrc]) != Crc32(0, bytes.first<kAtPreambleCrc>())) {
    return AtByte(kAtPreambleCrc, "the preamble's checksum does not match: the file is damaged, record it again");
  }
  Preamble preamble;
  preamble.metadata_bytes = Get<std::uint32_t>(&bytes[kAtMetadataBytes]);
  preamble.file_bytes = Get<std::uint64_t>(&bytes[kAtFileBytes]);
  preamble.summary.accesses = Get<std::uint64_t>(&bytes[kAtAccesses]);
  preamble.summary.reads = Get<std::uint64_t>(&bytes[kAtReads]);
  preamble.summary.writes = Get<std::uint64_t>(&bytes[kAtWrites]);
  preamble.summary.pages = Get<std::uint64_t>(&bytes[kAtPages]);
  preamble.summary.segments = Get<std::uint64_t>(&bytes[kAtSegments]);
  preamble.summary.gap_total = Get<std::uint64_t>(&bytes[kAtGapTotal]);
  preamble.blocks = Get<std::uint32_t>(&bytes[kAtBlocks]);
  preamble.metadata_crc = Get<std::uint32_t>(&bytes[kAtMetadataCrc]);
  preamble.content_crc = Get<std::uint32_t>(&bytes[kAtContentCrc]);
  const auto ending = Get<std::uint32_t>(&bytes[kAtEnding]);
  if (ending > static_cast<std::uint32_t>(Ending::kInterrupted)) {
    return AtByte(kAtEnding, "ending " + std::to_string(ending) + "; 0 to 2 are allowed");
  }
  preamble.summary.ending = static_cast<Ending>(ending);
  if (Get<std::uint32_t>(&bytes[kAtReserved]) != 0) return AtByte(kAtReserved, "a reserved field is not 0");
  if (Status status = CheckPreamble(preamble); !status.ok()) return status;
  return preamble;
}

BlockHeaderBytes EncodeBlockHeader(const BlockHeader& header, std::span<const std::uint8_t> stored) {
  assert(stored.size() == header.stored_bytes);
  BlockHeaderBytes bytes{};
  Put(&bytes[0], header.records);
  Put(&bytes[4], header.raw_bytes);
  Put(&bytes[8], header.stored_bytes);
  Put(&bytes[12], BlockCrc(bytes, stored));
  return bytes;
}

Result<BlockHeader> DecodeBlockHeader(std::span<const std::uint8_t, kBlockHeaderBytes> bytes) {
  BlockHeader header;
  header.records = Get<std::uint32_t>(&bytes[0]);
  header.raw_bytes = Get<std::uint32_t>(&bytes[4]);
  header.stored_bytes = Get<std::uint32_t>(&bytes[8]);
  header.crc = Get<std::uint32_t>(&bytes[12]);
  if (header.records == 0 || header.records > kBlockRecordsMax) {
    return Status::Error("a block of " + std::to_string(header.records) + " records; 1 to " +
                         std::to_string(kBlockRecordsMax) + " are allowed");
  }
  if (header.raw_bytes < 2 * header.records || header.raw_bytes > kBlockRawBytesMax || header.stored_bytes == 0 ||
      header.stored_bytes > kBlockStoredBytesMax) {
    return Status::Error("a block of " + std::to_string(header.raw_bytes) + " bytes stored as " +
                         std::to_string(header.stored_bytes) + "; at most " + std::to_string(kBlockRawBytesMax) +
                         " and " + std::to_string(kBlockStoredBytesMax) + " are allowed");
  }
  return header;
}

std::uint32_t BlockCrc(std::span<const std::uint8_t, kBlockHeaderBytes> bytes, std::span<const std::uint8_t> stored) {
  return Crc32(Crc32(0, bytes.first<12>()), stored);
}

std::string EncodeMetadata(const Metadata& metadata) {
  std::vector<std::string> command = metadata.command;
  std::string text = MetadataToText(metadata, command);
  while (text.size() > kMetadataBytesMax) {
    assert(!command.empty());
    if (command.size() > 1) {
      command.resize(command.size() / 2);
      command.emplace_back("…");
      if (command.size() == 2) command.erase(command.begin());  // even the program's name is too long
    } else {
      command = {"…"};
    }
    text = MetadataToText(metadata, command);
  }
  return text;
}

Result<Metadata> DecodeMetadata(std::string_view text) {
  Metadata metadata;
  try {
    const Json json = Json::parse(text);
    json.at("command").get_to(metadata.command);
    json.at("source").get_to(metadata.source);
    json.at("skipped").get_to(metadata.skipped);
    const auto unit = json.at("gap_unit").get<std::string>();
    for (const GapUnit known : {GapUnit::kInstructions, GapUnit::kCycles}) {
      if (unit == GapUnitName(known)) metadata.gap_unit = known;
    }
    if (unit != GapUnitName(metadata.gap_unit)) {
      return AtByte(kPreambleBytes, "gap_unit '" + unit + "'; none, instructions or cycles are allowed");
    }
    if (json.contains("filter")) metadata.filter = FilterFromJson(json.at("filter"));
  } catch (const Json::exception& error) {
    return AtByte(kPreambleBytes, std::string("the metadata is not what it should be: ") + error.what());
  }
  return metadata;
}

}  // namespace tarn::trace
