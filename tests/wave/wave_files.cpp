#include "tests/wave/wave_files.h"

#include <fstream>

#include "sw/wave/fst_file.h"

namespace tarn::wave {

namespace {

class FstWaveWriter : public WaveWriter {
 public:
  explicit FstWaveWriter(const std::string& path) : file_(path, -9) {}
  void Scope(const std::string& name) override { scope_ = name + "."; }
  void EndScope() override { scope_.clear(); }
  std::uint32_t Declare(const std::string& name, std::uint32_t bits) override {
    return file_.Declare(scope_ + name, bits);
  }
  std::uint32_t DeclareEnum(const std::string& name, std::uint32_t bits,
                            const std::vector<std::string>& values) override {
    EnumNames names;
    for (std::size_t i = 0; i < values.size(); ++i) names[Binary(i, bits)] = values[i];
    return file_.Declare(scope_ + name, bits, &names);
  }
  void Time(std::uint64_t time) override { file_.Time(time); }
  void Set(std::uint32_t signal, const std::string& bits) override { file_.Set(signal, bits.c_str()); }

 private:
  FstFile file_;
  std::string scope_;
};

class VcdWaveWriter : public WaveWriter {
 public:
  explicit VcdWaveWriter(const std::string& path) : file_(path, std::ios::binary) {
    file_ << "$date today $end\n$version a test $end\n$timescale 1ns $end\n";
  }
  void Scope(const std::string& name) override { file_ << "$scope module " << name << " $end\n"; }
  void EndScope() override { file_ << "$upscope $end\n"; }
  std::uint32_t Declare(const std::string& name, std::uint32_t bits) override {
    bits_.push_back(bits);
    const auto signal = static_cast<std::uint32_t>(bits_.size() - 1);
    file_ << "$var wire " << bits << " " << Code(signal) << " " << name;
    if (bits > 1) file_ << " [" << bits - 1 << ":0]";
    file_ << " $end\n";
    return signal;
  }
  std::uint32_t DeclareEnum(const std::string& name, std::uint32_t bits, const std::vector<std::string>&) override {
    return Declare(name, bits);
  }
  void Time(std::uint64_t time) override {
    if (!started_) file_ << "$enddefinitions $end\n";
    started_ = true;
    file_ << "#" << time << "\n";
  }
  void Set(std::uint32_t signal, const std::string& bits) override {
    if (bits_[signal] == 1) {
      file_ << bits << Code(signal) << "\n";
      return;
    }
    const std::size_t first = bits.find_first_not_of('0');  // as simulators do: no zeros on the left
    file_ << "b" << (first == std::string::npos ? "0" : bits.substr(first)) << " " << Code(signal) << "\n";
  }

 private:
  // Base 94, as simulators have it.
  static std::string Code(std::uint32_t signal) {
    std::string code;
    for (++signal; signal != 0; signal = (signal - 1) / 94) code += static_cast<char>('!' + (signal - 1) % 94);
    return code;
  }

  std::ofstream file_;
  std::vector<std::uint32_t> bits_;
  bool started_ = false;
};

// The signals of a wave of beats.
class BeatWriter {
 public:
  BeatWriter(const std::string& path, const BeatWave& wave) : wave_(wave), file_(WaveWriter::Create(path)) {
    file_->Scope(wave.scope);
    clk_ = file_->Declare("clk", 1);
    valid_ = file_->Declare("request_valid", 1);
    ready_ = file_->Declare("request_ready", 1);
    id_ = file_->Declare("request_id", 4);
    op_ = file_->DeclareEnum("request_op", 2, {"Read", "Write", "Flush"});
    data_ = file_->Declare("request_data", wave.data_bits);
    if (wave.answers) answer_valid_ = file_->Declare("response_valid", 1);
    if (wave.answers) answer_id_ = file_->Declare("response_id", 4);
    if (!wave.extra.empty()) extra_ = file_->Declare(wave.extra, 8);
    file_->EndScope();
  }

  void Write() {
    const std::uint64_t cycles = wave_.cycles != 0 || wave_.beats.empty() ? wave_.cycles : wave_.beats.back().cycle + 3;
    for (std::uint64_t cycle = 0; cycle < cycles; ++cycle) {
      file_->Time(10 * cycle);
      file_->Set(clk_, "0");
      SetRequest(cycle);
      if (wave_.answers) SetAnswer(cycle);
      if (!wave_.extra.empty()) file_->Set(extra_, Binary(cycle & 0xFF, 8));
      file_->Time(10 * cycle + 5);
      file_->Set(clk_, "1");
    }
    file_->Time(10 * cycles);
  }

 private:
  void SetRequest(std::uint64_t cycle) {
    while (beat_ < wave_.beats.size() && wave_.beats[beat_].cycle < cycle) ++beat_;
    const bool shown = beat_ < wave_.beats.size() && cycle + wave_.beats[beat_].wait_cycles >= wave_.beats[beat_].cycle;
    const Beat beat = shown ? wave_.beats[beat_] : Beat{.data = wave_.noise};
    file_->Set(valid_, shown ? "1" : "0");
    file_->Set(ready_, shown && beat.cycle == cycle ? "1" : "0");
    file_->Set(id_, Binary(beat.id, 4));
    file_->Set(op_, Binary(beat.op, 2));
    file_->Set(data_, Binary(beat.data, wave_.data_bits));
  }

  void SetAnswer(std::uint64_t cycle) {
    while (answer_ < wave_.beats.size() && wave_.beats[answer_].cycle + 2 < cycle) ++answer_;
    const bool shown = answer_ < wave_.beats.size() && wave_.beats[answer_].cycle + 2 == cycle;
    file_->Set(answer_valid_, shown ? "1" : "0");
    file_->Set(answer_id_, Binary(shown ? wave_.beats[answer_].id : 0, 4));
  }

  const BeatWave& wave_;
  std::unique_ptr<WaveWriter> file_;
  std::uint32_t clk_, valid_, ready_, id_, op_, data_;
  std::uint32_t answer_valid_ = 0;
  std::uint32_t answer_id_ = 0;
  std::uint32_t extra_ = 0;
  std::size_t beat_ = 0;
  std::size_t answer_ = 0;
};

}  // namespace

std::unique_ptr<WaveWriter> WaveWriter::Create(const std::string& path) {
  if (path.ends_with(".vcd")) return std::make_unique<VcdWaveWriter>(path);
  return std::make_unique<FstWaveWriter>(path);
}

std::string Binary(std::uint64_t value, std::uint32_t bits) {
  std::string text(bits, '0');
  for (std::uint32_t i = 0; i < bits && i < 64; ++i) {
    if ((value >> i & 1) != 0) text[bits - 1 - i] = '1';
  }
  return text;
}

void WriteBeats(const std::string& path, const BeatWave& wave) { BeatWriter(path, wave).Write(); }

}  // namespace tarn::wave
