// A plain NBD client that waits for each answer, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/nbd/protocol.h"
#include "sw/net/file_descriptor.h"

namespace tarn::store {

class BlockClient {
 public:
  // Connects to the unix socket. Waits a minute at most for each answer.
  BlockClient(const std::string& path, const std::string& name);

  bool connected() const { return connected_; }
  std::uint64_t size_bytes() const { return size_bytes_; }
  // kIo too when the connection breaks.
  nbd::Error Write(std::uint64_t offset, const nbd::Bytes& data, bool fua = false);
  nbd::Error Read(std::uint64_t offset, std::uint32_t length, nbd::Bytes& data);
  nbd::Error Flush();
  nbd::Error Trim(std::uint64_t offset, std::uint32_t length);

 private:
  bool Send(const nbd::Bytes& bytes);
  bool Receive(nbd::Bytes& bytes, std::size_t count);
  nbd::Error Do(nbd::Command command, std::uint16_t flags, std::uint64_t offset, std::uint32_t length,
                const nbd::Bytes& data);

  net::FileDescriptor socket_;
  bool connected_ = false;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t cookie_ = 0;
};

}  // namespace tarn::store
