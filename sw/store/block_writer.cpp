#include "sw/store/block_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace tarn::store {

namespace {

std::size_t InBlock(std::uint64_t offset) { return static_cast<std::size_t>(offset % BlockWriter::kBlockBytes); }

bool SetDirect(int file, bool direct) {
  const int flags = ::fcntl(file, F_GETFL);
  return flags >= 0 && ((flags & O_DIRECT) != 0) != direct &&
         ::fcntl(file, F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

// After a call that failed. A file system, or its disk, may want it otherwise than past the cache.
bool MayRetry(int file) { return errno == EINTR || (errno == EINVAL && SetDirect(file, false)); }

}  // namespace

BlockWriter::BlockWriter(net::FileDescriptor file, std::uint64_t size_bytes)
    : file_(std::move(file)),
      size_bytes_(size_bytes),
      buffer_(static_cast<std::uint8_t*>(::operator new[](kBufferBytes, std::align_val_t{kBlockBytes}))) {
  // Only where all that is written begins and ends with a block.
  if (InBlock(size_bytes) == 0) SetDirect(file_.number(), true);
}

bool BlockWriter::ReadBlock(std::uint64_t offset, std::uint8_t* into) const {
  std::memset(into, 0, kBlockBytes);
  std::size_t done = 0;
  while (done < kBlockBytes && offset + done < size_bytes_) {
    const ssize_t count = ::pread(file_.number(), into + done, kBlockBytes - done, static_cast<off_t>(offset + done));
    if (count < 0 && MayRetry(file_.number())) continue;
    if (count < 0) return false;
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

bool BlockWriter::Begin(std::uint64_t offset) {
  if (!Flush()) return false;
  const std::size_t before = InBlock(offset);
  const std::uint64_t block = offset - before;
  const bool is_known = knows_rest_ && block == begin_ && filled_ < kBlockBytes;
  if (before != 0 && !is_known && !ReadBlock(block, buffer_.get())) return false;
  begin_ = block;
  filled_ = before;
  knows_rest_ = is_known || before != 0;
  return true;
}

bool BlockWriter::Put(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  if (offset != begin_ + filled_ && !Begin(offset)) return false;
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kBufferBytes - filled_);
    std::memcpy(buffer_.get() + filled_, bytes.data(), count);
    filled_ += count;
    dirty_ = true;
    if (filled_ >= kBlockBytes) knows_rest_ = false;
    bytes = bytes.subspan(count);
    if (filled_ == kBufferBytes && !WriteWhole()) return false;
  }
  return true;
}

bool BlockWriter::PutZeroes(std::uint64_t offset, std::size_t count) {
  static constexpr std::array<std::uint8_t, 512> kZeroes{};
  while (count != 0) {
    const std::size_t some = std::min(count, kZeroes.size());
    if (!Put(offset, std::span(kZeroes).first(some))) return false;
    offset += some;
    count -= some;
  }
  return true;
}

bool BlockWriter::WriteWhole() {
  const std::size_t rest = InBlock(filled_);
  const std::size_t whole = filled_ - rest;
  if (whole == 0) return true;
  if (!WriteOut(whole)) return false;
  std::memmove(buffer_.get(), buffer_.get() + whole, rest);
  begin_ += whole;
  filled_ = rest;
  dirty_ = rest != 0;
  return true;
}

bool BlockWriter::Flush() {
  if (!dirty_) return true;
  if (!WriteWhole()) return false;
  if (!dirty_) return true;
  if (!knows_rest_) {
    alignas(kBlockBytes) std::array<std::uint8_t, kBlockBytes> block;
    if (!ReadBlock(begin_, block.data())) return false;
    std::memcpy(buffer_.get() + filled_, block.data() + filled_, kBlockBytes - filled_);
    knows_rest_ = true;
  }
  if (!WriteOut(kBlockBytes)) return false;
  dirty_ = false;
  return true;
}

bool BlockWriter::WriteOut(std::size_t bytes) {
  const std::size_t end = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, size_bytes_ - begin_));
  std::size_t done = 0;
  while (done < end) {
    const ssize_t count = ::pwrite(file_.number(), buffer_.get() + done, end - done, static_cast<off_t>(begin_ + done));
    if (count < 0 && MayRetry(file_.number())) continue;
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

bool BlockWriter::Sync() { return ::fdatasync(file_.number()) == 0; }

}  // namespace tarn::store
