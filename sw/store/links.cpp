#include "sw/store/links.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "sw/dataset/wire.h"

namespace tarn::store {

namespace {

constexpr std::uint32_t kHelloMark = 0x3148'4c54;  // "TLH1"
constexpr int kUnderWayBytes = 4 << 20;
constexpr std::size_t kIncomingMax = 4 * dataset::kMembersMax;  // more is no member's doing

}  // namespace

Result<std::unique_ptr<Links>> Links::Create(net::EventLoop& loop, Options options) {
  std::unique_ptr<Links> links(new Links(loop, std::move(options)));
  for (const Peer& peer : links->options_.members) {
    if (peer.member != links->options_.self) continue;
    Result<net::FileDescriptor> socket = net::Listen(peer.address);
    if (!socket.ok()) return socket.status();
    links->listener_.socket = std::move(*socket);
    Status status = loop.Watch(links->listener_.socket.number(), EPOLLIN, &links->listener_);
    if (!status.ok()) return status;
  }
  for (const Peer& peer : links->options_.members) {
    if (peer.member != links->options_.self) links->outgoing_.try_emplace(peer.member, loop, links->ToPeer(peer));
  }
  return links;
}

Links::~Links() {
  for (Incoming& incoming : incoming_) loop_.Cancel(incoming.timer);
  if (!listener_.socket.valid()) return;
  loop_.Forget(listener_.socket.number());
  for (const Peer& peer : options_.members) {
    if (peer.member == options_.self && peer.address.is_unix()) ::unlink(peer.address.path.c_str());
  }
}

void Links::Send(const dataset::Send& send) {
  for (const dataset::MemberId member : send.to) {
    const auto found = outgoing_.find(member);
    if (found != outgoing_.end()) found->second.Send(send.bytes, send.data);
  }
}

dataset::MemberSet Links::connected() const {
  dataset::MemberSet set;
  for (const auto& [member, outgoing] : outgoing_) {
    if (outgoing.connected()) set = set.With(member);
  }
  return set;
}

Dialer::Options Links::ToPeer(const Peer& peer) {
  const std::string link = "link to member " + std::to_string(peer.member) + " (" + peer.name + ")";
  return {.address = peer.address,
          .tls = options_.client_tls,
          .peer_name = peer.name,
          .bytes_max = options_.bytes_max,
          .under_way_bytes = kUnderWayBytes,
          .open_max = options_.open_max,
          .opened =
              [this, link, member = peer.member] {
                options_.log(link + " stands");
                outgoing_.at(member).Send(Hello());
              },
          .frame = [](const dataset::Bytes&) {},  // nothing is expected this way
          .trouble = [this, link](const std::string& why) { options_.log(link + ": " + why); }};
}

dataset::SharedBytes Links::Hello() const {
  auto hello = std::make_shared<dataset::Bytes>();
  dataset::WireWriter writer(*hello);
  writer.U32(kHelloMark);
  writer.U64(options_.dataset.high);
  writer.U64(options_.dataset.low);
  writer.U8(options_.self);
  writer.U32(options_.block_bytes);
  writer.U64(static_cast<std::uint64_t>(options_.lease_ns));
  return hello;
}

void Links::Accept() {
  while (true) {
    net::FileDescriptor socket(::accept4(listener_.socket.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) return;
    if (incoming_.size() >= kIncomingMax) continue;  // closed
    net::PrepareConnected(socket.number());
    Incoming& incoming = incoming_.emplace_back();
    FrameChannel::Events events;
    events.opened = [] {};
    events.frame = [this, &incoming](dataset::Bytes frame) { TakeFrame(incoming, std::move(frame)); };
    events.closed = [this, &incoming](const std::string& why) { End(incoming, why); };
    incoming.channel = std::make_unique<FrameChannel>(loop_, std::move(socket), options_.server_tls.get(), "",
                                                      options_.bytes_max, std::move(events));
    incoming.timer = loop_.After(options_.open_max, [this, &incoming] { End(incoming, "says not who it is"); });
  }
}

void Links::TakeFrame(Incoming& incoming, dataset::Bytes frame) {
  if (incoming.from != dataset::kNobody) return options_.received(incoming.from, std::move(frame));
  if (const std::string objection = Objection(incoming, frame); !objection.empty()) return End(incoming, objection);
  dataset::WireReader reader(frame);
  reader.U32();
  reader.U64();
  reader.U64();
  const dataset::MemberId from = reader.U8();
  // A member that dials anew has given up what it dialled before.
  for (Incoming& other : incoming_) {
    if (other.from == from) End(other, "");
  }
  incoming.from = from;
  loop_.Cancel(std::exchange(incoming.timer, {}));
}

std::string Links::Objection(const Incoming& incoming, const dataset::Bytes& frame) const {
  dataset::WireReader reader(frame);
  const bool marked = reader.U32() == kHelloMark;
  const std::uint64_t high = reader.U64();
  const std::uint64_t low = reader.U64();
  const dataset::MemberId member = reader.U8();
  const std::uint32_t block_bytes = reader.U32();
  const auto lease_ns = static_cast<dataset::TimeNs>(reader.U64());
  if (!marked || !reader.ended()) return "does not speak as a member does";
  if (high != options_.dataset.high || low != options_.dataset.low) return "belongs to another dataset";
  const auto peer = std::ranges::find(options_.members, member, &Peer::member);
  if (peer == options_.members.end() || member == options_.self) {
    return "says that it is member " + std::to_string(member) + ", which is none of ours";
  }
  if (block_bytes != options_.block_bytes || lease_ns != options_.lease_ns) {
    return "has another --block-size or --lease-ms: " + std::to_string(block_bytes) + " bytes and " +
           std::to_string(lease_ns / dataset::kMillisecondNs) + " ms, where this member has " +
           std::to_string(options_.block_bytes) + " and " + std::to_string(options_.lease_ns / dataset::kMillisecondNs);
  }
  if (options_.server_tls == nullptr || incoming.channel->PeerName() == peer->name) return {};
  return "says that it is member " + std::to_string(member) + " (" + peer->name + "), but its certificate names '" +
         incoming.channel->PeerName() + "'";
}

void Links::End(Incoming& incoming, const std::string& why) {
  if (!why.empty()) {
    const std::string who =
        incoming.from == dataset::kNobody ? "a stranger" : "member " + std::to_string(incoming.from);
    options_.log("link from " + who + ": " + why);
  }
  incoming.channel->Close();
  incoming.from = dataset::kNobody;
  loop_.Cancel(std::exchange(incoming.timer, {}));
  // Not from within its own call. Only closed ones go, so that being named twice does no harm.
  deferrals_.Defer([this] { incoming_.remove_if([](const Incoming& one) { return one.channel->closed(); }); });
}

}  // namespace tarn::store
