// Writes a file in whole blocks, past the system's cache of it where the file system can do that: the log is written
// once, one record after the other, and read again only after a restart or where memory is short. Then a write costs a
// copy to a buffer, and neither pages of a cache nor somebody else's time to write those out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "sw/net/file_descriptor.h"

namespace tarn::store {

class BlockWriter {
 public:
  static constexpr std::size_t kBlockBytes = 4096;
  static constexpr std::size_t kBufferBytes = 2 << 20;

  // file: open for reading and writing. size_bytes: of the file, beyond which nothing is written.
  BlockWriter(net::FileDescriptor file, std::uint64_t size_bytes);

  // Takes bytes for this place; quick where they follow what came before. What is taken is in the file once Flush() is
  // done; whole blocks may be sooner. False: the file could not be written or read.
  bool Put(std::uint64_t offset, std::span<const std::uint8_t> bytes);
  bool PutZeroes(std::uint64_t offset, std::size_t count);
  // All whole blocks; what is left of the last one waits for what follows it.
  bool WriteWhole();
  // All. A last block that is not full is written with what the file has in the rest of it.
  bool Flush();
  // Whether there is anything left for Flush().
  bool waits() const { return dirty_; }
  // fdatasync. REQUIRES: nothing waits.
  bool Sync();

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const { ::operator delete[](bytes, std::align_val_t{kBlockBytes}); }
  };

  bool Begin(std::uint64_t offset);
  bool ReadBlock(std::uint64_t offset, std::uint8_t* into) const;
  // From the buffer's begin on, so many bytes of it.
  bool WriteOut(std::size_t bytes);

  net::FileDescriptor file_;
  std::uint64_t size_bytes_;
  std::unique_ptr<std::uint8_t[], Free> buffer_;
  std::uint64_t begin_ = 0;  // of the buffer, in the file: a block's
  std::size_t filled_ = 0;   // bytes of it that were taken, or stood in the file before them
  bool dirty_ = false;       // some are not written
  bool knows_rest_ = false;  // what follows `filled_` in its block is what the file has there
};

}  // namespace tarn::store
