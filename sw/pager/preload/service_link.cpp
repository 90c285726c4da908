#include "sw/pager/preload/service_link.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "sw/pager/preload/descriptors.h"
#include "sw/pager/preload/near_memory.h"

namespace tarn::pager::preload {

namespace {

constexpr int kExitNotStarted = 127;

enum Received : std::size_t { kRing, kDoorbell, kDirectory, kFrames, kReceivedMax };

// Null: it cannot be mapped. The descriptor is closed.
void* MapShared(int descriptor, std::size_t size_bytes, int protection) {
  void* const map = RawMap(nullptr, size_bytes, protection, MAP_SHARED, descriptor);
  RawClose(descriptor);
  return IsRawError(map) ? nullptr : map;
}

Status SayHello(int socket, std::uint64_t copy_of) {
  Hello hello;
  hello.pid = static_cast<std::uint32_t>(::getpid());
  hello.copy_of = copy_of;
  std::strncpy(hello.name.data(), program_invocation_short_name, hello.name.size() - 1);
  if (::send(socket, &hello, sizeof hello, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof hello)) return {};
  return Status::Error("the far-memory service does not answer");
}

// What does not come stays -1.
Result<std::array<int, kReceivedMax>> ReceiveWelcome(int socket, Welcome& welcome) {
  iovec part = {.iov_base = &welcome, .iov_len = sizeof welcome};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kReceivedMax)] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (got != static_cast<ssize_t>(sizeof welcome) || header == nullptr || welcome.version != kChannelVersion) {
    return Status::Error("the far-memory service does not answer");
  }
  std::array<int, kReceivedMax> descriptors;
  descriptors.fill(-1);
  std::memcpy(descriptors.data(), CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
  return descriptors;
}

Status Map(const std::array<int, kReceivedMax>& received, bool whole, Connection& connection) {
  const Welcome& welcome = connection.welcome;
  connection.doorbell = MoveUp(received[kDoorbell]);
  connection.ring = static_cast<Ring*>(MapShared(received[kRing], sizeof(Ring), PROT_READ | PROT_WRITE));
  bool mapped = connection.ring != nullptr;
  if (welcome.direct_pages != 0 && whole) {
    connection.directory = static_cast<const DirectoryEntry*>(
        MapShared(received[kDirectory], std::size_t{welcome.store_pages} * sizeof(DirectoryEntry), PROT_READ));
    connection.frames = static_cast<const Page*>(
        MapShared(received[kFrames], std::size_t{welcome.direct_pages} * kPageBytes, PROT_READ));
    mapped = mapped && connection.directory != nullptr && connection.frames != nullptr;
  } else {
    RawClose(received[kDirectory]);
    RawClose(received[kFrames]);
  }
  return mapped ? Status()
                : Status::Error(std::string("the service's memory cannot be mapped: ") + std::strerror(errno));
}

}  // namespace

void Say(const std::string& message) {
  const std::string line = "tarn far: " + message + "\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

void End(const std::string& message) {
  Say(message);
  ::_exit(kExitNotStarted);
}

Result<Connection> ConnectToService(const char* path, std::uint64_t copy_of) {
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  Connection connection;
  connection.socket = MoveUp(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const auto fail = [&connection](const Status& status) {
    Close(connection);
    return status;
  };
  if (::connect(connection.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return fail(Status::Error(std::string("no far-memory service at ") + path + ": " + std::strerror(errno)));
  }
  if (Status status = SayHello(connection.socket, copy_of); !status.ok()) return fail(status);
  const auto received = ReceiveWelcome(connection.socket, connection.welcome);
  if (!received.ok()) return fail(received.status());
  if (Status status = Map(*received, copy_of == 0, connection); !status.ok()) return fail(status);
  return connection;
}

void Close(const Connection& connection) {
  RawClose(connection.socket);
  RawClose(connection.doorbell);
  if (connection.ring != nullptr) RawUnmap(connection.ring, sizeof(Ring));
}

}  // namespace tarn::pager::preload
