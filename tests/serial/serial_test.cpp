// Frames, and the computer's side of the link.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "models/common/random.h"
#include "sw/serial/frames.h"
#include "sw/serial/link.h"
#include "sw/serial/message_bytes.h"

namespace tarn::serial {
namespace {

std::vector<Bytes> Decode(FrameDecoder& decoder, const Bytes& line) {
  std::vector<Bytes> frames;
  for (const std::uint8_t byte : line) {
    if (std::optional<Bytes> frame = decoder.Take(byte)) frames.push_back(*frame);
  }
  return frames;
}

// RFC 1662, appendix C: the check sequence of "123456789" is CRC-32's well-known value.
TEST(Frames, HaveTheCheckSequenceOfTheStandard) {
  const std::string text = "123456789";
  const Bytes frame = EncodeFrame(Bytes(text.begin(), text.end()));
  Bytes expected = {0x7E};
  expected.insert(expected.end(), text.begin(), text.end());
  const Bytes check_and_flag = {0x26, 0x39, 0xF4, 0xCB, 0x7E};
  expected.insert(expected.end(), check_and_flag.begin(), check_and_flag.end());
  EXPECT_EQ(frame, expected);
}

TEST(Frames, CarryEveryByteAndManyInARow) {
  Bytes all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<std::uint8_t>(byte));
  Bytes line = {0x55, 0x7D};  // what stood on the line before
  for (const Bytes& content : {all, Bytes{0x7E}, Bytes{0x7D, 0x7D, 0x7E}}) {
    const Bytes frame = EncodeFrame(content);
    EXPECT_EQ(std::count(frame.begin(), frame.end(), 0x7E), 2);
    line.insert(line.end(), frame.begin(), frame.end());
  }
  FrameDecoder decoder;
  const std::vector<Bytes> frames = Decode(decoder, line);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0], all);
  EXPECT_EQ(frames[2], (Bytes{0x7D, 0x7D, 0x7E}));
  EXPECT_EQ(decoder.broken(), 1u);
}

