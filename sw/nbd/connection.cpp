#include "sw/nbd/connection.h"

#include <array>
#include <utility>

namespace tarn::nbd {

namespace {
constexpr int kReadsPerRound = 4;  // so that one client does not keep the others waiting
constexpr std::size_t kPiecesMax = 128;
}  // namespace

Connection::Connection(net::EventLoop& loop, net::FileDescriptor socket, ExportDirectory& directory,
                       const Options& options, std::function<void(Connection&, const std::string&)> ended)
    : loop_(loop),
      options_(options),
      ended_(std::move(ended)),
      stream_(net::PlainStream(std::move(socket))),
      session_(directory, options.tls, [this] { ScheduleFlush(); }) {
  handshake_timer_ = loop_.After(options_.handshake_max, [this] {
    if (!closed_ && !session_.transmitting()) Close("the handshake takes too long");
  });
  const Status status = loop_.Watch(stream_->descriptor(), EPOLLIN, this);
  if (!status.ok()) Close(status.message());
  ScheduleFlush();
}

Connection::~Connection() {
  loop_.Cancel(handshake_timer_);
  if (stream_ != nullptr) loop_.Forget(stream_->descriptor());
}

void Connection::OnReady(std::uint32_t events) {
  if (closed_) return;
  if (tls_handshake_) return ContinueTlsHandshake();
  const bool gone = (events & (EPOLLHUP | EPOLLERR)) != 0;
  // There is nobody to answer any more, which the system would tell us again and again.
  if (gone && !session_.WantsInput()) return Close("");
  if (gone || (events & EPOLLIN) != 0) Read();
  if (closed_) return;
  output_blocked_ = output_blocked_ && (events & EPOLLOUT) == 0;
  ScheduleFlush();
}

void Connection::Read() {
  for (int i = 0; i < kReadsPerRound; ++i) {
    const std::span<std::uint8_t> space = session_.Space();
    if (space.empty()) return;
    const net::Transfer transfer = stream_->Read(space);
    if (transfer.kind == net::Transfer::Kind::kBlocked) return;
    if (transfer.kind == net::Transfer::Kind::kClosed) return Close("");
    if (transfer.kind == net::Transfer::Kind::kFailed) return Close(transfer.error);
    session_.Received(transfer.bytes);
    if (transfer.bytes < space.size() && !stream_->HasBuffered()) return;
  }
}

void Connection::ScheduleFlush() {
  if (flush_scheduled_) return;
  flush_scheduled_ = true;
  deferrals_.DeferSending([this] { Flush(); });
}

void Connection::Flush() {
  flush_scheduled_ = false;
  if (closed_) return EndIfIdle();
  if (tls_handshake_) return;
  session_.Resume();
  if (!output_blocked_) Send();
  if (!closed_) FollowState();
  if (closed_) return EndIfIdle();
  UpdateInterest();
  // Such bytes make no socket readable.
  if (!tls_handshake_ && session_.WantsInput() && stream_->HasBuffered()) {
    Read();
    if (!closed_) ScheduleFlush();
  }
}

void Connection::Send() {
  std::array<iovec, kPiecesMax> pieces{};
  while (!session_.output().empty()) {
    const std::size_t count = session_.output().Gather(pieces);
    const net::Transfer transfer = stream_->Write({pieces.data(), count});
    if (transfer.kind == net::Transfer::Kind::kBlocked) {
      output_blocked_ = true;
      return;
    }
    if (!transfer.moved()) return Close(transfer.error);
    session_.output().Sent(transfer.bytes);
  }
  // What stood at the bound may go on.
  if (session_.HasInput()) {
    session_.Resume();
    if (!session_.output().empty()) ScheduleFlush();
  }
}

void Connection::FollowState() {
  const bool sent = session_.output().empty();
  if (session_.transmitting()) loop_.Cancel(std::exchange(handshake_timer_, {}));
  switch (session_.state()) {
    case Session::State::kOpen:
      return;
    case Session::State::kStartTls:
      if (sent) StartTls();
      return;
    case Session::State::kFinished:
      if (sent) Close("");
      return;
    case Session::State::kBroken:
      return Close(session_.why());
  }
}

void Connection::StartTls() {
  // What came in the clear before TLS must not be taken for something that came by TLS.
  if (session_.HasInput()) return Close("bytes in the clear after the request for TLS");
  loop_.Forget(stream_->descriptor());
  stream_ = options_.tls_context->Wrap(stream_->TakeSocket(), "");
  tls_handshake_ = true;
  if (Status status = loop_.Watch(stream_->descriptor(), EPOLLIN, this); !status.ok()) return Close(status.message());
  ContinueTlsHandshake();
}

void Connection::ContinueTlsHandshake() {
  const net::Transfer transfer = stream_->Handshake();
  if (transfer.kind == net::Transfer::Kind::kBlocked) {
    loop_.Change(stream_->descriptor(), stream_->WaitsToWrite() ? EPOLLOUT : EPOLLIN);
    return;
  }
  if (!transfer.moved()) return Close("TLS: " + (transfer.error.empty() ? "closed" : transfer.error));
  tls_handshake_ = false;
  session_.TlsStarted();
  ScheduleFlush();
}

void Connection::UpdateInterest() {
  if (tls_handshake_) return;
  const bool wants_output = output_blocked_ || stream_->WaitsToWrite();
  loop_.Change(stream_->descriptor(), (session_.WantsInput() ? EPOLLIN : 0U) | (wants_output ? EPOLLOUT : 0U));
}

void Connection::Close(const std::string& why) {
  if (closed_) return;
  closed_ = true;
  why_ = why;
  loop_.Cancel(std::exchange(handshake_timer_, {}));
  if (why.empty()) stream_->Shutdown();
  loop_.Forget(stream_->descriptor());
  stream_.reset();
  ScheduleFlush();
}

void Connection::EndIfIdle() {
  // The export still writes into the session otherwise.
  if (!session_.idle() || ended_called_) return;
  ended_called_ = true;
  ended_(*this, why_);
}

void Connection::ShutDown() {
  session_.ShutDown();
  if (!session_.transmitting()) Close("");
  ScheduleFlush();
}

}  // namespace tarn::nbd
