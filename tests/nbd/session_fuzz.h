// One run of a session on bytes that come from nowhere, for libFuzzer and for a test that needs none. Aborts if the
// session breaks one of its promises; the sanitizers see the rest.
#pragma once

#include <cstdint>
#include <span>

namespace tarn::nbd {

// The first byte says the TLS mode, or that the others begin behind a sound handshake; and how the others are divided.
void FuzzSession(std::span<const std::uint8_t> bytes);

}  // namespace tarn::nbd
