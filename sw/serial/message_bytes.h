// Messages as the bytes of a frame's payload: lowest bits first, a kind or a host in front where the protocol has one.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "models/serial/serial_protocol.h"
#include "sw/serial/frames.h"

namespace tarn::serial {

template <typename Message>
void AppendMessage(const Message& message, Bytes& bytes) {
  std::array<std::uint32_t, Message::kWords> words;
  message.Pack(words.data());
  for (std::size_t i = 0; i < (Message::kBits + 7) / 8; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(words[i / 4] >> 8 * (i % 4)));
  }
}

template <typename Message>
Bytes BytesOf(const Message& message) {
  Bytes bytes;
  AppendMessage(message, bytes);
  return bytes;
}

template <typename Message>
Bytes BytesOf(ToBoard kind, const Message& message) {
  Bytes bytes = {static_cast<std::uint8_t>(kind)};
  AppendMessage(message, bytes);
  return bytes;
}

template <typename Message>
Bytes BytesOf(ToBoard kind, std::uint8_t host, const Message& message) {
  Bytes bytes = {static_cast<std::uint8_t>(kind), host};
  AppendMessage(message, bytes);
  return bytes;
}

// What is missing at the end is 0; what is too much is not looked at.
template <typename Message>
Message MessageOf(std::span<const std::uint8_t> bytes) {
  std::array<std::uint32_t, Message::kWords> words{};
  for (std::size_t i = 0; i < bytes.size() && i < words.size() * 4; ++i) {
    words[i / 4] |= std::uint32_t{bytes[i]} << 8 * (i % 4);
  }
  return Message::Unpack(words.data());
}

}  // namespace tarn::serial