TEST(Frames, EachChangedBitAndEachLostByteIsNoticed) {
  const Bytes frame = EncodeFrame(Bytes{1, 2, 3, 0x7E, 5});
  for (std::size_t byte = 1; byte + 1 < frame.size(); ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes line = frame;
      line[byte] ^= static_cast<std::uint8_t>(1u << bit);
      FrameDecoder decoder;
      EXPECT_TRUE(Decode(decoder, line).empty()) << byte << ", " << bit;
    }
    Bytes line = frame;
    line.erase(line.begin() + static_cast<std::ptrdiff_t>(byte));
    FrameDecoder decoder;
    EXPECT_TRUE(Decode(decoder, line).empty()) << byte;
  }
  FrameDecoder decoder;
  EXPECT_TRUE(Decode(decoder, Bytes(100'000, 0x55)).empty());  // somebody else's line
}

// A board's side as the README has it, written for this test alone.
class GoldenBoard {
 public:
  void Receive(const Bytes& line) {
    for (const std::uint8_t byte : line) {
      if (std::optional<Bytes> frame = decoder_.Take(byte)) Take(*frame);
    }
  }
  void Send(Bytes message) { waiting_.push_back(std::move(message)); }
  // What it says now; again whatever is not acknowledged, if `again`.
  Bytes Say(bool again) {
    Bytes out;
    if (!session_) return out;
    if (again) sent_ = 0;
    while (sent_ < waiting_.size() && sent_ < 8) {
      Frame({.session = *session_,
             .ack = expected_,
             .kind = FrameKind::kData,
             .seq = static_cast<std::uint8_t>((acked_ + sent_) & 15)},
            waiting_[sent_], out);
      ++sent_;
    }
    Frame({.session = *session_, .nak = nak_, .ack = expected_, .kind = FrameKind::kAck}, {}, out);
    nak_ = false;
    Append(answer_, out);
    answer_.clear();
    return out;
  }
  void Restart() { session_.reset(); }
  const std::vector<Bytes>& messages() const { return messages_; }

 private:
  static void Append(const Bytes& bytes, Bytes& out) { out.insert(out.end(), bytes.begin(), bytes.end()); }
  static void Frame(const FrameHeader& header, const Bytes& payload, Bytes& out) {
    Bytes content = BytesOf(header);
    Append(payload, content);
    Append(EncodeFrame(content), out);
  }
  void Take(const Bytes& frame) {
    const auto header = MessageOf<FrameHeader>(std::span(frame).first(4));
    if (header.kind == FrameKind::kOpen) {
      if (session_ != header.session) {
        session_ = header.session;
        expected_ = acked_ = 0;
        sent_ = 0;
        waiting_.clear();
      }
      Frame({.session = header.session, .kind = FrameKind::kOpen}, BytesOf(Opened{.version = 1, .hosts = 2}), answer_);
      return;
    }
    if (session_ != header.session) {
      Frame({.session = header.session, .kind = FrameKind::kRefuse}, {}, answer_);
      return;
    }
    const std::uint8_t newly = (header.ack - acked_) & 15;
    if (newly <= sent_) {
      waiting_.erase(waiting_.begin(), waiting_.begin() + newly);
      sent_ -= newly;
      acked_ = (acked_ + newly) & 15;
      if (header.nak) sent_ = 0;
    }
    if (header.kind != FrameKind::kData) return;
    if (header.seq != expected_) {
      nak_ = ((header.seq - expected_) & 15) < 8;
      return;
    }
    expected_ = (expected_ + 1) & 15;
    messages_.emplace_back(frame.begin() + 4, frame.end());
  }

  FrameDecoder decoder_;
  std::optional<std::uint16_t> session_;
  std::uint8_t expected_ = 0;
  std::uint8_t acked_ = 0;
  std::size_t sent_ = 0;
  bool nak_ = false;
  std::deque<Bytes> waiting_;
  std::vector<Bytes> messages_;
  Bytes answer_;

 public:
  Bytes TakeAnswer() {
    Bytes out;
    out.swap(answer_);
    return out;
  }
};

Bytes OverALine(const Bytes& bytes, Random& random, unsigned per_mille) {
  Bytes passed;
  for (std::uint8_t byte : bytes) {
    if (random.Below(1000) < per_mille) continue;
    if (random.Below(1000) < per_mille) byte ^= static_cast<std::uint8_t>(1u << random.Below(8));
    passed.push_back(byte);
  }
  return passed;
}

class LinkOnALine : public testing::TestWithParam<unsigned> {};

TEST_P(LinkOnALine, CarriesEachMessageOnceAndInOrder) {
  Random random(3);
  Link link({.session = 5});
  GoldenBoard board;
  std::vector<Bytes> sent;
  std::vector<Bytes> received;
  constexpr std::size_t kMessages = 300;
  std::size_t said = 0;
  Microseconds now = 0;
  for (int turn = 0; turn < 20'000 && (received.size() < kMessages || board.messages().size() < kMessages); ++turn) {
    now += 20'000;
    if (link.opened() && sent.size() < kMessages) {
      sent.push_back(Bytes(1 + random.Below(100), static_cast<std::uint8_t>(sent.size())));
      link.Send(sent.back());
    }
    if (link.opened() && said < kMessages) board.Send({static_cast<std::uint8_t>(said++), 0x7E});
    link.Poll(now);
    board.Receive(OverALine(link.TakeOutput(), random, GetParam()));
    link.Receive(OverALine(board.Say(turn % 20 == 0), random, GetParam()), now);
    while (std::optional<Bytes> message = link.TakeMessage()) received.push_back(*message);
  }
  ASSERT_TRUE(link.status().ok()) << link.status().message();
  EXPECT_EQ(board.messages(), sent);
  ASSERT_EQ(received.size(), kMessages);
  for (std::size_t i = 0; i < kMessages; ++i) EXPECT_EQ(received[i], (Bytes{static_cast<std::uint8_t>(i), 0x7E}));
  EXPECT_EQ(link.counters().frames_again > 0, GetParam() > 0);
}

INSTANTIATE_TEST_SUITE_P(Faults, LinkOnALine, testing::Values(0u, 1u, 3u),
                         [](const auto& test) { return std::to_string(test.param) + "PerMille"; });

TEST(Link, ABoardThatSaysNothingIsGivenUp) {
  Link link({.silence_max = 2'000'000});
  for (Microseconds now = 0; now < 1'900'000; now += 100'000) {
    link.Poll(now);
    EXPECT_TRUE(link.status().ok());
  }
  link.Poll(2'100'000);
  EXPECT_EQ(link.status().message(), "no board answers");
}

TEST(Link, ABoardThatWasRestartedIsNoticed) {
  Link link({.session = 9});
  GoldenBoard board;
  link.Poll(0);
  board.Receive(link.TakeOutput());
  link.Receive(board.TakeAnswer(), 1);
  ASSERT_TRUE(link.opened());
  EXPECT_EQ(link.opened()->hosts, 2u);
  board.Restart();
  link.Send({1});
  link.Poll(2);
  board.Receive(link.TakeOutput());
  link.Receive(board.TakeAnswer(), 3);
  EXPECT_NE(link.status().message().find("restarted"), std::string::npos) << link.status().message();
}

// Even when there is nothing to send.
TEST(Link, ABoardThatWasRestartedIsNoticedWithoutAMessage) {
  Link link({.session = 9});
  GoldenBoard board;
  link.Poll(0);
  board.Receive(link.TakeOutput());
  link.Receive(board.TakeAnswer(), 1);
  board.Restart();
  link.Poll(900'000);
  EXPECT_TRUE(link.TakeOutput().empty());
  link.Poll(1'100'000);
  board.Receive(link.TakeOutput());
  link.Receive(board.TakeAnswer(), 1'100'001);
  EXPECT_NE(link.status().message().find("restarted"), std::string::npos) << link.status().message();
}

TEST(Link, AnotherVersionOfTheProtocolIsNamed) {
  Link link({.session = 9});
  link.Poll(0);
  Bytes content = BytesOf(FrameHeader{.session = 9, .kind = FrameKind::kOpen});
  AppendMessage(Opened{.version = 7, .hosts = 1}, content);
  link.Receive(EncodeFrame(content), 1);
  EXPECT_NE(link.status().message().find("version 7"), std::string::npos) << link.status().message();
}

}  // namespace
}  // namespace tarn::serial
