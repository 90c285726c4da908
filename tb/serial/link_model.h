// The board's side of a serial link, as rtl/serial/README.md has it ("Frames"): what of the bytes that come is a
// message for the node, and whether a frame that the board says may be said. It knows no time: what the board owes must
// have been said in the end.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>

#include "models/serial/serial_protocol.h"
#include "sw/serial/frames.h"

namespace tarn::serial {

class LinkModel {
 public:
  static constexpr std::size_t kWindow = 8;

  // hosts: what the board says of itself.
  explicit LinkModel(std::uint8_t hosts) : hosts_(hosts) {}

  // A byte from the line; or one that was lost, as far as the receiver noticed.
  void Receive(std::uint8_t byte);
  void LoseByte() { lost_ = true; }
  // The session there is.
  std::optional<std::uint16_t> session() const { return session_; }
  // Those that began, so far, and whether the last one resets the node.
  std::uint64_t sessions() const { return sessions_; }
  bool reset_node() const { return reset_node_; }

  // Messages of this session that came, but for those that were consumed.
  const std::deque<Bytes>& messages() const { return messages_; }
  void Consume();
  // The number of the frame that would be the next message.
  std::uint8_t expected() const { return NumberOf(consumed_ + messages_.size()); }

  // Whether a message can be sent; it is then under way until it is acknowledged.
  bool has_room() const { return session_.has_value() && said_messages_.size() - acked_ < kWindow; }
  void Send(Bytes message) { said_messages_.push_back(std::move(message)); }
  std::size_t under_way() const { return said_messages_.size() - acked_; }
  // The number of the oldest that is not acknowledged.
  std::uint8_t acknowledged() const { return NumberOf(acked_); }

  // What is wrong with a frame that the board says; empty: nothing.
  std::string Judge(const Bytes& frame);
  // What it should have said and has not; empty: nothing. Messages that nobody acknowledges are not asked for.
  std::string Owes() const;

 private:
  static std::uint8_t NumberOf(std::uint64_t count) { return static_cast<std::uint8_t>(count % 16); }

  void Take(const Bytes& frame, bool has_room);
  void TakeWish(const FrameHeader& header, const Bytes& frame);
  void TakeAcknowledgement(const FrameHeader& header);
  void TakeData(const FrameHeader& header, const Bytes& frame, bool has_room);
  void Begin(std::uint16_t session, bool reset_node);
  std::string JudgeData(const FrameHeader& header, const Bytes& frame);
  std::string JudgeAcknowledgement(const FrameHeader& header);
  std::string JudgeOpened(const Bytes& frame);

  std::uint8_t hosts_;
  FrameDecoder decoder_;
  std::size_t bytes_ = 0;        // of the frame that comes
  bool lost_ = false;            // of it
  bool room_at_header_ = false;  // for a message, once its header was there
  std::optional<std::uint16_t> session_;
  std::uint64_t sessions_ = 0;
  bool reset_node_ = false;

  // All of this session. Counts of frames; their numbers are these modulo 16.
  std::deque<Bytes> messages_;
  std::uint64_t consumed_ = 0;
  std::uint64_t said_consumed_ = 0;  // as acknowledged
  std::deque<Bytes> said_messages_;  // all that were to be sent
  std::uint64_t acked_ = 0;          // of them
  std::uint64_t sent_ = 0;           // of them, once at least
  bool nak_said_ = false;            // of what is missing now, or is to be said
  unsigned naks_owed_ = 0;
  // What comes while the same is being said may be answered with it, or once more.
  unsigned openings_allowed_ = 0;
  unsigned refusals_allowed_ = 0;
  bool opening_owed_ = false;
  bool refusal_owed_ = false;
  std::set<std::uint16_t> strange_sessions_;
  // Frames that may be of a session before: the one whose end was being said as this one began, and the next.
  unsigned older_frames_ = 0;
};

}  // namespace tarn::serial
