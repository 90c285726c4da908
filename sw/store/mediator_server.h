// The mediator as a process: members ask over sockets, the state is kept in a file that is replaced whole.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "models/common/result.h"
#include "sw/dataset/mediator.h"
#include "sw/net/address.h"
#include "sw/net/deferrals.h"
#include "sw/net/event_loop.h"
#include "sw/net/tls.h"
#include "sw/store/frame_channel.h"

namespace tarn::store {

class MediatorServer : public net::EventLoop::Handler {
 public:
  struct Options {
    net::Address listen;
    std::string folder;                    // for state and lock; made if it is not there
    std::shared_ptr<net::TlsContext> tls;  // null: plain
    std::function<void(const std::string& line)> log;
  };

  static Result<std::unique_ptr<MediatorServer>> Create(net::EventLoop& loop, Options options);
  ~MediatorServer() override;

  void OnReady(std::uint32_t events) override;
  // Its state cannot be written any more: it must not go on, since it no longer knows what a restart would find.
  bool failed() const { return failed_; }
  std::uint16_t port() const { return net::BoundPort(socket_.number()); }

 private:
  MediatorServer(net::EventLoop& loop, Options options) : loop_(loop), options_(std::move(options)) {}
  Status Restore();
  void Handle(dataset::Mediator::Event event);
  bool Persist(const dataset::Bytes& bytes) const;
  std::string StatePath() const { return options_.folder + "/membership"; }

  net::EventLoop& loop_;
  net::Deferrals deferrals_{loop_};
  Options options_;
  net::FileDescriptor lock_;
  net::FileDescriptor socket_;
  dataset::Mediator mediator_;
  std::map<std::uint64_t, std::unique_ptr<FrameChannel>> clients_;
  std::uint64_t next_client_ = 1;
  bool failed_ = false;
};

}  // namespace tarn::store
