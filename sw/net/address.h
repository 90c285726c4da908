// Where a server listens or a client connects: unix:PATH, or HOST:PORT with a numeric host ([::1]:10809) or localhost.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "models/common/result.h"
#include "sw/net/file_descriptor.h"

namespace tarn::net {

struct Address {
  std::string path;  // of a unix socket; empty: TCP
  std::string host;
  std::uint16_t port = 0;

  bool is_unix() const { return !path.empty(); }
  // Whether other machines cannot reach it.
  bool IsLocal() const;
  std::string Text() const;
};

// option: named in the complaint, such as "--listen".
Result<Address> ParseAddress(const std::string& option, const std::string& text);

// A listening socket that does not block. A unix socket of that name that nobody listens on any more is replaced.
Result<FileDescriptor> Listen(const Address& address);

// A socket that does not block, and is connected or connects: writable when done, ConnectError() says how it went.
Result<FileDescriptor> Connect(const Address& address);
// 0, or the errno of a connection that did not come about.
int ConnectError(int descriptor);

// Where a listening TCP socket got its port from the system.
std::uint16_t BoundPort(int descriptor);

// What every connected socket gets: does not block, TCP without delay.
void PrepareConnected(int descriptor);
// Ends a TCP connection (or an attempt to make one) whose bytes the other end's system has not acknowledged for so
// long. Without that, one that a partition has cut goes on only when the system tries again, which it does ever more
// seldom.
void BoundUnacknowledged(int descriptor, std::chrono::milliseconds time_max);
// Lets so much be under way on a unix socket, as far as the system allows it (TCP sees to that by itself): with less,
// the two ends take turns, and each turn costs what it takes the system to wake the other.
void WidenUnixSocket(int descriptor, int bytes);

}  // namespace tarn::net
