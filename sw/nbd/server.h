// An NBD server: listens, and serves the exports of a directory to as many clients as come, all in one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/nbd/connection.h"
#include "sw/net/address.h"
#include "sw/net/deferrals.h"
#include "sw/net/event_loop.h"

namespace tarn::nbd {

class Server {
 public:
  struct Options {
    std::vector<net::Address> listen;
    Connection::Options connection;
    std::size_t connections_max = 256;  // more wait to be accepted
    std::function<void(const std::string&)> log = [](const std::string&) {};
  };

  // The directory must outlive the server. REQUIRES: a TLS context, unless TLS is off.
  static Result<std::unique_ptr<Server>> Create(net::EventLoop& loop, ExportDirectory& directory, Options options);
  ~Server();

  // Takes no more clients and refuses what they ask for; what is under way is still answered.
  void ShutDown();
  bool idle() const { return connections_.empty(); }
  std::size_t connections() const { return connections_.size(); }
  // Of the first address, if that is TCP.
  std::uint16_t port() const { return net::BoundPort(listeners_.front()->socket.number()); }

 private:
  struct Listener : net::EventLoop::Handler {
    Listener(Server& owner, net::FileDescriptor own, net::Address where)
        : server(owner), socket(std::move(own)), address(std::move(where)) {}
    void OnReady(std::uint32_t) override { server.Accept(*this); }

    Server& server;
    net::FileDescriptor socket;
    net::Address address;
  };

  Server(net::EventLoop& loop, ExportDirectory& directory, Options options)
      : loop_(loop), directory_(directory), options_(std::move(options)) {}
  void Accept(Listener& listener);
  void Ended(const Connection& connection, const std::string& why);
  void Listen(bool wanted);

  net::EventLoop& loop_;
  net::Deferrals deferrals_{loop_};
  ExportDirectory& directory_;
  Options options_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::list<std::unique_ptr<Connection>> connections_;
  net::EventLoop::Timer pause_;
  bool shutting_down_ = false;
};

}  // namespace tarn::nbd
