// Keeps a channel to one place standing: dials, gives up what does not come to stand, and dials again after a pause
// that grows. The same trouble again and again is told once.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "sw/dataset/types.h"
#include "sw/net/address.h"
#include "sw/net/event_loop.h"
#include "sw/net/tls.h"
#include "sw/store/frame_channel.h"

namespace tarn::store {

class Dialer {
 public:
  struct Options {
    net::Address address;
    std::shared_ptr<net::TlsContext> tls;       // null: plain
    std::string peer_name;                      // in the other end's certificate
    std::size_t bytes_max = 0;                  // that may wait to be sent
    int under_way_bytes = 0;                    // that a unix socket holds; 0: as many as the system gives it
    std::chrono::milliseconds open_max{5000};   // for a channel to stand
    std::function<void()> opened;               // the first frame may be sent from here
    std::function<void(dataset::Bytes)> frame;  // one that came
    std::function<void(const std::string& line)> trouble;
  };

  // Dials at once.
  Dialer(net::EventLoop& loop, Options options);
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;
  ~Dialer() { loop_.Cancel(timer_); }

  bool connected() const { return channel_ != nullptr && channel_->open(); }
  // Best effort; nothing where it is not connected.
  void Send(dataset::SharedBytes bytes, dataset::SharedSpan data = {});

 private:
  void Dial();
  void DialLater(const std::string& why);

  net::EventLoop& loop_;
  Options options_;
  std::unique_ptr<FrameChannel> channel_;
  std::unique_ptr<FrameChannel> retired_;  // until the round ends
  net::EventLoop::Timer timer_;            // to dial anew, or to give up
  net::EventLoop::Clock::duration pause_{};
  std::string last_trouble_;
};

}  // namespace tarn::store
