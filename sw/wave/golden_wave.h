// What a golden model says, as a wave with the names of an RTL block's ports: for `tarn wave compare`.
//
// Messages are put on ports with valid and ready, each for a cycle, in which both are 1; or values stand from one cycle
// on. The clock is that of tb/common/simulation.h (a cycle is two units of time), and so is the reset. What was not
// said is x.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/common/message_fields.h"
#include "sw/wave/fst_file.h"

namespace tarn::wave {

class GoldenWave {
 public:
  using Port = std::uint32_t;

  // scope: of the block in the RTL's wave, such as TOP.tarn_pool. reset_cycles: before the first cycle, as the RTL has
  // them.
  GoldenWave(const std::string& path, std::string scope, std::uint64_t reset_cycles);
  GoldenWave(const GoldenWave&) = delete;
  GoldenWave& operator=(const GoldenWave&) = delete;
  ~GoldenWave();

  enum class Direction : std::uint8_t { kInput, kOutput };  // of the block

  // The port `stem`: NAME_i, NAME_valid_i and NAME_ready_o of an input, the other way round of an output. index: "[2]"
  // of an element of an array of ports.
  template <typename Message>
  Port AddPort(const std::string& stem, Direction direction, const std::string& index = "") {
    const bool input = direction == Direction::kInput;
    const std::string own = (input ? "_i" : "_o") + index, other = (input ? "_o" : "_i") + index;
    return AddPort<Message>(stem + "_valid" + own, stem + "_ready" + other, stem + own);
  }
  // A port within the block, whose signals have names of their own.
  template <typename Message>
  Port AddPort(const std::string& valid, const std::string& ready, const std::string& message) {
    const Port port = AddHandshake(valid, ready);
    AddFields<Message>(port, message);
    return port;
  }
  // Values that stand, under their own name: without valid.
  template <typename Message>
  Port AddState(const std::string& name) {
    return AddPort<Message>("", "", name);
  }
  Port AddState(const std::string& name, std::uint32_t bits);  // of 64 bits at most

  // In `cycle`, or the next one that is free on the port. unknown: fields that the model does not tell. REQUIRES:
  // cycles of all calls never fall; none was given before the last port was added.
  template <typename Message>
  void Put(Port port, const Message& message, std::uint64_t cycle,
           std::initializer_list<std::string_view> unknown = {}) {
    std::uint32_t words[Message::kWords];
    message.Pack(words);
    std::string bits = BitText(words, Message::kBits);
    std::size_t at = 0;
    for (const MessageField& field : kMessageFields<Message>) {
      if (std::find(unknown.begin(), unknown.end(), field.name) != unknown.end())
        bits.replace(at, field.bits, field.bits, 'x');
      at += field.bits;
    }
    PutBits(port, std::move(bits), cycle);
  }
  void PutValue(Port port, std::uint64_t value, std::uint64_t cycle);
  // Writes what is left, up to and including `cycle`, and closes the file.
  void Finish(std::uint64_t cycle);

 private:
  struct Signal {
    Handle handle;
    std::uint32_t bits;
  };
  struct PortState {
    Handle valid = 0, ready = 0;  // 0: none
    std::vector<Signal> fields;
    std::uint64_t next_free = 0;
    bool is_valid = false;
  };

  Handle DeclareIn(const std::string& name, std::uint32_t bits) { return file_.Declare(scope_ + "." + name, bits); }
  Port AddHandshake(const std::string& valid, const std::string& ready);  // empty: none
  template <typename Message>
  void AddFields(Port port, const std::string& message) {
    for (const MessageField& field : kMessageFields<Message>) AddField(port, message + "." + field.name, field.bits);
  }
  void AddField(Port port, const std::string& name, std::uint32_t bits);
  static std::string BitText(const std::uint32_t* words, std::uint32_t bits);
  void PutBits(Port port, std::string bits, std::uint64_t cycle);
  void Start();
  void WriteCycle();
  void Show(Port port, std::string_view bits);
  void Hide(Port port);

  std::string scope_;
  FstFile file_;
  Handle clock_, reset_;
  std::uint64_t reset_cycles_;
  std::uint64_t now_ = 0;  // the next cycle to be written
  bool started_ = false;
  std::vector<PortState> ports_;
  std::map<std::uint64_t, std::vector<std::pair<Port, std::string>>> waiting_;  // by cycle
};

}  // namespace tarn::wave
