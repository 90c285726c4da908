// The golden link alone: what it says of frames that a board must not say.
#include "tb/serial/link_model.h"

#include <gtest/gtest.h>

#include <string>

#include "sw/serial/message_bytes.h"

namespace tarn::serial {
namespace {

constexpr std::uint16_t kSession = 3;

Bytes FrameOf(const FrameHeader& header, const Bytes& payload = {}) {
  Bytes content = BytesOf(header);
  content.insert(content.end(), payload.begin(), payload.end());
  return content;
}

class LinkModelJudges : public testing::Test {
 protected:
  LinkModelJudges() {
    // Twice, so that no frame of a session before is thought to be on its way.
    for (int i = 0; i < 2; ++i) {
      Receive({.session = kSession, .kind = FrameKind::kOpen}, BytesOf(Open{.version = kSerialVersion}));
      EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kOpen}, Opening(2)), "");
    }
  }
  static Bytes Opening(std::uint8_t hosts) { return BytesOf(Opened{.version = kSerialVersion, .hosts = hosts}); }
  void Receive(const FrameHeader& header, const Bytes& payload = {}) {
    for (const std::uint8_t byte : EncodeFrame(FrameOf(header, payload))) link_.Receive(byte);
  }
  std::string Judge(const FrameHeader& header, const Bytes& payload = {}) {
    return link_.Judge(FrameOf(header, payload));
  }

  LinkModel link_{2};
};

TEST_F(LinkModelJudges, AnswersToASession) {
  EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kOpen}, Opening(2)), "opens more often than it was asked");
  Receive({.session = kSession, .kind = FrameKind::kOpen}, BytesOf(Open{.version = kSerialVersion}));
  EXPECT_EQ(link_.Owes(), "that the session has begun");
  EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kOpen}, Opening(5)), "opens with a wrong payload");
  EXPECT_EQ(link_.sessions(), 1u);
}

TEST_F(LinkModelJudges, RefusalsOfFramesOfNoSession) {
  EXPECT_EQ(Judge({.session = 9, .kind = FrameKind::kRefuse}), "refuses a session that nobody spoke of");
  EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kRefuse}), "refuses the session that there is");
  Receive({.session = 9, .kind = FrameKind::kAck});
  EXPECT_EQ(link_.Owes(), "that there is no such session");
  EXPECT_EQ(Judge({.session = 9, .kind = FrameKind::kRefuse}), "");
  EXPECT_EQ(Judge({.session = 9, .kind = FrameKind::kRefuse}), "refuses more frames than came");
  EXPECT_EQ(Judge({.session = 9, .kind = FrameKind::kAck}), "a frame of a session that there is not");
}

TEST_F(LinkModelJudges, DataByNumberOrderAndContent) {
  EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kData}, {1}), "a number that no message has");
  link_.Send({1});
  link_.Send({2, 2});
  EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kData, .seq = 1}, {2, 2}), "message 1 before message 0");
  EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kData}, {3}), "message 0 has another content");
  EXPECT_EQ(Judge({.session = kSession, .nak = true, .kind = FrameKind::kData}, {1}),
            "data that say that something is missing");
  EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kData}, {1}), "");
  EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kData, .seq = 1}, {2, 2}), "");
  Receive({.session = kSession, .ack = 2, .kind = FrameKind::kAck});
  EXPECT_EQ(link_.under_way(), 0u);
  EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kData}, {1}), "");  // was on its way
  EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kAck, .reserved0 = 1}), "reserved bits are set");
}

TEST_F(LinkModelJudges, AcknowledgementsOfWhatWasConsumed) {
  Receive({.session = kSession, .kind = FrameKind::kData}, {1, 2});
  ASSERT_EQ(link_.messages().size(), 1u);
  EXPECT_EQ(Judge({.session = kSession, .ack = 1, .kind = FrameKind::kAck}), "acknowledges what was not consumed");
  link_.Consume();
  EXPECT_NE(link_.Owes(), "");
  EXPECT_EQ(Judge({.session = kSession, .ack = 1, .kind = FrameKind::kAck}), "");
  EXPECT_EQ(link_.Owes(), "");
  EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kAck}), "acknowledges what was not consumed");
  EXPECT_EQ(Judge({.session = kSession, .ack = 1, .kind = FrameKind::kAck}, {0}), "an acknowledgement with a payload");
}

TEST_F(LinkModelJudges, DemandsForWhatIsMissing) {
  EXPECT_EQ(Judge({.session = kSession, .nak = true, .kind = FrameKind::kAck}),
            "says that something is missing, and nothing is");
  Receive({.session = kSession, .kind = FrameKind::kData, .seq = 2}, {1});
  Receive({.session = kSession, .kind = FrameKind::kData, .seq = 3}, {1});
  EXPECT_EQ(link_.Owes(), "that something is missing");
  EXPECT_EQ(Judge({.session = kSession, .nak = true, .kind = FrameKind::kAck}), "");
  EXPECT_EQ(link_.Owes(), "");
}

TEST_F(LinkModelJudges, FramesThatWereBeingSaidAsASessionBegan) {
  Receive({.session = 4, .kind = FrameKind::kOpen}, BytesOf(Open{.version = kSerialVersion, .reset_node = true}));
  EXPECT_TRUE(link_.reset_node());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kAck}), "");
  EXPECT_EQ(Judge({.session = kSession, .kind = FrameKind::kAck}), "a frame of a session that there is not");
}

// What is beyond the window is not taken, though room comes while it is on its way.
TEST_F(LinkModelJudges, AMessageBeyondTheWindowIsDropped) {
  for (std::uint8_t i = 0; i < 8; ++i) Receive({.session = kSession, .kind = FrameKind::kData, .seq = i}, {i});
  const Bytes line = EncodeFrame(FrameOf({.session = kSession, .kind = FrameKind::kData, .seq = 8}, {8, 8}));
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (i == 6) link_.Consume();
    link_.Receive(line[i]);
  }
  EXPECT_EQ(link_.messages().size(), 7u);
}

}  // namespace
}  // namespace tarn::serial
