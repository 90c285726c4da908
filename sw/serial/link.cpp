#include "sw/serial/link.h"

#include <algorithm>
#include <utility>

#include "sw/serial/message_bytes.h"

namespace tarn::serial {

namespace {

constexpr std::size_t kHeaderBytes = 4;
constexpr std::uint64_t kPatienceMax = 8;

}  // namespace

void Link::Receive(std::span<const std::uint8_t> bytes, Microseconds now) {
  for (const std::uint8_t byte : bytes) {
    if (const std::optional<Bytes> frame = decoder_.Take(byte)) Take(*frame, now);
  }
}

void Link::Take(const Bytes& frame, Microseconds now) {
  if (!status_.ok() || frame.size() < kHeaderBytes) return;
  const auto header = MessageOf<FrameHeader>(std::span(frame).first(kHeaderBytes));
  if (header.session != options_.session) return;  // of a session before
  ++counters_.frames_received;
  last_heard_ = now;
  switch (header.kind) {
    case FrameKind::kOpen: {
      const auto opened = MessageOf<Opened>(std::span(frame).subspan(kHeaderBytes));
      if (opened.version != kSerialVersion) {
        return Fail("the board speaks version " + std::to_string(opened.version) +
                    " of the serial protocol, this program " + std::to_string(kSerialVersion));
      }
      opened_ = opened;
      return;
    }
    case FrameKind::kRefuse:
      if (opened_) Fail("the board was restarted, or another program took it over: its state is lost");
      return;
    case FrameKind::kData:
      if (!opened_) return;
      TakeAcknowledgement(header, now);
      return TakeData(header, frame);
    case FrameKind::kAck:
      if (opened_) TakeAcknowledgement(header, now);
      return;
  }
}

void Link::TakeData(const FrameHeader& header, const Bytes& frame) {
  if (header.seq == expected_) {
    expected_ = (expected_ + 1) & kSeqMask;
    received_.emplace_back(frame.begin() + kHeaderBytes, frame.end());
    acknowledge_ = true;
    nak_said_ = false;
    return;
  }
  ++counters_.frames_out_of_order;
  const std::uint8_t ahead = (header.seq - expected_) & kSeqMask;
  if (ahead < kWindow) {
    nak_ = nak_ || !nak_said_;
    nak_said_ = true;
  } else {
    acknowledge_ = true;  // it was here before: the acknowledgement got lost
  }
}

void Link::TakeAcknowledgement(const FrameHeader& header, Microseconds now) {
  const std::uint8_t newly = (header.ack - acked_) & kSeqMask;
  if (newly > under_way_.size()) return;
  for (unsigned i = 0; i < newly; ++i) under_way_.pop_front();
  acked_ = (acked_ + newly) & kSeqMask;
  acknowledged_ += newly;
  if (newly != 0) {
    last_sent_ = now;
    patience_ = 1;
  }
  if (sample_ && acknowledged_ > sample_->first) {
    const Microseconds took = now - sample_->second;
    round_trip_ = round_trip_ == 0 ? took : (7 * round_trip_ + took) / 8;
    sample_.reset();
  }
  if (header.nak) SendAgain(now);
}

void Link::SendAgain(Microseconds now) {
  for (std::size_t i = 0; i < under_way_.size(); ++i) SendData(i);
  counters_.frames_again += under_way_.size();
  last_sent_ = now;
  sample_.reset();
}

bool Link::Overdue(Microseconds now) const {
  constexpr Microseconds kRoundTrips = 4;
  return !under_way_.empty() &&
         now - *last_sent_ >= patience_ * std::max(options_.resend_after, kRoundTrips * round_trip_);
}

void Link::Poll(Microseconds now) {
  if (!status_.ok()) return;
  if (!last_heard_) last_heard_ = now;
  if (now - *last_heard_ > options_.silence_max) {
    return Fail(opened_ ? "the board was silent for " + std::to_string(options_.silence_max / 1'000'000) + " s"
                        : "no board answers");
  }
  if (!opened_) {
    if (last_sent_ && now - *last_sent_ < options_.resend_after) return;
    SendFrame({.session = options_.session, .kind = FrameKind::kOpen},
              BytesOf(Open{.version = kSerialVersion, .reset_node = options_.reset_node}));
    last_sent_ = now;
    return;
  }
  if (Overdue(now)) {
    SendAgain(now);
    patience_ = std::min(2 * patience_, kPatienceMax);
  }
  if (nak_) {
    SendFrame({.session = options_.session, .nak = true, .ack = expected_, .kind = FrameKind::kAck}, {});
    nak_ = false;
    acknowledge_ = false;
  }
  while (!waiting_.empty() && under_way_.size() < kWindow) {
    if (under_way_.empty()) last_sent_ = now;
    under_way_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    if (!sample_) sample_ = {acknowledged_ + under_way_.size() - 1, now};
    SendData(under_way_.size() - 1);
  }
  if (now - std::max(*last_heard_, last_asked_) >= options_.ask_after) {
    acknowledge_ = true;
    last_asked_ = now;
  }
  if (acknowledge_) SendFrame({.session = options_.session, .ack = expected_, .kind = FrameKind::kAck}, {});
}

void Link::SendData(std::size_t index) {
  SendFrame({.session = options_.session,
             .ack = expected_,
             .kind = FrameKind::kData,
             .seq = static_cast<std::uint8_t>((acked_ + index) & kSeqMask)},
            under_way_[index]);
}

void Link::SendFrame(const FrameHeader& header, std::span<const std::uint8_t> payload) {
  Bytes content = BytesOf(header);
  content.insert(content.end(), payload.begin(), payload.end());
  const Bytes frame = EncodeFrame(content);
  output_.insert(output_.end(), frame.begin(), frame.end());
  ++counters_.frames_sent;
  acknowledge_ = false;  // it is in the header
}

std::optional<Bytes> Link::TakeMessage() {
  if (received_.empty()) return std::nullopt;
  Bytes message = std::move(received_.front());
  received_.pop_front();
  return message;
}

LinkCounters Link::counters() const {
  LinkCounters counters = counters_;
  counters.frames_broken = decoder_.broken();
  return counters;
}

void Link::Fail(const std::string& message) {
  if (status_.ok()) status_ = Status::Error(message);
}

}  // namespace tarn::serial
