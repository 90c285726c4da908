#include "tests/nbd/session_peer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace tarn::nbd {

std::size_t SessionPeer::Send(const Bytes& bytes, std::size_t at_a_time) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const std::span<std::uint8_t> space = session_.Space();
    const std::size_t count = std::min({space.size(), at_a_time, bytes.size() - sent});
    if (count == 0) break;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(sent), count, space.begin());
    session_.Received(count);
    sent += count;
  }
  return sent;
}

Bytes SessionPeer::Receive() {
  Bytes received;
  while (!session_.output().empty()) {
    std::array<iovec, 3> pieces{};
    const std::size_t count = session_.output().Gather(pieces);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto* const from = static_cast<const std::uint8_t*>(pieces[i].iov_base);
      received.insert(received.end(), from, from + pieces[i].iov_len);
      bytes += pieces[i].iov_len;
    }
    session_.output().Sent(bytes);
  }
  session_.Resume();
  return received;
}

void SessionPeer::Greet(std::uint32_t flags) {
  const Bytes greeting = Receive();
  ASSERT_EQ(greeting.size(), 18U);
  EXPECT_EQ(Load<std::uint64_t>(greeting.data()), kInitPassword);
  EXPECT_EQ(Load<std::uint64_t>(greeting.data() + 8), kOptionMagic);
  EXPECT_EQ(Load<std::uint16_t>(greeting.data() + 16), kFixedNewstyle | kNoZeroes);
  Bytes answer;
  Append(answer, flags);
  Send(answer);
}

Bytes SessionPeer::OptionBytes(std::uint32_t option, const Bytes& data) {
  Bytes bytes;
  Append(bytes, kOptionMagic);
  Append(bytes, option);
  Append(bytes, static_cast<std::uint32_t>(data.size()));
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::vector<OptionAnswer> SessionPeer::Ask(Option option, const Bytes& data) {
  Send(OptionBytes(static_cast<std::uint32_t>(option), data));
  const Bytes bytes = Receive();
  std::vector<OptionAnswer> answers;
  for (std::size_t at = 0; at + 20 <= bytes.size();) {
    EXPECT_EQ(Load<std::uint64_t>(&bytes[at]), kOptionReplyMagic);
    const auto length = Load<std::uint32_t>(&bytes[at + 16]);
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at + 20);
    answers.push_back({.option = Load<std::uint32_t>(&bytes[at + 8]),
                       .type = static_cast<OptionReply>(Load<std::uint32_t>(&bytes[at + 12])),
                       .data = Bytes(from, from + length)});
    EXPECT_EQ(answers.back().option, static_cast<std::uint32_t>(option));
    at += 20 + length;
  }
  if (answers.empty()) {
    ADD_FAILURE() << "no answer to option " << static_cast<std::uint32_t>(option);
    answers.emplace_back();
  }
  return answers;
}

Bytes SessionPeer::GoData(const std::string& name, const std::vector<std::uint16_t>& infos) {
  Bytes data;
  Append(data, static_cast<std::uint32_t>(name.size()));
  data.insert(data.end(), name.begin(), name.end());
  Append(data, static_cast<std::uint16_t>(infos.size()));
  for (const std::uint16_t info : infos) Append(data, info);
  return data;
}

Bytes SessionPeer::ContextData(const std::string& name, const std::vector<std::string>& queries) {
  Bytes data;
  Append(data, static_cast<std::uint32_t>(name.size()));
  data.insert(data.end(), name.begin(), name.end());
  Append(data, static_cast<std::uint32_t>(queries.size()));
  for (const std::string& query : queries) {
    Append(data, static_cast<std::uint32_t>(query.size()));
    data.insert(data.end(), query.begin(), query.end());
  }
  return data;
}

void SessionPeer::Enter(const std::string& name, bool structured, bool allocation) {
  Greet();
  if (structured) {
    ASSERT_EQ(AskForType(Option::kStructuredReply), OptionReply::kAck);
  }
  if (allocation) {
    ASSERT_EQ(AskForType(Option::kSetMetaContext, ContextData(name, {"base:allocation"})), OptionReply::kAck);
  }
  ASSERT_EQ(AskForType(Option::kGo, GoData(name)), OptionReply::kAck);
  ASSERT_TRUE(session_.transmitting());
}

Bytes SessionPeer::RequestBytes(const RawRequest& request) {
  Bytes bytes;
  Append(bytes, kRequestMagic);
  Append(bytes, request.flags);
  Append(bytes, request.type);
  Append(bytes, request.cookie);
  Append(bytes, request.offset);
  Append(bytes, request.length);
  bytes.insert(bytes.end(), request.data.begin(), request.data.end());
  return bytes;
}

std::vector<Answer> SessionPeer::Answers(std::size_t read_bytes) {
  const Bytes bytes = Receive();
  std::vector<Answer> answers;
  for (std::size_t at = 0; at + 16 <= bytes.size();) {
    Answer answer;
    answer.structured = Load<std::uint32_t>(&bytes[at]) == kStructuredReplyMagic;
    std::size_t length = 0;
    if (answer.structured) {
      answer.flags = Load<std::uint16_t>(&bytes[at + 4]);
      answer.type = static_cast<ReplyType>(Load<std::uint16_t>(&bytes[at + 6]));
      answer.cookie = Load<std::uint64_t>(&bytes[at + 8]);
      length = Load<std::uint32_t>(&bytes[at + 16]);
      at += kStructuredHeaderBytes;
      if ((static_cast<unsigned>(answer.type) & 0x8000) != 0) {
        answer.error = static_cast<Error>(Load<std::uint32_t>(&bytes[at]));
      }
    } else {
      EXPECT_EQ(Load<std::uint32_t>(&bytes[at]), kSimpleReplyMagic);
      answer.error = static_cast<Error>(Load<std::uint32_t>(&bytes[at + 4]));
      answer.cookie = Load<std::uint64_t>(&bytes[at + 8]);
      at += 16;
      if (answer.error == Error::kNone) length = read_bytes;
    }
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    EXPECT_LE(at + length, bytes.size());
    answer.data.assign(from, from + static_cast<std::ptrdiff_t>(std::min(length, bytes.size() - at)));
    at += length;
    answers.push_back(std::move(answer));
  }
  return answers;
}

std::vector<Answer> SessionPeer::Do(const RawRequest& request) {
  Send(RequestBytes(request));
  const bool reads = request.type == static_cast<std::uint16_t>(Command::kRead);
  return Answers(reads ? request.length : 0);
}

Error SessionPeer::DoForError(const RawRequest& request) {
  const std::vector<Answer> answers = Do(request);
  EXPECT_FALSE(answers.empty());
  for (const Answer& answer : answers) {
    EXPECT_EQ(answer.cookie, request.cookie);
    if (answer.error != Error::kNone) return answer.error;
  }
  return Error::kNone;
}

}  // namespace tarn::nbd
