#include "sw/net/stream.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace tarn::net {

void Stream::Shutdown() { ::shutdown(descriptor(), SHUT_WR); }

namespace {

Transfer FromSystem(ssize_t result) {
  if (result > 0) return {.bytes = static_cast<std::size_t>(result)};
  if (result == 0) return {.kind = Transfer::Kind::kClosed};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {.kind = Transfer::Kind::kBlocked};
  return {.kind = Transfer::Kind::kFailed, .error = std::strerror(errno)};
}

class Plain : public Stream {
 public:
  using Stream::Stream;

  Transfer Read(std::span<std::uint8_t> into) override {
    return FromSystem(::recv(descriptor(), into.data(), into.size(), 0));
  }
  Transfer Write(std::span<const iovec> from) override {
    msghdr message = {.msg_iov = const_cast<iovec*>(from.data()), .msg_iovlen = from.size()};
    return FromSystem(::sendmsg(descriptor(), &message, MSG_NOSIGNAL));
  }
};

}  // namespace

std::unique_ptr<Stream> PlainStream(FileDescriptor socket) { return std::make_unique<Plain>(std::move(socket)); }

}  // namespace tarn::net
