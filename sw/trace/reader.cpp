#include "sw/trace/reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <vector>

#include "sw/trace/block_codec.h"
#include "sw/trace/file_format.h"

namespace tarn::trace {

struct Reader::State {
  explicit State(std::string file_path) : path(std::move(file_path)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (descriptor >= 0) ::close(descriptor);
  }

  Status Open();
  Status ReadPreamble();
  Status ReadBlock();
  Status CheckEnd();

  // Fills `bytes`, or says that `what` is cut short.
  Status ReadWhole(std::span<std::uint8_t> bytes, const std::string& what);
  // The number of bytes read, less than asked for only at the end of the file.
  Result<std::size_t> ReadSome(std::span<std::uint8_t> bytes);
  Status Wrong(std::uint64_t at, const std::string& what) const {
    return Status::Error(path + ": at byte " + std::to_string(at) + ": " + what);
  }

  std::string path;
  int descriptor = -1;
  std::uint64_t offset = 0;
  Preamble preamble;
  Metadata metadata;
  BlockDecoder decoder;
  std::vector<std::uint8_t> stored;
  std::vector<Access> block;
  std::size_t next_in_block = 0;
  Summary seen;  // pages and segments are not counted again
  std::uint32_t blocks_seen = 0;
  std::uint32_t content_crc = 0;
  bool ended = false;
  Status error;
};

Status Reader::State::Open() {
  descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Status::Error(path + ": cannot be read: " + std::strerror(errno));
  struct stat info{};
  if (::fstat(descriptor, &info) != 0) return Status::Error(path + ": cannot be read: " + std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return Status::Error(path + ": is a folder; name a trace file");
  if (Status status = ReadPreamble(); !status.ok()) return status;
  // Known at once for a regular file; for a pipe when it ends.
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (S_ISREG(info.st_mode) && size != preamble.file_bytes) {
    return Wrong(std::min(size, preamble.file_bytes),
                 "the file has " + std::to_string(size) + " bytes where its preamble says " +
                     std::to_string(preamble.file_bytes) + "; it was cut short or added to: copy it again");
  }
  return {};
}

Status Reader::State::ReadPreamble() {
  PreambleBytes bytes{};
  if (Status status = ReadWhole(bytes, "the preamble of a Tarn trace"); !status.ok()) return status;
  Result<Preamble> decoded = DecodePreamble(bytes);
  if (!decoded.ok()) return Status::Error(path + ": " + decoded.status().message());
  preamble = *decoded;
  std::vector<std::uint8_t> text(preamble.metadata_bytes);
  if (Status status = ReadWhole(text, "the metadata"); !status.ok()) return status;
  content_crc = Crc32(0, text);
  if (content_crc != preamble.metadata_crc) {
    return Wrong(kPreambleBytes, "the metadata's checksum does not match: the file is damaged, record it again");
  }
  Result<Metadata> parsed = DecodeMetadata({reinterpret_cast<const char*>(text.data()), text.size()});
  if (!parsed.ok()) return Status::Error(path + ": " + parsed.status().message());
  metadata = std::move(*parsed);
  return {};
}

Status Reader::State::ReadBlock() {
  const std::uint64_t start = offset;
  const std::string name = "block " + std::to_string(blocks_seen + 1) + " of " + std::to_string(preamble.blocks);
  BlockHeaderBytes bytes{};
  if (Status status = ReadWhole(bytes, "the header of " + name); !status.ok()) return status;
  Result<BlockHeader> header = DecodeBlockHeader(bytes);
  if (!header.ok()) return Wrong(start, name + ": " + header.status().message());
  stored.resize(header->stored_bytes);
  if (Status status = ReadWhole(stored, name); !status.ok()) return status;
  if (BlockCrc(bytes, stored) != header->crc) {
    return Wrong(start, name + ": its checksum does not match: the file is damaged, record it again");
  }
  content_crc = Crc32(Crc32(content_crc, bytes), stored);
  if (Status status = decoder.Decode(header->records, header->raw_bytes, stored, block); !status.ok()) {
    return Wrong(start, name + ": " + status.message());
  }
  next_in_block = 0;
  ++blocks_seen;
  for (const Access& access : block) {
    ++seen.accesses;
    ++(access.write ? seen.writes : seen.reads);
    seen.gap_total += access.gap;
  }
  return {};
}

Status Reader::State::CheckEnd() {
  std::uint8_t more = 0;
  const Result<std::size_t> size = ReadSome({&more, 1});
  if (!size.ok()) return size.status();
  if (*size != 0 || offset != preamble.file_bytes) {
    return Wrong(preamble.file_bytes,
                 "the trace should end here, after " + std::to_string(preamble.blocks) + " blocks, and does not");
  }
  if (content_crc != preamble.content_crc) {
    return Wrong(kPreambleBytes, "the checksum of the whole does not match: the file is damaged, record it again");
  }
  const Summary& told = preamble.summary;
  if (seen.accesses != told.accesses || seen.reads != told.reads || seen.gap_total != told.gap_total) {
    return Wrong(0, "the preamble says " + std::to_string(told.accesses) + " accesses, " + std::to_string(told.reads) +
                        " of them reads; the blocks hold " + std::to_string(seen.accesses) + " and " +
                        std::to_string(seen.reads));
  }
  return {};
}

Status Reader::State::ReadWhole(std::span<std::uint8_t> bytes, const std::string& what) {
  const Result<std::size_t> size = ReadSome(bytes);
  if (!size.ok()) return size.status();
  if (*size == bytes.size()) return {};
  return Wrong(offset, "the file ends here, inside " + what + "; " + std::to_string(bytes.size() - *size) +
                           " bytes more should follow");
}

Result<std::size_t> Reader::State::ReadSome(std::span<std::uint8_t> bytes) {
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(descriptor, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Wrong(offset, std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
  return size;
}

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<Reader> Reader::Open(const std::string& path) {
  auto state = std::make_unique<State>(path);
  if (Status status = state->Open(); !status.ok()) return status;
  return Reader(std::move(state));
}

const Metadata& Reader::metadata() const { return state_->metadata; }
const Summary& Reader::summary() const { return state_->preamble.summary; }

Result<bool> Reader::Next(Access& access) {
  assert(state_);
  State& state = *state_;
  if (!state.error.ok()) return state.error;
  if (state.next_in_block == state.block.size()) {
    if (state.ended) return false;
    const bool last = state.blocks_seen == state.preamble.blocks;
    state.error = last ? state.CheckEnd() : state.ReadBlock();
    if (!state.error.ok()) {
      state.block.clear();
      state.next_in_block = 0;
      return state.error;
    }
    if (last) {
      state.ended = true;
      return false;
    }
  }
  access = state.block[state.next_in_block++];
  return true;
}

}  // namespace tarn::trace
