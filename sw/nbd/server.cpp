#include "sw/nbd/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

namespace tarn::nbd {

namespace {
constexpr std::chrono::milliseconds kPause(100);
}  // namespace

Result<std::unique_ptr<Server>> Server::Create(net::EventLoop& loop, ExportDirectory& directory, Options options) {
  assert(options.connection.tls == TlsMode::kOff || options.connection.tls_context != nullptr);
  std::unique_ptr<Server> server(new Server(loop, directory, std::move(options)));
  for (const net::Address& address : server->options_.listen) {
    Result<net::FileDescriptor> socket = net::Listen(address);
    if (!socket.ok()) return socket.status();
    auto listener = std::make_unique<Listener>(*server, std::move(*socket), address);
    Status status = loop.Watch(listener->socket.number(), EPOLLIN, listener.get());
    if (!status.ok()) return status;
    server->listeners_.push_back(std::move(listener));
  }
  return server;
}

Server::~Server() {
  loop_.Cancel(pause_);
  for (const auto& listener : listeners_) {
    loop_.Forget(listener->socket.number());
    if (listener->address.is_unix()) ::unlink(listener->address.path.c_str());
  }
}

void Server::Accept(Listener& listener) {
  while (!shutting_down_ && connections_.size() < options_.connections_max) {
    net::FileDescriptor socket(::accept4(listener.socket.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) {
      if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
      // Out of descriptors or memory: the client waits, and we do not spin.
      options_.log(net::SystemError("accept"));
      Listen(false);
      pause_ = loop_.After(kPause, [this] { Listen(!shutting_down_); });
      return;
    }
    net::PrepareConnected(socket.number());
    connections_.push_back(std::make_unique<Connection>(
        loop_, std::move(socket), directory_, options_.connection,
        [this](const Connection& connection, const std::string& why) { Ended(connection, why); }));
  }
  if (connections_.size() >= options_.connections_max) Listen(false);
}

void Server::Ended(const Connection& connection, const std::string& why) {
  if (!why.empty()) options_.log("a client's connection ends: " + why);
  // Not from within its own call.
  deferrals_.Defer([this, &connection] {
    std::erase_if(connections_, [&](const auto& one) { return one.get() == &connection; });
    Listen(!shutting_down_);
  });
}

void Server::Listen(bool wanted) {
  for (const auto& listener : listeners_) loop_.Change(listener->socket.number(), wanted ? EPOLLIN : 0U);
}

void Server::ShutDown() {
  shutting_down_ = true;
  Listen(false);
  for (const auto& connection : connections_) connection->ShutDown();
}

}  // namespace tarn::nbd
