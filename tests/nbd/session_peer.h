// The client's side of a session, byte by byte, for tests: what it sends need not be in order at all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/nbd/session.h"

namespace tarn::nbd {

struct OptionAnswer {
  std::uint32_t option = 0;
  OptionReply type = OptionReply::kAck;
  Bytes data;
};

// A simple reply (type kNone), or a chunk of a structured one.
struct Answer {
  bool structured = false;
  std::uint16_t flags = 0;
  ReplyType type = ReplyType::kNone;
  Error error = Error::kNone;
  std::uint64_t cookie = 0;
  Bytes data;  // the payload; of a simple reply, what follows it

  bool done() const { return !structured || (flags & kReplyDone) != 0; }
};

struct RawRequest {
  std::uint16_t flags = 0;
  std::uint16_t type = 0;
  std::uint64_t cookie = 1;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  Bytes data;
};

class SessionPeer {
 public:
  explicit SessionPeer(ExportDirectory& directory, TlsMode tls = TlsMode::kOff)
      : session_(directory, tls, [this] { ++wakes_; }) {}

  Session& session() { return session_; }
  int wakes() const { return wakes_; }

  // Gives the session the bytes, at most so many at a time; answers how many it took.
  std::size_t Send(const Bytes& bytes, std::size_t at_a_time = SIZE_MAX);
  // All that the session has sent since the last call.
  Bytes Receive();

  // Takes the greeting and answers with flags.
  void Greet(std::uint32_t flags = kFixedNewstyle | kNoZeroes);
  static Bytes OptionBytes(std::uint32_t option, const Bytes& data);
  std::vector<OptionAnswer> Ask(Option option, const Bytes& data = {});
  // The last answer's type. For options that are to be refused or simply acknowledged.
  OptionReply AskForType(Option option, const Bytes& data = {}) { return Ask(option, data).back().type; }
  // The data of kGo and kInfo, and of the meta context options.
  static Bytes GoData(const std::string& name, const std::vector<std::uint16_t>& infos = {});
  static Bytes ContextData(const std::string& name, const std::vector<std::string>& queries);

  // From the greeting to transmission.
  void Enter(const std::string& name, bool structured, bool allocation = false);
  static Bytes RequestBytes(const RawRequest& request);
  // Sends it and takes all answers there are.
  std::vector<Answer> Do(const RawRequest& request);
  // Of one request: its first error, or none.
  Error DoForError(const RawRequest& request);
  // read_bytes: what a simple reply without an error is followed by.
  std::vector<Answer> Answers(std::size_t read_bytes);

 private:
  Session session_;
  int wakes_ = 0;
};

}  // namespace tarn::nbd
