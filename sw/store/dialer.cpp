#include "sw/store/dialer.h"

#include <algorithm>
#include <utility>

namespace tarn::store {

namespace {
constexpr std::chrono::milliseconds kPauseMin(20);
constexpr std::chrono::milliseconds kPauseMax(500);
constexpr std::chrono::seconds kUnacknowledgedMax(3);
}  // namespace

Dialer::Dialer(net::EventLoop& loop, Options options) : loop_(loop), options_(std::move(options)) { Dial(); }

void Dialer::Send(dataset::SharedBytes bytes, dataset::SharedSpan data) {
  if (connected()) channel_->Send(std::move(bytes), std::move(data));
}

void Dialer::Dial() {
  retired_.reset();
  Result<net::FileDescriptor> socket = net::Connect(options_.address);
  if (!socket.ok()) return DialLater(socket.status().message());
  if (options_.under_way_bytes != 0) net::WidenUnixSocket(socket->number(), options_.under_way_bytes);
  net::BoundUnacknowledged(socket->number(), kUnacknowledgedMax);
  FrameChannel::Events events;
  events.opened = [this] {
    loop_.Cancel(std::exchange(timer_, {}));
    pause_ = {};
    last_trouble_.clear();
    options_.opened();
  };
  events.frame = [this](dataset::Bytes frame) { options_.frame(std::move(frame)); };
  events.closed = [this](const std::string& why) { DialLater(why); };
  channel_ = std::make_unique<FrameChannel>(loop_, std::move(*socket), options_.tls.get(), options_.peer_name,
                                            options_.bytes_max, std::move(events));
  // The other end may have given up long ago, without our hearing of it.
  timer_ = loop_.After(options_.open_max, [this] {
    channel_->Close();
    DialLater("does not answer");
  });
}

void Dialer::DialLater(const std::string& why) {
  loop_.Cancel(std::exchange(timer_, {}));
  retired_ = std::move(channel_);
  if (why != last_trouble_) options_.trouble(why);
  last_trouble_ = why;
  pause_ = std::clamp<net::EventLoop::Clock::duration>(2 * pause_, kPauseMin, kPauseMax);
  timer_ = loop_.After(pause_, [this] { Dial(); });
}

}  // namespace tarn::store
