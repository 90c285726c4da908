#include "sw/wave/vcd_reader.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "sw/wave/signal_name.h"

namespace tarn::wave {

namespace {

constexpr std::uint32_t kBitsMax = 1 << 20;

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

// The words of a file, with the line they stand in.
class Words {
 public:
  explicit Words(const std::string& path) : file_(std::fopen(path.c_str(), "rb")), buffer_(1 << 20, '\0') {}
  Words(const Words&) = delete;
  Words& operator=(const Words&) = delete;
  ~Words() {
    if (file_ != nullptr) std::fclose(file_);
  }

  bool IsOpen() const { return file_ != nullptr; }
  std::uint64_t line() const { return line_; }
  // Whether the file ended right behind the last word: it was cut off.
  bool CutOff() const { return cut_off_; }
  // Whether the system could not read on.
  bool Failed() const { return std::ferror(file_) != 0; }

  // Empty at the end of the file. Valid until the next call.
  std::string_view Next() {
    for (;; ++at_) {
      if (at_ == end_ && !Fill(at_)) return {};
      if (buffer_[at_] == '\n') ++line_;
      if (!IsSpace(buffer_[at_])) break;
    }
    std::size_t first = at_;
    for (;; ++at_) {
      if (at_ == end_) {
        const std::size_t length = at_ - first;
        cut_off_ = !Fill(first);
        first = 0;
        at_ = length;
        if (cut_off_) break;
      }
      if (IsSpace(buffer_[at_])) break;
    }
    return std::string_view(buffer_).substr(first, at_ - first);
  }

 private:
  // Keeps what stands from `keep` on, which moves to the buffer's start, and reads more behind it.
  bool Fill(std::size_t keep) {
    const std::size_t kept = end_ - keep;
    std::memmove(buffer_.data(), buffer_.data() + keep, kept);
    if (kept == buffer_.size()) buffer_.resize(2 * buffer_.size());
    const std::size_t read = std::fread(buffer_.data() + kept, 1, buffer_.size() - kept, file_);
    end_ = kept + read;
    at_ = kept;
    return read != 0;
  }

  std::FILE* file_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::uint64_t line_ = 1;
  bool cut_off_ = false;
};

// A short identifier as a number.
std::uint64_t CodeKey(std::string_view code) {
  std::uint64_t key = 0;
  std::memcpy(&key, code.data(), std::min(code.size(), sizeof key));
  return key;
}

class VcdReader : public WaveReader {
 public:
  explicit VcdReader(const std::string& path) : WaveReader(path), words_(path) {}

  Status ReadHeader() {
    if (!words_.IsOpen()) return Status::Error(path() + ": cannot be read");
    mutable_header().handles_end = 0;
    while (true) {
      const std::string_view word = words_.Next();
      if (word.empty()) return Wrong("ends before $enddefinitions: it was cut off, or is no VCD");
      if (word[0] != '$') return Wrong("'" + std::string(word.substr(0, 40)) + "' is no declaration of a VCD");
      const std::string command(word);
      std::vector<std::string> body;
      if (Status status = ReadBody(body); !status.ok()) return status;
      if (command == "$enddefinitions") break;
      if (Status status = Declare(command, body); !status.ok()) return status;
    }
    if (mutable_header().handles_end == 0) return Wrong("declares no signal");
    return {};
  }

  Status ForEachChange(const std::vector<bool>& wanted, ChangeSink& sink) override {
    assert(wanted.size() == header().handles_end);
    for (std::string_view word = words_.Next(); !word.empty(); word = words_.Next()) {
      Status status;
      switch (word[0]) {
        case '#':
          status = TakeTime(word.substr(1));
          break;
        case '$':
          status = TakeCommand(word);
          break;
        case 'b':
        case 'B':
        case 'r':
        case 'R':
        case 's':
        case 'S':
          status = TakeVector(word, wanted, sink);
          break;
        default:
          status = TakeScalar(word, wanted, sink);
      }
      if (!status.ok()) return status;
    }
    if (words_.Failed()) return Wrong("cannot be read");
    if (words_.CutOff()) return Wrong("is cut off: its last line does not end");
    return {};
  }

 private:
  Status Wrong(const std::string& what) const {
    return Status::Error(path() + ":" + std::to_string(words_.line()) + ": " + what);
  }

  // What stands before $end.
  Status ReadBody(std::vector<std::string>& body) {
    while (true) {
      const std::string_view word = words_.Next();
      if (word.empty()) return Wrong("ends before $end: it was cut off");
      if (word == "$end") return {};
      body.emplace_back(word);
    }
  }

  Status Declare(const std::string& command, const std::vector<std::string>& body) {
    if (command == "$scope") {
      if (body.size() != 2) return Wrong("$scope wants a kind and a name");
      scope_lengths_.push_back(scope_.size());
      scope_ += Below(PathWord(body[1]));
    } else if (command == "$upscope") {
      if (scope_lengths_.empty()) return Wrong("$upscope without a $scope");
      scope_.resize(scope_lengths_.back());
      scope_lengths_.pop_back();
    } else if (command == "$timescale") {
      return TakeTimescale(body);
    } else if (command == "$var") {
      return TakeSignal(body);
    }
    return {};  // dates, versions, comments
  }

