// The links between members: each dials every other and sends on what it dialled, so that a link that works one way
// only is just that. Who sends is known by certificate; without TLS (on one machine) by what the sender says.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/dataset/interface.h"
#include "sw/net/address.h"
#include "sw/net/deferrals.h"
#include "sw/net/event_loop.h"
#include "sw/net/tls.h"
#include "sw/store/dialer.h"
#include "sw/store/frame_channel.h"

namespace tarn::store {

struct Peer {
  dataset::MemberId member = dataset::kNobody;
  std::string name;  // in its certificate
  net::Address address;
};

class Links {
 public:
  struct Options {
    dataset::DatasetId dataset;
    dataset::MemberId self = dataset::kNobody;
    // Of the dataset, so that they must be the same at both ends: a member with a longer lease than the others count on
    // would still serve when they go on without it.
    std::uint32_t block_bytes = 0;
    dataset::TimeNs lease_ns = 0;
    std::vector<Peer> members;                    // self among them
    std::shared_ptr<net::TlsContext> server_tls;  // null: plain
    std::shared_ptr<net::TlsContext> client_tls;
    std::size_t bytes_max = std::size_t{64} << 20;  // that may wait for one peer
    std::chrono::milliseconds open_max{5000};       // for a link to stand, and to say who it is from
    std::function<void(dataset::MemberId from, dataset::Bytes bytes)> received;
    std::function<void(const std::string& line)> log;
  };

  static Result<std::unique_ptr<Links>> Create(net::EventLoop& loop, Options options);
  ~Links();

  // Best effort, as the member's core wants it.
  void Send(const dataset::Send& send);
  // Whom there is a way to now.
  dataset::MemberSet connected() const;

 private:
  struct Incoming {
    std::unique_ptr<FrameChannel> channel;
    net::EventLoop::Timer timer;  // for the hello
    dataset::MemberId from = dataset::kNobody;
  };
  struct Listener : net::EventLoop::Handler {
    explicit Listener(Links& owner) : links(owner) {}
    void OnReady(std::uint32_t) override { links.Accept(); }
    Links& links;
    net::FileDescriptor socket;
  };

  Links(net::EventLoop& loop, Options options) : loop_(loop), options_(std::move(options)), listener_(*this) {}
  Dialer::Options ToPeer(const Peer& peer);
  dataset::SharedBytes Hello() const;
  void Accept();
  void TakeFrame(Incoming& incoming, dataset::Bytes frame);
  // Empty: welcome.
  std::string Objection(const Incoming& incoming, const dataset::Bytes& frame) const;
  void End(Incoming& incoming, const std::string& why);

  net::EventLoop& loop_;
  net::Deferrals deferrals_{loop_};
  Options options_;
  Listener listener_;
  std::map<dataset::MemberId, Dialer> outgoing_;
  std::list<Incoming> incoming_;
};

}  // namespace tarn::store
