#include "tests/store/block_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tarn::store {

namespace {
constexpr int kWaitSecondsMax = 60;
}  // namespace

BlockClient::BlockClient(const std::string& path, const std::string& name)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval wait = {.tv_sec = kWaitSecondsMax, .tv_usec = 0};
  ::setsockopt(socket_.number(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  std::memcpy(address.sun_path, path.c_str(), std::min(path.size() + 1, sizeof address.sun_path));
  if (::connect(socket_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return;
  nbd::Bytes bytes;
  if (!Receive(bytes, 18)) return;
  nbd::Bytes hello;
  nbd::Append(hello, std::uint32_t{nbd::kFixedNewstyle | nbd::kNoZeroes});
  nbd::Append(hello, nbd::kOptionMagic);
  nbd::Append(hello, static_cast<std::uint32_t>(nbd::Option::kExportName));
  nbd::Append(hello, static_cast<std::uint32_t>(name.size()));
  hello.insert(hello.end(), name.begin(), name.end());
  if (!Send(hello) || !Receive(bytes, 10)) return;
  size_bytes_ = nbd::Load<std::uint64_t>(bytes.data());
  connected_ = true;
}

bool BlockClient::Send(const nbd::Bytes& bytes) {
  return ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

bool BlockClient::Receive(nbd::Bytes& bytes, std::size_t count) {
  bytes.resize(count);
  std::size_t received = 0;
  while (received < count) {
    const ssize_t some = ::recv(socket_.number(), bytes.data() + received, count - received, 0);
    if (some < 0 && errno == EINTR) continue;  // a child of the test has ended
    if (some <= 0) return false;
    received += static_cast<std::size_t>(some);
  }
  return true;
}

nbd::Error BlockClient::Do(nbd::Command command, std::uint16_t flags, std::uint64_t offset, std::uint32_t length,
                           const nbd::Bytes& data) {
  nbd::Bytes request;
  nbd::Append(request, nbd::kRequestMagic);
  nbd::Append(request, flags);
  nbd::Append(request, static_cast<std::uint16_t>(command));
  nbd::Append(request, ++cookie_);
  nbd::Append(request, offset);
  nbd::Append(request, length);
  request.insert(request.end(), data.begin(), data.end());
  nbd::Bytes reply;
  if (!Send(request) || !Receive(reply, 16) || nbd::Load<std::uint64_t>(&reply[8]) != cookie_) return nbd::Error::kIo;
  return static_cast<nbd::Error>(nbd::Load<std::uint32_t>(&reply[4]));
}

nbd::Error BlockClient::Write(std::uint64_t offset, const nbd::Bytes& data, bool fua) {
  return Do(nbd::Command::kWrite, fua ? nbd::kFlagFua : 0, offset, static_cast<std::uint32_t>(data.size()), data);
}

nbd::Error BlockClient::Read(std::uint64_t offset, std::uint32_t length, nbd::Bytes& data) {
  const nbd::Error error = Do(nbd::Command::kRead, 0, offset, length, {});
  if (error != nbd::Error::kNone) return error;
  return Receive(data, length) ? nbd::Error::kNone : nbd::Error::kIo;
}

nbd::Error BlockClient::Flush() { return Do(nbd::Command::kFlush, 0, 0, 0, {}); }

nbd::Error BlockClient::Trim(std::uint64_t offset, std::uint32_t length) {
  return Do(nbd::Command::kTrim, 0, offset, length, {});
}

}  // namespace tarn::store
