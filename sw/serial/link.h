// A computer's side of a serial link: messages each once and in order, whatever the line loses or changes. A state
// machine without a clock and without a line of its own: who drives it gives bytes and the time, and takes bytes
// (rtl/serial/README.md, "Frames").
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "models/common/result.h"
#include "models/serial/serial_protocol.h"
#include "sw/serial/frames.h"

namespace tarn::serial {

using Microseconds = std::uint64_t;

struct LinkOptions {
  std::uint16_t session = 1;  // another number than the session before
  bool reset_node = true;     // the node begins anew
  // A frame that was not acknowledged: after so long at least, or after four times what an acknowledgement takes.
  Microseconds resend_after = 250'000;
  // A board that says nothing for so long is asked whether it still has the session: one that was restarted has not.
  Microseconds ask_after = 1'000'000;
  Microseconds silence_max = 10'000'000;  // of the board, which says something each 65,536 cycles at least
};

struct LinkCounters {
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_again = 0;  // of those: sent before
  std::uint64_t frames_received = 0;
  std::uint64_t frames_broken = 0;
  std::uint64_t frames_out_of_order = 0;
};

class Link {
 public:
  explicit Link(const LinkOptions& options) : options_(options) {}

  // A message is queued; its first byte is its kind. REQUIRES: 1 to kSerialPayloadMax bytes.
  void Send(Bytes message) { waiting_.push_back(std::move(message)); }
  // Messages that are not acknowledged yet.
  std::size_t pending() const { return waiting_.size() + under_way_.size(); }

  void Receive(std::span<const std::uint8_t> bytes, Microseconds now);
  // Whatever is due. Call it often.
  void Poll(Microseconds now);
  // Bytes for the line; they are gone from here.
  Bytes TakeOutput() {
    Bytes out;
    out.swap(output_);
    return out;
  }
  std::optional<Bytes> TakeMessage();

  // What the board said of itself when the session began.
  const std::optional<Opened>& opened() const { return opened_; }
  // Ok, or why the session is over: the board was silent too long, was restarted, or speaks another protocol.
  const Status& status() const { return status_; }
  LinkCounters counters() const;

 private:
  static constexpr std::uint8_t kWindow = 8;
  static constexpr std::uint8_t kSeqMask = 15;

  void Take(const Bytes& frame, Microseconds now);
  void TakeData(const FrameHeader& header, const Bytes& frame);
  void TakeAcknowledgement(const FrameHeader& header, Microseconds now);
  void SendFrame(const FrameHeader& header, std::span<const std::uint8_t> payload);
  void SendData(std::size_t index);
  void SendAgain(Microseconds now);
  // Whether what is under way should have been acknowledged by now.
  bool Overdue(Microseconds now) const;
  void Fail(const std::string& message);

  LinkOptions options_;
  FrameDecoder decoder_;
  std::deque<Bytes> waiting_;    // messages that were never sent
  std::deque<Bytes> under_way_;  // sent and not acknowledged, in order; the first has the number acked_
  std::deque<Bytes> received_;
  Bytes output_;
  std::optional<Opened> opened_;
  Status status_;
  LinkCounters counters_;
  std::uint8_t acked_ = 0;
  std::uint8_t expected_ = 0;  // of what the board sends
  bool acknowledge_ = false;
  bool nak_said_ = false;  // of what is missing now
  bool nak_ = false;
  std::optional<Microseconds> last_heard_;
  Microseconds last_asked_ = 0;
  std::optional<Microseconds> last_sent_;  // of frames that wait for an acknowledgement
  // How long an acknowledgement takes: of one frame at a time, sent once alone (RFC 6298's way). On a slow line, or a
  // slow simulation of a board, sending again too early would fill the line with copies.
  std::uint64_t acknowledged_ = 0;                                // frames since the session began
  std::optional<std::pair<std::uint64_t, Microseconds>> sample_;  // the frame that is measured, when it was sent
  Microseconds round_trip_ = 0;
  std::uint64_t patience_ = 1;  // doubled each time in vain
};

}  // namespace tarn::serial
