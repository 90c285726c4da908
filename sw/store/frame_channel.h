// Frames over one socket, plain or TLS, in an event loop. What is sent in one round of the loop goes out together, or
// in parts where it is much.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "sw/dataset/types.h"
#include "sw/net/deferrals.h"
#include "sw/net/event_loop.h"
#include "sw/net/stream.h"
#include "sw/net/tls.h"
#include "sw/store/frame_reader.h"

namespace tarn::store {

class FrameChannel : public net::EventLoop::Handler {
 public:
  // Called from the loop. The channel may be destroyed only after `closed` was called, and not from within a call of
  // it: see net::Deferrals.
  struct Events {
    std::function<void()> opened;  // connected, and TLS stands
    std::function<void(dataset::Bytes)> frame;
    std::function<void(const std::string& why)> closed;  // once; not after Close()
  };

  // A socket that is connected or connects. tls: null for plain. peer_name: what the other end's certificate must name;
  // empty: anything. bytes_max: what may wait to be sent; more closes the channel.
  FrameChannel(net::EventLoop& loop, net::FileDescriptor socket, net::TlsContext* tls, const std::string& peer_name,
               std::size_t bytes_max, Events events);
  ~FrameChannel() override;

  void OnReady(std::uint32_t events) override;

  bool open() const { return state_ == State::kOpen; }
  bool closed() const { return state_ == State::kClosed; }
  // The name in the other end's certificate; empty without TLS.
  std::string PeerName() const { return stream_ == nullptr ? std::string() : stream_->PeerName(); }
  // A frame of bytes and then data. Best effort: what the channel holds when it closes is lost. REQUIRES: open().
  void Send(dataset::SharedBytes bytes, dataset::SharedSpan data = {});
  std::size_t waiting_bytes() const { return waiting_bytes_; }
  // Without a call of `closed`.
  void Close();

 private:
  enum class State : std::uint8_t { kConnecting, kHandshake, kOpen, kClosed };
  struct Frame {
    std::array<std::uint8_t, kFrameHeaderBytes> header{};
    dataset::SharedBytes bytes;
    dataset::SharedSpan data;

    std::size_t size() const { return kFrameHeaderBytes + bytes->size() + data.bytes.size(); }
  };

  void ContinueHandshake();
  void Read();
  void ScheduleFlush();
  void Flush();
  net::Transfer WriteWaiting();
  void Sent(std::size_t count);
  void UpdateInterest();
  void Fail(const std::string& why);

  net::EventLoop& loop_;
  net::Deferrals deferrals_{loop_};
  std::unique_ptr<net::Stream> stream_;
  std::size_t bytes_max_;
  Events events_;
  State state_ = State::kConnecting;
  FrameReader reader_;
  std::deque<Frame> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::size_t sent_of_first_ = 0;
  bool flush_scheduled_ = false;
  bool output_blocked_ = false;
};

}  // namespace tarn::store
