// What the server serves: a block device that answers requests in its own time and order. The server checks every
// request against info() before it submits it, so that an export sees only what is in range, aligned and allowed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sw/nbd/protocol.h"

namespace tarn::nbd {

struct BlockSizes {
  std::uint32_t minimum = 1;             // power of two, up to 65536: offsets and lengths are multiples of it
  std::uint32_t preferred = 4096;        // power of two, at least 512 and the minimum
  std::uint32_t payload_max = 32 << 20;  // bytes of one read or write
};

struct ExportInfo {
  std::uint64_t size_bytes = 0;  // a multiple of the minimum block size, below 2^63
  std::string description;       // for people; may be empty
  BlockSizes block_sizes;
  bool read_only = false;
  bool multi_conn = true;  // a flush on one connection covers what others were answered
  bool fast_zero =
      false;  // some write-zeroes are faster than writes (those that are not fail with kNotSupported at once)
};

struct Operation {
  Command command = Command::kRead;  // any but kDisconnect
  bool fua = false;                  // on stable storage before it is done
  bool no_hole = false;              // write-zeroes: allocate
  bool fast_zero = false;            // write-zeroes: fail with kNotSupported unless faster than a write
  bool one_extent = false;           // block status: one is enough
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  Bytes data;  // write: length bytes
};

// A part of what was read, or of the device, in order and without gaps.
struct Piece {
  std::uint32_t length = 0;  // not 0
  bool zero = false;         // read: reads as zeroes, no bytes in data. Block status: likewise
  bool hole = false;         // block status: not allocated
};

struct Completion {
  Error error = Error::kNone;
  std::string message;                        // for people, of an error; may be empty
  std::optional<std::uint64_t> error_offset;  // where, if known
  // Read: the bytes of the pieces that are not zero. No pieces: all of them. With an error that has an offset: what
  // comes before it, else nothing.
  Bytes data;
  // Block status: at least one, from the operation's offset, and none begins beyond its end.
  std::vector<Piece> pieces;
};

class Export {
 public:
  virtual ~Export() = default;
  // The same as long as the export lives.
  virtual const ExportInfo& info() const = 0;
  // Calls done once, from the server's event loop, perhaps before Submit() returns. Operations under way may be done in
  // any order; a flush covers the writes that were done before it was submitted.
  virtual void Submit(Operation operation, std::function<void(Completion)> done) = 0;
};

// The exports by name. Names are UTF-8, up to 4096 bytes.
class ExportDirectory {
 public:
  struct Entry {
    std::string name;
    std::string description;
  };
  virtual ~ExportDirectory() = default;
  // Null: there is none. The empty name is that of the default export.
  virtual std::shared_ptr<Export> Find(const std::string& name) = 0;
  virtual std::vector<Entry> List() = 0;
};

}  // namespace tarn::nbd
