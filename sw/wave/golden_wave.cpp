#include "sw/wave/golden_wave.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tarn::wave {

namespace {

constexpr int kPicoseconds = -12;  // Verilator's unit

}  // namespace

GoldenWave::GoldenWave(const std::string& path, std::string scope, std::uint64_t reset_cycles)
    : scope_(std::move(scope)),
      file_(path, kPicoseconds),
      clock_(DeclareIn("clk_i", 1)),
      reset_(DeclareIn("rst_ni", 1)),
      reset_cycles_(reset_cycles) {}

GoldenWave::~GoldenWave() = default;

GoldenWave::Port GoldenWave::AddHandshake(const std::string& valid, const std::string& ready) {
  assert(!started_);
  PortState& port = ports_.emplace_back();
  if (!valid.empty()) port.valid = DeclareIn(valid, 1);
  if (!ready.empty()) port.ready = DeclareIn(ready, 1);
  return static_cast<Port>(ports_.size() - 1);
}

GoldenWave::Port GoldenWave::AddState(const std::string& name, std::uint32_t bits) {
  const Port port = AddHandshake("", "");
  AddField(port, name, bits);
  return port;
}

void GoldenWave::AddField(Port port, const std::string& name, std::uint32_t bits) {
  ports_[port].fields.push_back({.handle = DeclareIn(name, bits), .bits = bits});
}

std::string GoldenWave::BitText(const std::uint32_t* words, std::uint32_t bits) {
  std::string text(bits, '0');
  for (std::uint32_t i = 0; i < bits; ++i) {
    if ((words[i / 32] >> i % 32 & 1) != 0) text[bits - 1 - i] = '1';
  }
  return text;
}

void GoldenWave::PutValue(Port port, std::uint64_t value, std::uint64_t cycle) {
  const std::uint32_t words[] = {static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)};
  PutBits(port, BitText(words, ports_[port].fields.front().bits), cycle);
}

void GoldenWave::PutBits(Port port, std::string bits, std::uint64_t cycle) {
  while (now_ < cycle) WriteCycle();
  const std::uint64_t at = std::max(cycle, ports_[port].next_free);
  ports_[port].next_free = at + 1;
  waiting_[at].emplace_back(port, std::move(bits));
}

void GoldenWave::Finish(std::uint64_t cycle) {
  while (now_ <= cycle || !waiting_.empty()) WriteCycle();
  file_.Time(2 * (reset_cycles_ + now_));
  file_.Set(clock_, "0");
}

void GoldenWave::Start() {
  started_ = true;
  for (std::uint64_t i = 0; i < reset_cycles_; ++i) {
    file_.Time(2 * i);
    file_.Set(clock_, "0");
    file_.Set(reset_, "0");
    file_.Time(2 * i + 1);
    file_.Set(clock_, "1");
  }
}

// One clock: low with the values that its edge sees, then high.
void GoldenWave::WriteCycle() {
  if (!started_) Start();
  const std::uint64_t time = 2 * (reset_cycles_ + now_);
  file_.Time(time);
  file_.Set(clock_, "0");
  file_.Set(reset_, "1");
  const auto messages = waiting_.find(now_);
  for (Port port = 0; port < ports_.size(); ++port) Hide(port);
  if (messages != waiting_.end()) {
    for (const auto& [port, bits] : messages->second) Show(port, bits);
    waiting_.erase(messages);
  }
  file_.Time(time + 1);
  file_.Set(clock_, "1");
  ++now_;
}

void GoldenWave::Show(Port port, std::string_view bits) {
  PortState& state = ports_[port];
  if (state.valid != 0) file_.Set(state.valid, "1");
  if (state.ready != 0) file_.Set(state.ready, "1");
  state.is_valid = true;
  for (const Signal& field : state.fields) {
    file_.Set(field.handle, std::string(bits.substr(0, field.bits)).c_str());
    bits.remove_prefix(field.bits);
  }
}

void GoldenWave::Hide(Port port) {
  PortState& state = ports_[port];
  if (!state.is_valid && now_ != 0) return;
  state.is_valid = false;
  if (state.valid != 0) file_.Set(state.valid, "0");
  if (state.ready != 0) file_.Set(state.ready, "0");
}

}  // namespace tarn::wave
