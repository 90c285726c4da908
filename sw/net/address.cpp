#include "sw/net/address.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace tarn::net {

namespace {

constexpr int kBacklog = 128;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::optional<SocketAddress> UnixAddress(const std::string& path) {
  SocketAddress result;
  auto* const address = reinterpret_cast<sockaddr_un*>(&result.storage);
  if (path.size() >= sizeof address->sun_path) return std::nullopt;
  address->sun_family = AF_UNIX;
  std::memcpy(address->sun_path, path.c_str(), path.size() + 1);
  result.size = sizeof *address;
  return result;
}

std::optional<SocketAddress> TcpAddress(const std::string& host, std::uint16_t port) {
  SocketAddress result;
  auto* const ipv4 = reinterpret_cast<sockaddr_in*>(&result.storage);
  auto* const ipv6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
  if (::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    result.size = sizeof *ipv4;
    return result;
  }
  result.storage = {};
  if (::inet_pton(AF_INET6, host.c_str(), &ipv6->sin6_addr) != 1) return std::nullopt;
  ipv6->sin6_family = AF_INET6;
  ipv6->sin6_port = htons(port);
  result.size = sizeof *ipv6;
  return result;
}

Result<SocketAddress> Resolve(const Address& address) {
  const auto resolved = address.is_unix() ? UnixAddress(address.path) : TcpAddress(address.host, address.port);
  if (!resolved.has_value()) return Status::Error(address.Text() + ": is no address");
  return *resolved;
}

Result<FileDescriptor> MakeSocket(const Address& address, int family) {
  FileDescriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return Status::Error(SystemError(address.Text()));
  return socket;
}

// A server that was killed leaves its socket behind, and nobody answers there.
void RemoveStaleSocket(const Address& address, SocketAddress& resolved) {
  struct stat info{};
  if (::stat(address.path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (probe.valid() && ::connect(probe.number(), resolved.get(), resolved.size) != 0 && errno == ECONNREFUSED) {
    ::unlink(address.path.c_str());
  }
}

}  // namespace

bool Address::IsLocal() const { return is_unix() || host == "localhost" || host == "::1" || host.starts_with("127."); }

std::string Address::Text() const {
  if (is_unix()) return "unix:" + path;
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> ParseAddress(const std::string& option, const std::string& text) {
  const Status bad = Status::Error(option + ": '" + text + "' is neither unix:PATH nor HOST:PORT with a numeric host");
  if (text.starts_with("unix:")) {
    Address address = {.path = text.substr(5)};
    if (address.path.empty() || address.path.find('\0') != std::string::npos) return bad;
    if (!UnixAddress(address.path).has_value()) {
      return Status::Error(option + ": '" + text + "' is longer than the system's unix sockets allow");
    }
    return address;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return bad;
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end || !TcpAddress(host, port).has_value()) return bad;
  return Address{.host = host, .port = port};
}

Result<FileDescriptor> Listen(const Address& address) {
  Result<SocketAddress> resolved = Resolve(address);
  if (!resolved.ok()) return resolved.status();
  Result<FileDescriptor> socket = MakeSocket(address, resolved->storage.ss_family);
  if (!socket.ok()) return socket;
  if (address.is_unix()) {
    RemoveStaleSocket(address, *resolved);
  } else {
    const int on = 1;
    ::setsockopt(socket->number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  if (::bind(socket->number(), resolved->get(), resolved->size) != 0 || ::listen(socket->number(), kBacklog) != 0) {
    return Status::Error(SystemError(address.Text() + ": cannot listen"));
  }
  return socket;
}

Result<FileDescriptor> Connect(const Address& address) {
  Result<SocketAddress> resolved = Resolve(address);
  if (!resolved.ok()) return resolved.status();
  Result<FileDescriptor> socket = MakeSocket(address, resolved->storage.ss_family);
  if (!socket.ok()) return socket;
  PrepareConnected(socket->number());
  if (::connect(socket->number(), resolved->get(), resolved->size) != 0 && errno != EINPROGRESS) {
    return Status::Error(SystemError(address.Text() + ": cannot connect"));
  }
  return socket;
}

int ConnectError(int descriptor) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

std::uint16_t BoundPort(int descriptor) {
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  if (::getsockname(descriptor, bound.get(), &bound.size) != 0) return 0;
  if (bound.storage.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in*>(&bound.storage)->sin_port);
  if (bound.storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&bound.storage)->sin6_port);
  return 0;
}

void PrepareConnected(int descriptor) {
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // of no effect on unix sockets
}

void BoundUnacknowledged(int descriptor, std::chrono::milliseconds time_max) {
  const auto milliseconds = static_cast<unsigned>(time_max.count());
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);  // likewise
}

void WidenUnixSocket(int descriptor, int bytes) {
  int domain = 0;
  socklen_t size = sizeof domain;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_UNIX) return;
  if (::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) == 0) return;  // wants a privilege
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

}  // namespace tarn::net
