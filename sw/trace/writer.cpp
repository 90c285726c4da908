#include "sw/trace/writer.h"

#include <cassert>
#include <vector>

#include "sw/trace/atomic_file.h"
#include "sw/trace/block_codec.h"
#include "sw/trace/file_format.h"
#include "sw/trace/footprint.h"

namespace tarn::trace {

namespace {
// A block takes about 0.1 s at this level: less than the program under valgrind takes to fill it.
constexpr int kCompressionLevel = 19;
}  // namespace

struct Writer::State {
  explicit State(AtomicFile output) : file(std::move(output)), encoder(kCompressionLevel) {
    pending.reserve(kBlockRecordsMax);
  }

  // Appends to the file and to the checksum of its content.
  Status Append(std::span<const std::uint8_t> bytes) {
    preamble.content_crc = Crc32(preamble.content_crc, bytes);
    return file.Append(bytes);
  }

  Status WriteBlock() {
    if (pending.empty()) return {};
    const BlockEncoder::Encoded encoded = encoder.Encode(pending);
    const BlockHeader header{.records = static_cast<std::uint32_t>(pending.size()),
                             .raw_bytes = encoded.raw_bytes,
                             .stored_bytes = static_cast<std::uint32_t>(encoded.stored.size())};
    pending.clear();
    ++preamble.blocks;
    if (Status status = Append(EncodeBlockHeader(header, encoded.stored)); !status.ok()) return status;
    return Append(encoded.stored);
  }

  AtomicFile file;
  BlockEncoder encoder;
  Footprint footprint;
  Preamble preamble;
  std::vector<Access> pending;
};

Writer::Writer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;
Writer::~Writer() = default;

Result<Writer> Writer::Create(const std::string& path, const Metadata& metadata) {
  Result<AtomicFile> file = AtomicFile::Create(path);
  if (!file.ok()) return file.status();
  auto state = std::make_unique<State>(std::move(*file));
  const PreambleBytes blank{};
  if (Status status = state->file.Append(blank); !status.ok()) return status;
  const std::string text = EncodeMetadata(metadata);
  state->preamble.metadata_bytes = static_cast<std::uint32_t>(text.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  state->preamble.metadata_crc = Crc32(0, {bytes, text.size()});
  if (Status status = state->Append({bytes, text.size()}); !status.ok()) return status;
  return Writer(std::move(state));
}

Status Writer::Append(const Access& access) {
  assert(state_ && access.line < kLineEnd);
  if (!state_->footprint.Touch(access.line)) {
    return Status::Error(state_->file.path() + ": touches more than " +
                         std::to_string(state_->footprint.regions_max()) +
                         " regions of 256 KiB, which is as many as a trace may");
  }
  Summary& summary = state_->preamble.summary;
  ++summary.accesses;
  ++(access.write ? summary.writes : summary.reads);
  summary.gap_total += access.gap;
  summary.pages = state_->footprint.pages();
  summary.segments = state_->footprint.segments();
  state_->pending.push_back(access);
  return state_->pending.size() == kBlockRecordsMax ? state_->WriteBlock() : Status();
}

const Summary& Writer::summary() const {
  assert(state_);
  return state_->preamble.summary;
}

Status Writer::Close(Ending ending) {
  assert(state_);
  const std::unique_ptr<State> state = std::move(state_);
  if (Status status = state->WriteBlock(); !status.ok()) return status;
  state->preamble.summary.ending = ending;
  state->preamble.file_bytes = state->file.size_bytes();
  if (Status status = state->file.Overwrite(0, EncodePreamble(state->preamble)); !status.ok()) return status;
  return state->file.Commit();
}

}  // namespace tarn::trace
