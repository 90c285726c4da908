#include "tests/nbd/session_fuzz.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "sw/nbd/session.h"
#include "tests/nbd/memory_export.h"

namespace tarn::nbd {

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void TakeOutput(Session& session) {
  std::array<iovec, 8> pieces{};
  while (!session.output().empty()) {
    std::size_t bytes = 0;
    const std::size_t count = session.output().Gather(pieces);
    for (std::size_t i = 0; i < count; ++i) bytes += pieces[i].iov_len;
    Require(count != 0 && bytes != 0);
    session.output().Sent(bytes);
  }
}

void Give(Session& session, std::span<const std::uint8_t> bytes, std::size_t at_a_time) {
  while (!bytes.empty()) {
    if (session.state() == Session::State::kStartTls) session.TlsStarted();
    const std::span<std::uint8_t> space = session.Space();
    const std::size_t count = std::min({space.size(), at_a_time, bytes.size()});
    if (count == 0) break;
    std::copy_n(bytes.begin(), count, space.begin());
    session.Received(count);
    bytes = bytes.subspan(count);
    TakeOutput(session);
    session.Resume();
  }
}

// Structured replies, base:allocation, GO.
Bytes SoundHandshake() {
  Bytes bytes = {0, 0, 0, 3};
  const auto add = [&](Option option, const Bytes& data) {
    Append(bytes, kOptionMagic);
    Append(bytes, static_cast<std::uint32_t>(option));
    Append(bytes, static_cast<std::uint32_t>(data.size()));
    bytes.insert(bytes.end(), data.begin(), data.end());
  };
  Bytes contexts = {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 15};
  for (const char letter : std::string_view("base:allocation")) contexts.push_back(static_cast<std::uint8_t>(letter));
  add(Option::kStructuredReply, {});
  add(Option::kSetMetaContext, contexts);
  add(Option::kGo, {0, 0, 0, 0, 0, 0});
  return bytes;
}

}  // namespace

void FuzzSession(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  const std::uint8_t choice = bytes[0];
  bytes = bytes.subspan(1);
  Directory directory;
  directory.Add("", std::make_shared<MemoryExport>(
                        ExportInfo{.size_bytes = 1 << 20, .block_sizes = {.payload_max = 1 << 16}, .fast_zero = true}));
  const bool sound_handshake = choice % 4 == 3;
  Session session(directory, sound_handshake ? TlsMode::kOff : static_cast<TlsMode>(choice % 4), [] {});
  if (sound_handshake) Give(session, SoundHandshake(), SIZE_MAX);
  Require(session.transmitting() == sound_handshake);
  Give(session, bytes, choice / 4 == 0 ? SIZE_MAX : choice / 4);
  Require(session.idle());  // this export answers at once
}

}  // namespace tarn::nbd
