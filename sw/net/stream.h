// A connected socket that does not block, as bytes: plain, or TLS over it.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "sw/net/file_descriptor.h"

namespace tarn::net {

// What came of a transfer.
struct Transfer {
  enum class Kind : std::uint8_t {
    kBytes,    // so many
    kBlocked,  // none now
    kClosed,   // the other end has closed
    kFailed,   // `error` says why
  };
  Kind kind = Kind::kBytes;
  std::size_t bytes = 0;
  std::string error;

  bool moved() const { return kind == Kind::kBytes; }
};

class Stream {
 public:
  explicit Stream(FileDescriptor socket) : socket_(std::move(socket)) {}
  virtual ~Stream() = default;

  int descriptor() const { return socket_.number(); }
  // kBytes with 0 bytes: done; kBlocked: to be called again when the socket is ready.
  virtual Transfer Handshake() { return {}; }
  virtual Transfer Read(std::span<std::uint8_t> into) = 0;
  virtual Transfer Write(std::span<const iovec> from) = 0;
  // Bytes that Read() would give without any from the socket, which therefore need not be readable.
  virtual bool HasBuffered() const { return false; }
  // Whether what blocked waits for the socket to be writable, though it was no Write().
  virtual bool WaitsToWrite() const { return false; }
  // Says to the other end that no more will come.
  virtual void Shutdown();
  // The name in the other end's certificate that was verified; empty: none.
  virtual std::string PeerName() const { return {}; }
  // For another stream over the same socket. REQUIRES: nothing is used of this one afterwards.
  FileDescriptor TakeSocket() { return std::move(socket_); }

 private:
  FileDescriptor socket_;
};

std::unique_ptr<Stream> PlainStream(FileDescriptor socket);

}  // namespace tarn::net
