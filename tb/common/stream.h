// Drivers and monitors for valid/ready streams of messages, with random back-pressure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "models/common/random.h"
#include "tb/common/simulation.h"

namespace tarn::tb {

// A Verilated port that carries a message: an integer or a VlWide, according to the message's width.
template <typename Message>
class MessagePort {
 public:
  template <typename Signal>
  explicit MessagePort(Signal& signal) : signal_(&signal), size_bytes_(sizeof(Signal)) {
    static_assert(sizeof(Signal) * 8 >= Message::kBits, "the port is narrower than the message");
    static_assert(sizeof(Signal) <= kBufferWords * 4, "the port is wider than the message");
  }
  void Write(const Message& message) const {
    std::uint32_t words[kBufferWords] = {};
    message.Pack(words);
    std::memcpy(signal_, words, size_bytes_);
  }
  Message Read() const {
    std::uint32_t words[kBufferWords] = {};
    std::memcpy(words, signal_, size_bytes_);
    return Message::Unpack(words);
  }
  // Whether any bit is set; cheaper than Read.
  bool AnyBit() const {
    const auto* bytes = static_cast<const unsigned char*>(signal_);
    return std::any_of(bytes, bytes + size_bytes_, [](unsigned char byte) { return byte != 0; });
  }
  // The bits as they are now, to see whether a message that is not taken yet holds.
  std::string Bits() const { return std::string(static_cast<const char*>(signal_), size_bytes_); }

 private:
  static constexpr std::size_t kBufferWords = Message::kWords + 1;  // a QData holds 2 words
  void* signal_;
  std::size_t size_bytes_;
};

// The three signals of a stream. valid and ready are one-bit ports.
template <typename Message>
struct StreamPorts {
  template <typename Signal>
  StreamPorts(Signal& message_signal, CData& valid_signal, CData& ready_signal)
      : message(message_signal), valid(&valid_signal), ready(&ready_signal) {}
  MessagePort<Message> message;
  CData* valid;
  CData* ready;
};

// Offers messages to the design, in order; pauses at random.
template <typename Message>
class StreamSource : public Component {
 public:
  using OnTaken = std::function<void(const Message&, std::uint64_t cycle)>;

  // pause_percent: chance per cycle that a new message is not offered yet.
  StreamSource(StreamPorts<Message> ports, std::uint64_t seed, unsigned pause_percent = 0)
      : ports_(ports), random_(seed), pause_percent_(pause_percent) {
    *ports_.valid = 0;
  }

  void Push(Message message) { queue_.push_back(std::move(message)); }
  std::size_t pending() const { return queue_.size(); }
  void set_pause_percent(unsigned percent) { pause_percent_ = percent; }
  void set_on_taken(OnTaken on_taken) { on_taken_ = std::move(on_taken); }

  void Sample(std::uint64_t cycle) override {
    if (*ports_.valid == 0 || *ports_.ready == 0) return;
    taken_ = true;
    const Message message = std::move(queue_.front());
    queue_.pop_front();
    if (on_taken_) on_taken_(message, cycle);
  }

  void Drive(std::uint64_t) override {
    if (taken_) *ports_.valid = 0;
    taken_ = false;
    if (*ports_.valid != 0 || queue_.empty()) return;
    if (pause_percent_ != 0 && random_.Percent(pause_percent_)) return;
    ports_.message.Write(queue_.front());
    *ports_.valid = 1;
  }

 private:
  StreamPorts<Message> ports_;
  Random random_;
  unsigned pause_percent_;
  std::deque<Message> queue_;
  OnTaken on_taken_;
  bool taken_ = false;
};

// Takes messages from the design, ready at random, and checks that a message offered holds until taken.
template <typename Message>
class StreamSink : public Component {
 public:
  using OnMessage = std::function<void(const Message&, std::uint64_t cycle)>;

  // stall_percent: chance per cycle of not being ready.
  StreamSink(std::string name, StreamPorts<Message> ports, std::uint64_t seed, unsigned stall_percent,
             Failures& failures, OnMessage on_message)
      : name_(std::move(name)),
        ports_(ports),
        random_(seed),
        stall_percent_(stall_percent),
        failures_(failures),
        on_message_(std::move(on_message)) {
    *ports_.ready = 0;
  }

  void set_stall_percent(unsigned percent) { stall_percent_ = percent; }
  std::uint64_t taken() const { return taken_; }

  void Sample(std::uint64_t cycle) override {
    const bool valid = *ports_.valid != 0;
    if (!waiting_.empty() && (!valid || waiting_ != ports_.message.Bits())) {
      failures_.Add(name_ + ": a message that was not taken yet " + (valid ? "changed" : "was withdrawn") +
                    " in cycle " + std::to_string(cycle));
    }
    waiting_.clear();
    if (!valid) return;
    if (*ports_.ready == 0) {
      waiting_ = ports_.message.Bits();
      return;
    }
    ++taken_;
    on_message_(ports_.message.Read(), cycle);
  }

  void Drive(std::uint64_t) override { *ports_.ready = stall_percent_ == 0 || !random_.Percent(stall_percent_); }

 private:
  std::string name_;
  StreamPorts<Message> ports_;
  Random random_;
  unsigned stall_percent_;
  Failures& failures_;
  OnMessage on_message_;
  std::string waiting_;
  std::uint64_t taken_ = 0;
};

}  // namespace tarn::tb
