#include "sw/store/frame_channel.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "sw/net/address.h"

namespace tarn::store {

namespace {
constexpr std::size_t kReadBytes = 256 << 10;
constexpr int kReadsPerRound = 4;
constexpr std::size_t kPiecesMax = 384;
// With so many waiting, they are sent before the round of events ends: the other end works on them while we see to the
// rest.
constexpr std::size_t kSentAtOnceBytes = 16 << 10;
constexpr std::size_t kPiecesPerFrame = 3;
}  // namespace

FrameChannel::FrameChannel(net::EventLoop& loop, net::FileDescriptor socket, net::TlsContext* tls,
                           const std::string& peer_name, std::size_t bytes_max, Events events)
    : loop_(loop),
      stream_(tls == nullptr ? net::PlainStream(std::move(socket)) : tls->Wrap(std::move(socket), peer_name)),
      bytes_max_(bytes_max),
      events_(std::move(events)) {
  // A socket that is connected is writable.
  const Status status = loop_.Watch(stream_->descriptor(), EPOLLOUT, this);
  if (status.ok()) return;
  deferrals_.Defer([this, why = status.message()] { Fail(why); });
}

FrameChannel::~FrameChannel() { Close(); }

void FrameChannel::OnReady(std::uint32_t events) {
  if (state_ == State::kConnecting) {
    if (const int error = net::ConnectError(stream_->descriptor()); error != 0) return Fail(std::strerror(error));
    state_ = State::kHandshake;
  }
  if (state_ == State::kHandshake) return ContinueHandshake();
  if (state_ != State::kOpen) return;
  output_blocked_ = output_blocked_ && (events & EPOLLOUT) == 0;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) Read();
  if (state_ == State::kOpen) ScheduleFlush();
}

void FrameChannel::ContinueHandshake() {
  const net::Transfer transfer = stream_->Handshake();
  if (transfer.kind == net::Transfer::Kind::kBlocked) {
    loop_.Change(stream_->descriptor(), stream_->WaitsToWrite() ? EPOLLOUT : EPOLLIN);
    return;
  }
  if (!transfer.moved()) return Fail("TLS: " + (transfer.error.empty() ? "closed" : transfer.error));
  state_ = State::kOpen;
  events_.opened();
  if (state_ == State::kOpen) ScheduleFlush();
}

void FrameChannel::Read() {
  // One for all channels of the thread: nothing stays in it.
  thread_local std::array<std::uint8_t, kReadBytes> buffer;
  const auto each = [this](dataset::Bytes frame) {
    if (state_ == State::kOpen) events_.frame(std::move(frame));
  };
  for (int i = 0; i < kReadsPerRound && state_ == State::kOpen; ++i) {
    const std::span<std::uint8_t> space = reader_.Space();
    const std::span<std::uint8_t> into = space.empty() ? std::span<std::uint8_t>(buffer) : space;
    const net::Transfer transfer = stream_->Read(into);
    if (transfer.kind == net::Transfer::Kind::kBlocked) return;
    if (!transfer.moved()) return Fail(transfer.error.empty() ? "closed by the other end" : transfer.error);
    if (!space.empty()) {
      reader_.TakeFromSpace(transfer.bytes, each);
    } else if (!reader_.Take(into.first(transfer.bytes), each)) {
      return Fail("a frame that is too long");
    }
    if (state_ != State::kOpen) return;
    if (transfer.bytes < into.size() && !stream_->HasBuffered()) return;
  }
}

void FrameChannel::Send(dataset::SharedBytes bytes, dataset::SharedSpan data) {
  const std::size_t size = bytes->size() + data.bytes.size();
  waiting_bytes_ += kFrameHeaderBytes + size;
  waiting_.push_back({.header = FrameHeader(size), .bytes = std::move(bytes), .data = std::move(data)});
  // Where that fails, the flush hears of it as well.
  if (waiting_bytes_ >= kSentAtOnceBytes && state_ == State::kOpen) WriteWaiting();
  ScheduleFlush();
}

void FrameChannel::ScheduleFlush() {
  if (flush_scheduled_) return;
  flush_scheduled_ = true;
  deferrals_.DeferSending([this] { Flush(); });
}

void FrameChannel::Flush() {
  flush_scheduled_ = false;
  if (state_ != State::kOpen) return;
  if (const net::Transfer transfer = WriteWaiting(); !transfer.moved() && !output_blocked_) return Fail(transfer.error);
  if (waiting_bytes_ > bytes_max_) return Fail("the other end does not read");
  UpdateInterest();
  if (stream_->HasBuffered()) {
    Read();
    if (state_ == State::kOpen) ScheduleFlush();
  }
}

// All, or until the socket takes no more, or fails.
net::Transfer FrameChannel::WriteWaiting() {
  std::array<iovec, kPiecesMax> pieces;
  net::Transfer transfer;
  while (!waiting_.empty() && !output_blocked_) {
    std::size_t count = 0;
    std::size_t skip = sent_of_first_;
    for (const Frame& frame : waiting_) {
      if (count + kPiecesPerFrame > pieces.size()) break;
      for (const std::span<const std::uint8_t> part : {std::span<const std::uint8_t>(frame.header),
                                                       std::span<const std::uint8_t>(*frame.bytes), frame.data.bytes}) {
        const std::size_t skipped = std::min(skip, part.size());
        skip -= skipped;
        if (skipped == part.size()) continue;
        pieces[count++] = {.iov_base = const_cast<std::uint8_t*>(part.data()) + skipped,
                           .iov_len = part.size() - skipped};
      }
    }
    transfer = stream_->Write({pieces.data(), count});
    output_blocked_ = transfer.kind == net::Transfer::Kind::kBlocked;
    if (!transfer.moved()) break;
    Sent(transfer.bytes);
  }
  return transfer;
}

void FrameChannel::Sent(std::size_t count) {
  waiting_bytes_ -= count;
  count += sent_of_first_;
  while (!waiting_.empty() && count >= waiting_.front().size()) {
    count -= waiting_.front().size();
    waiting_.pop_front();
  }
  sent_of_first_ = count;
}

void FrameChannel::UpdateInterest() {
  const bool wants_output = output_blocked_ || stream_->WaitsToWrite();
  loop_.Change(stream_->descriptor(), EPOLLIN | (wants_output ? EPOLLOUT : 0U));
}

void FrameChannel::Fail(const std::string& why) {
  if (state_ == State::kClosed) return;
  Close();
  events_.closed(why);
}

void FrameChannel::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  loop_.Forget(stream_->descriptor());
  stream_.reset();
  waiting_.clear();
  waiting_bytes_ = 0;
}

}  // namespace tarn::store
