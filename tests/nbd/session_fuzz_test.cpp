// Sessions with damaged bytes. Short and the same each time; long.fuzz.nbd_session looks further.
#include "tests/nbd/session_fuzz.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/nbd/session_peer.h"

namespace tarn::nbd {
namespace {

Bytes SoundSession() {
  Bytes all = {0, 0, 0, 0, 3};
  const std::vector<Bytes> parts = {
      SessionPeer::OptionBytes(8, {}),
      SessionPeer::OptionBytes(3, {}),
      SessionPeer::OptionBytes(10, SessionPeer::ContextData("", {"base:allocation"})),
      SessionPeer::OptionBytes(6, SessionPeer::GoData("", {1, 2, 3})),
      SessionPeer::OptionBytes(7, SessionPeer::GoData("", {3})),
      SessionPeer::RequestBytes({.type = 1, .offset = 100, .length = 64, .data = Bytes(64, 1)}),
      SessionPeer::RequestBytes({.offset = 0, .length = 65536}),
      SessionPeer::RequestBytes({.type = 7, .length = 1 << 20}),
      SessionPeer::RequestBytes({.flags = 2, .type = 6, .offset = 65536, .length = 65536}),
      SessionPeer::RequestBytes({.type = 4, .length = 65536}),
      SessionPeer::RequestBytes({.type = 3}),
      SessionPeer::RequestBytes({.type = 2})};
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

TEST(NbdFuzz, DamagedSessionsBreakNothing) {
  const Bytes sound = SoundSession();
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = sound;
    bytes[0] = static_cast<std::uint8_t>(random());
    const std::uint32_t damages = 1 + random() % 4;
    for (std::uint32_t k = 0; k < damages; ++k) {
      const std::size_t at = 1 + random() % (bytes.size() - 1);
      switch (random() % 4) {
        case 0:
          bytes[at] ^= static_cast<std::uint8_t>(1U << random() % 8);
          break;
        case 1:
          bytes[at] = random() % 2 == 0 ? 0xff : 0;
          break;
        case 2:
          bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        default:
          bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(random()));
      }
    }
    FuzzSession(bytes);
  }
}

}  // namespace
}  // namespace tarn::nbd
