#include "tb/serial/link_model.h"

#include <algorithm>
#include <span>
#include <utility>

#include "sw/serial/message_bytes.h"

namespace tarn::serial {

namespace {

constexpr std::uint8_t kFlag = 0x7E;
constexpr std::uint8_t kEscape = 0x7D;
constexpr std::size_t kHeaderBytes = 4;

FrameHeader HeaderOf(const Bytes& frame) { return MessageOf<FrameHeader>(std::span(frame).first(kHeaderBytes)); }
Bytes PayloadOf(const Bytes& frame) { return {frame.begin() + kHeaderBytes, frame.end()}; }

}  // namespace

void LinkModel::Receive(std::uint8_t byte) {
  const std::optional<Bytes> frame = decoder_.Take(byte);
  if (byte == kFlag) {
    if (frame && !lost_) Take(*frame, room_at_header_);
    bytes_ = 0;
    lost_ = false;
  } else if (byte != kEscape && ++bytes_ == kHeaderBytes) {
    room_at_header_ = messages_.size() < kWindow;
  }
}

void LinkModel::Take(const Bytes& frame, bool has_room) {
  if (frame.size() < kHeaderBytes || frame.size() > kHeaderBytes + kSerialPayloadMax) return;
  const FrameHeader header = HeaderOf(frame);
  if (header.kind == FrameKind::kOpen) return TakeWish(header, frame);
  if (header.kind == FrameKind::kRefuse) return;  // only a board refuses
  if (session_ != header.session) {
    strange_sessions_.insert(header.session);
    ++refusals_allowed_;
    refusal_owed_ = true;
    return;
  }
  TakeAcknowledgement(header);
  if (header.kind == FrameKind::kData) TakeData(header, frame, has_room);
}

void LinkModel::TakeWish(const FrameHeader& header, const Bytes& frame) {
  const Bytes payload = PayloadOf(frame);
  if (payload.size() != 2) return;
  const auto open = MessageOf<Open>(payload);
  if (open.version != kSerialVersion) return;
  if (session_ != header.session) Begin(header.session, open.reset_node);
  ++openings_allowed_;
  opening_owed_ = true;
}

void LinkModel::Begin(std::uint16_t session, bool reset_node) {
  LinkModel fresh(hosts_);
  fresh.session_ = session;
  fresh.sessions_ = sessions_ + 1;
  fresh.reset_node_ = reset_node;
  fresh.older_frames_ = 2;
  fresh.openings_allowed_ = openings_allowed_;
  *this = std::move(fresh);
}

void LinkModel::TakeAcknowledgement(const FrameHeader& header) {
  const std::uint8_t newly = NumberOf(header.ack + 16u - acknowledged());
  if (newly <= under_way()) acked_ += newly;
  sent_ = std::max(sent_, acked_);  // it says that it has what was never sent: then it is not sent
}

void LinkModel::TakeData(const FrameHeader& header, const Bytes& frame, bool has_room) {
  const std::uint8_t ahead = NumberOf(header.seq + 16u - expected());
  if (ahead == 0 && has_room && frame.size() > kHeaderBytes) {
    messages_.push_back(PayloadOf(frame));
    nak_said_ = false;
  } else if (ahead != 0 && ahead < kWindow && !nak_said_) {
    nak_said_ = true;
    ++naks_owed_;
  }
}

void LinkModel::Consume() {
  messages_.pop_front();
  ++consumed_;
}

std::string LinkModel::Judge(const Bytes& frame) {
  const bool may_be_older = older_frames_ != 0;
  if (may_be_older) --older_frames_;
  if (frame.size() < kHeaderBytes) return "a frame without a header";
  const FrameHeader header = HeaderOf(frame);
  if (header.reserved0 != 0 || header.reserved1 != 0) return "reserved bits are set";
  if (header.session != session_) {
    if (may_be_older) return {};
    if (header.kind != FrameKind::kRefuse) return "a frame of a session that there is not";
    if (!strange_sessions_.contains(header.session)) return "refuses a session that nobody spoke of";
    if (refusals_allowed_ == 0) return "refuses more frames than came";
    --refusals_allowed_;
    refusal_owed_ = false;
    return {};
  }
  switch (header.kind) {
    case FrameKind::kRefuse:
      return "refuses the session that there is";
    case FrameKind::kOpen:
      return JudgeOpened(frame);
    case FrameKind::kData:
      if (std::string wrong = JudgeData(header, frame); !wrong.empty()) return wrong;
      break;
    case FrameKind::kAck:
      if (frame.size() != kHeaderBytes) return "an acknowledgement with a payload";
      if (header.nak && naks_owed_ == 0) return "says that something is missing, and nothing is";
      if (header.nak) --naks_owed_;
      break;
  }
  return JudgeAcknowledgement(header);
}

std::string LinkModel::JudgeOpened(const Bytes& frame) {
  if (PayloadOf(frame) != BytesOf(Opened{.version = kSerialVersion, .hosts = hosts_}))
    return "opens with a wrong payload";
  if (openings_allowed_ == 0) return "opens more often than it was asked";
  --openings_allowed_;
  opening_owed_ = false;
  return {};
}

std::string LinkModel::JudgeData(const FrameHeader& header, const Bytes& frame) {
  if (header.nak) return "data that say that something is missing";
  const std::uint8_t from_acked = NumberOf(header.seq + 16u - acknowledged());
  const std::uint64_t number = acked_ + from_acked;
  // What was acknowledged while it was on its way has a number that nobody looks at any more, and any content.
  if (from_acked >= under_way()) return number < 16 ? "a number that no message has" : "";
  if (number > sent_) return "message " + std::to_string(number) + " before message " + std::to_string(sent_);
  if (PayloadOf(frame) != said_messages_[number]) return "message " + std::to_string(number) + " has another content";
  sent_ = std::max(sent_, number + 1);
  return {};
}

std::string LinkModel::JudgeAcknowledgement(const FrameHeader& header) {
  const std::uint64_t said = said_consumed_ + NumberOf(header.ack + 16u - NumberOf(said_consumed_));
  if (said > consumed_) return "acknowledges what was not consumed";
  said_consumed_ = said;
  return {};
}

std::string LinkModel::Owes() const {
  if (opening_owed_) return "that the session has begun";
  if (refusal_owed_) return "that there is no such session";
  if (naks_owed_ != 0) return "that something is missing";
  if (said_consumed_ != consumed_) {
    return "an acknowledgement of " + std::to_string(consumed_) + " messages, and has acknowledged " +
           std::to_string(said_consumed_);
  }
  return {};
}

}  // namespace tarn::serial