  Status TakeTimescale(const std::vector<std::string>& body) {
    std::string text;
    for (const std::string& word : body) text += word;
    static constexpr std::array<std::pair<std::string_view, int>, 6> kUnits = {
        {{"s", 0}, {"ms", -3}, {"us", -6}, {"ns", -9}, {"ps", -12}, {"fs", -15}}};
    for (const auto& [unit, exponent] : kUnits) {
      for (int zeros = 0; zeros <= 2; ++zeros) {
        if (text != "1" + std::string(zeros, '0') + std::string(unit)) continue;
        mutable_header().time_exponent = exponent + zeros;
        return {};
      }
    }
    return Wrong("$timescale '" + text + "' is not 1, 10 or 100 of s, ms, us, ns, ps, fs");
  }

  // $var KIND BITS CODE NAME [RANGE]
  Status TakeSignal(const std::vector<std::string>& body) {
    if (body.size() < 4) return Wrong("$var wants a kind, bits, a code and a name");
    if (body[0] == "string") {
      ++mutable_header().text_signals;
      text_codes_.insert(body[2]);
      return {};
    }
    std::uint32_t bits = 0;
    const auto [end, error] = std::from_chars(body[1].data(), body[1].data() + body[1].size(), bits);
    if (error != std::errc() || end != body[1].data() + body[1].size() || bits == 0 || bits > kBitsMax) {
      return Wrong("$var: '" + body[1] + "' is no number of bits");
    }
    if (body[2].size() > sizeof(std::uint64_t)) return Wrong("$var: the code '" + body[2] + "' is too long");
    const bool real = body[0].starts_with("real");
    if (real) bits = 64;
    const auto [code, added] = codes_.try_emplace(CodeKey(body[2]), mutable_header().handles_end);
    if (added) {
      ++mutable_header().handles_end;
      bits_.push_back(bits);
    }
    if (bits_[code->second] != bits) return Wrong("$var: '" + body[2] + "' is declared with other bits before");
    std::string name;
    for (std::size_t i = 3; i < body.size(); ++i) name += body[i];
    std::string path = scope_ + PathWord(WithoutRange(name));
    if (!paths_.insert(path).second) return {};
    mutable_header().signals.push_back(
        {.path = std::move(path), .bits = bits, .handle = code->second, .real = real, .names = nullptr});
    return {};
  }

  Status TakeTime(std::string_view text) {
    std::uint64_t time = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
    if (error != std::errc() || end != text.data() + text.size()) {
      return Wrong("'#" + std::string(text.substr(0, 40)) + "' is no time");
    }
    if (time < time_) return Wrong("time goes back, from " + std::to_string(time_) + " to " + std::to_string(time));
    time_ = time;
    return {};
  }

  Status TakeCommand(std::string_view word) {
    if (word == "$end" || word == "$dumpvars" || word == "$dumpon" || word == "$dumpoff" || word == "$dumpall")
      return {};
    std::vector<std::string> body;
    return ReadBody(body);
  }

  Status TakeScalar(std::string_view word, const std::vector<bool>& wanted, ChangeSink& sink) {
    static constexpr std::string_view kValues = "01xXzZuUwWlLhH-";
    if (kValues.find(word[0]) == std::string_view::npos || word.size() < 2) {
      return Wrong("'" + std::string(word.substr(0, 40)) + "' is no change of a value");
    }
    return Emit(word.substr(1), word.substr(0, 1), wanted, sink);
  }

  Status TakeVector(std::string_view word, const std::vector<bool>& wanted, ChangeSink& sink) {
    value_.assign(word.substr(1));
    const bool text = word[0] == 's' || word[0] == 'S';
    const bool real = word[0] == 'r' || word[0] == 'R';
    const std::string_view code = words_.Next();
    if (code.empty()) return Wrong("is cut off: a value without a code");
    if (text) return {};
    if (real) {
      double number = 0;
      const auto [end, error] = std::from_chars(value_.data(), value_.data() + value_.size(), number);
      if (error != std::errc() || end != value_.data() + value_.size()) return Wrong("'" + value_ + "' is no real");
      const auto bits = RealBits(number);
      value_.assign(bits.data(), bits.size());
    }
    return Emit(code, value_, wanted, sink);
  }

  Status Emit(std::string_view code, std::string_view value, const std::vector<bool>& wanted, ChangeSink& sink) {
    const auto found = code.size() <= sizeof(std::uint64_t) ? codes_.find(CodeKey(code)) : codes_.end();
    if (found == codes_.end()) {
      if (text_codes_.contains(std::string(code))) return {};
      return Wrong("'" + std::string(code.substr(0, 40)) + "' is no code of a signal");
    }
    const Handle handle = found->second;
    const std::uint32_t bits = bits_[handle];
    if (value.empty() || value.size() > bits) return Wrong("a value of other bits than its signal has");
    if (!wanted[handle]) return {};
    // A short value is extended on the left: with 0, or with x or z if that stands there.
    whole_.assign(bits - value.size(), value[0] == '1' ? '0' : value[0]);
    whole_ += value;
    for (char& c : whole_) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    sink.Change(time_, handle, whole_.data());
    return {};
  }

  Words words_;
  std::unordered_map<std::uint64_t, Handle> codes_;
  std::unordered_set<std::string> text_codes_;
  std::vector<std::uint32_t> bits_;  // by handle
  std::string scope_;
  std::vector<std::size_t> scope_lengths_;
  std::unordered_set<std::string> paths_;
  std::uint64_t time_ = 0;
  std::string value_;
  std::string whole_;
};

}  // namespace

Result<std::unique_ptr<WaveReader>> OpenVcd(const std::string& path) {
  auto reader = std::make_unique<VcdReader>(path);
  if (Status status = reader->ReadHeader(); !status.ok()) return status;
  return std::unique_ptr<WaveReader>(std::move(reader));
}

}  // namespace tarn::wave
