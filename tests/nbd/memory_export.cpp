#include "tests/nbd/memory_export.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tarn::nbd {

namespace {

// Calls each with chunk number, offset in the chunk, length and how far the operation has come.
template <typename Each>
void ForChunks(const Operation& operation, Each each) {
  for (std::uint64_t done = 0; done < operation.length;) {
    const std::uint64_t at = operation.offset + done;
    const std::uint64_t inside = at % MemoryExport::kChunkBytes;
    const std::uint64_t length = std::min<std::uint64_t>(MemoryExport::kChunkBytes - inside, operation.length - done);
    each(at / MemoryExport::kChunkBytes, inside, length, done);
    done += length;
  }
}

}  // namespace

void MemoryExport::Submit(Operation operation, std::function<void(Completion)> done) { done(Do(operation)); }

bool MemoryExport::Touches(const Operation& operation) const {
  return operation.offset < bad_to_ && operation.offset + operation.length > bad_from_;
}

Completion MemoryExport::Do(const Operation& operation) {
  const bool moves_data = operation.command == Command::kRead || operation.command == Command::kWrite;
  if (moves_data && Touches(operation)) {
    const std::uint64_t where = std::max(operation.offset, bad_from_);
    Completion failed = {.error = Error::kIo, .message = "a bad place", .error_offset = where};
    if (operation.command == Command::kRead && where > operation.offset) {
      Operation before = {.offset = operation.offset, .length = static_cast<std::uint32_t>(where - operation.offset)};
      Completion read = Read(before);
      failed.data = std::move(read.data);
      failed.pieces = std::move(read.pieces);
    }
    return failed;
  }
  switch (operation.command) {
    case Command::kRead:
      return Read(operation);
    case Command::kWrite:
      Write(operation);
      return {};
    case Command::kFlush:
      ++flushes_;
      return {};
    case Command::kTrim:
    case Command::kWriteZeroes:
      return Zero(operation);
    case Command::kBlockStatus:
      return Status(operation);
    default:
      return {};
  }
}

Completion MemoryExport::Read(const Operation& operation) const {
  Completion read;
  read.data.reserve(operation.length);
  ForChunks(operation, [&](std::uint64_t number, std::uint64_t inside, std::uint64_t length, std::uint64_t) {
    const auto chunk = chunks_.find(number);
    const bool zero = chunk == chunks_.end();
    if (!zero) {
      const auto* const from = chunk->second->data() + inside;
      read.data.insert(read.data.end(), from, from + length);
    }
    if (!read.pieces.empty() && read.pieces.back().zero == zero) {
      read.pieces.back().length += static_cast<std::uint32_t>(length);
    } else {
      read.pieces.push_back({.length = static_cast<std::uint32_t>(length), .zero = zero});
    }
  });
  if (read.pieces.size() == 1 && !read.pieces[0].zero) read.pieces.clear();
  return read;
}

void MemoryExport::Write(const Operation& operation) {
  ForChunks(operation, [&](std::uint64_t number, std::uint64_t inside, std::uint64_t length, std::uint64_t done) {
    std::unique_ptr<Chunk>& chunk = chunks_[number];
    if (chunk == nullptr) chunk = std::make_unique<Chunk>();
    std::memcpy(chunk->data() + inside, operation.data.data() + done, length);
  });
}

Completion MemoryExport::Zero(const Operation& operation) {
  // What must be filled is no faster than a write.
  if (operation.fast_zero && operation.no_hole) return {.error = Error::kNotSupported};
  ForChunks(operation, [&](std::uint64_t number, std::uint64_t inside, std::uint64_t length, std::uint64_t) {
    if (length == kChunkBytes && !operation.no_hole) {
      chunks_.erase(number);
      return;
    }
    std::unique_ptr<Chunk>& chunk = chunks_[number];
    if (chunk == nullptr) chunk = std::make_unique<Chunk>();
    std::memset(chunk->data() + inside, 0, length);
  });
  return {};
}

Completion MemoryExport::Status(const Operation& operation) const {
  Completion status;
  ForChunks(operation, [&](std::uint64_t number, std::uint64_t, std::uint64_t length, std::uint64_t) {
    const bool hole = !chunks_.contains(number);
    status.pieces.push_back({.length = static_cast<std::uint32_t>(length), .zero = hole, .hole = hole});
  });
  return status;
}

}  // namespace tarn::nbd
