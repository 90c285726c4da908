// The wave of a golden serial bridge: the bytes of messages that pass between it and the link, and what it hands to the
// node's ports.
#pragma once

#include <cstdint>
#include <string>

#include "models/serial/serial_protocol_fields.h"
#include "sw/serial/frames.h"
#include "sw/wave/golden_wave.h"

namespace tarn::serial {

class GoldenBridgeWave {
 public:
  using Port = wave::GoldenWave::Port;

  GoldenBridgeWave(const std::string& path, std::uint64_t reset_cycles)
      : wave_(path, "TOP.tarn_serial_bridge", reset_cycles),
        in_(wave_.AddPort<MessageByte>("in_valid", "in_ready", "in_byte")),
        out_(wave_.AddPort<MessageByte>("out_valid", "out_ready", "out_byte")) {}

  // A port of the node. REQUIRES: nothing was put yet.
  template <typename Message>
  Port AddPort(const std::string& name, const std::string& index) {
    return wave_.AddPort<Message>(name, wave::GoldenWave::Direction::kOutput, index);
  }
  template <typename Message>
  void Put(Port port, const Message& message, std::uint64_t cycle) {
    wave_.Put(port, message, cycle);
  }
  // A message to the board.
  void PutIn(const Bytes& message, std::uint64_t cycle) { PutBytes(in_, message, message.size(), cycle); }
  // A message from the board, of which so many bytes are told.
  void PutOut(const Bytes& message, std::size_t known_bytes, std::uint64_t cycle) {
    PutBytes(out_, message, known_bytes, cycle);
  }
  void Finish(std::uint64_t cycle) { wave_.Finish(cycle); }

 private:
  void PutBytes(Port port, const Bytes& message, std::size_t known_bytes, std::uint64_t cycle) {
    for (std::size_t i = 0; i < message.size(); ++i) {
      const MessageByte byte = {.last = i + 1 == message.size(), .data = message[i]};
      if (i < known_bytes) {
        wave_.Put(port, byte, cycle);
      } else {
        wave_.Put(port, byte, cycle, {"data"});
      }
    }
  }

  wave::GoldenWave wave_;
  Port in_, out_;
};

}  // namespace tarn::serial
