#include "sw/trace/text_trace.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include "models/common/units.h"
#include "sw/trace/file_format.h"
#include "sw/trace/lackey.h"
#include "sw/trace/line_splitter.h"

namespace tarn::trace {

namespace {

constexpr std::uint32_t kGapMax = 0xffffffff;

// The lines of a text file, each with its number for messages.
class LineFile {
 public:
  explicit LineFile(std::string path) : path_(std::move(path)) {}
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;
  ~LineFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  Status Open() {
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    return descriptor_ < 0 ? CannotRead() : Status();
  }

  // Sets the next line that is neither blank nor a comment; false at the end.
  Result<bool> Next(std::string_view& line) {
    while (true) {
      Result<bool> more = NextOfAnyKind(line);
      if (!more.ok() || !*more) return more;
      const std::size_t start = line.find_first_not_of(" \t");
      if (start != std::string_view::npos && line[start] != '#') return true;
    }
  }

  Status Wrong(const std::string& what) const {
    return Status::Error(path_ + ":" + std::to_string(lines_.line_number()) + ": " + what);
  }
  const std::string& path() const { return path_; }

 private:
  Status CannotRead() const { return Status::Error(path_ + ": cannot be read: " + std::strerror(errno)); }

  Result<bool> NextOfAnyKind(std::string_view& line) {
    while (!lines_.Pop(line)) {
      if (lines_.overlong()) return Wrong("a line of more than 64 KiB; a trace has one access a line");
      const std::span<char> room = lines_.Room();
      const ssize_t got = ::read(descriptor_, room.data(), room.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return CannotRead();
      if (got == 0 && !lines_.rest().empty()) return Wrong("the last line has no newline: the file was cut short");
      if (got == 0) return false;
      lines_.Added(static_cast<std::size_t>(got));
    }
    return true;
  }

  std::string path_;
  int descriptor_ = -1;
  LineSplitter lines_;
};

// A line's words, between blanks. At most `words.size()`; the number of all is returned.
std::size_t SplitWords(std::string_view line, std::span<std::string_view> words) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = line.find_first_not_of(" \t", at)) != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
    if (count < words.size()) words[count] = line.substr(at, end - at);
    ++count;
    at = end;
  }
  return count;
}

bool ParseNumber(std::string_view text, int base, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool ParsePrefixedHex(std::string_view text, std::uint64_t& value) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return false;
  return ParseNumber(text.substr(2), 16, value);
}

// One line of a format with one access a line; false if it is malformed.
struct TextAccess {
  std::uint64_t address = 0;
  bool write = false;
  std::optional<std::uint64_t> cycle;
};

bool ParseKind(std::string_view word, std::string_view read, std::string_view write, TextAccess& access) {
  access.write = word == write;
  return word == read || word == write;
}

bool ParseDramSim3(std::string_view line, TextAccess& access) {
  std::array<std::string_view, 3> words;
  const std::size_t count = SplitWords(line, words);
  if (count < 2 || count > 3 || !ParseKind(words[1], "READ", "WRITE", access)) return false;
  if (!ParsePrefixedHex(words[0], access.address) && !ParseNumber(words[0], 16, access.address)) return false;
  if (count == 2) return true;
  access.cycle.emplace();
  return ParseNumber(words[2], 10, *access.cycle);
}

bool ParseRamulator(std::string_view line, TextAccess& access) {
  std::array<std::string_view, 2> words;
  if (SplitWords(line, words) != 2) return false;
  if (ParseKind(words[0], "R", "W", access)) return ParsePrefixedHex(words[1], access.address);
  return ParsePrefixedHex(words[0], access.address) && ParseKind(words[1], "R", "W", access);
}

bool ParseLoadStore(std::string_view line, TextAccess& access) {
  std::array<std::string_view, 2> words;
  return SplitWords(line, words) == 2 && ParseKind(words[0], "LD", "ST", access) &&
         (ParsePrefixedHex(words[1], access.address) || ParseNumber(words[1], 10, access.address));
}

// A module of 4 bank groups of 4 banks, rows of 128 lines, whose lines are numbered row | bank | bank group | column,
// as Ramulator's mapping RoBaRaCoCh and the channel's after reset have it.
struct ModulePlace {
  static constexpr std::array<unsigned, 6> kWidths = {0, 0, 2, 2, 23, 7};  // in the order of the text
  static constexpr std::array<unsigned, 6> kShifts = {0, 0, 7, 9, 11, 0};  // in the line's number
};

bool ParseReadWrite(std::string_view line, TextAccess& access) {
  std::array<std::string_view, 2> words;
  if (SplitWords(line, words) != 2 || !ParseKind(words[0], "R", "W", access)) return false;
  std::string_view rest = words[1];
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < ModulePlace::kWidths.size(); ++i) {
    const bool last = i + 1 == ModulePlace::kWidths.size();
    const std::size_t comma = rest.find(',');
    if ((comma == std::string_view::npos) != last) return false;
    std::uint64_t value = 0;
    if (!ParseNumber(rest.substr(0, comma), 10, value) || value >> ModulePlace::kWidths[i] != 0) return false;
    number |= value << ModulePlace::kShifts[i];
    rest.remove_prefix(last ? rest.size() : comma + 1);
  }
  access.address = number * kLineBytes;
  return true;
}

std::string ReadWriteLine(const Access& access) {
  std::string text = access.write ? "W " : "R ";
  for (std::size_t i = 0; i < ModulePlace::kWidths.size(); ++i) {
    const std::uint64_t mask = (std::uint64_t{1} << ModulePlace::kWidths[i]) - 1;
    text += (i == 0 ? "" : ",") + std::to_string(access.line >> ModulePlace::kShifts[i] & mask);
  }
  return text + "\n";
}

bool ParsePages(std::string_view line, TextAccess& access) {
  std::array<std::string_view, 2> words;
  std::uint64_t page = 0;
  if (SplitWords(line, words) != 2 || !ParseKind(words[0], "R", "W", access)) return false;
  if (!ParseNumber(words[1], 10, page) || page > ~std::uint64_t{0} / kPageBytes) return false;
  access.address = page * kPageBytes;
  return true;
}

bool ParseLine(Format format, std::string_view line, TextAccess& access) {
  switch (format) {
    case Format::kDramSim3:
      return ParseDramSim3(line, access);
    case Format::kRamulator:
      return ParseRamulator(line, access);
    case Format::kLoadStore:
      return ParseLoadStore(line, access);
    case Format::kReadWrite:
      return ParseReadWrite(line, access);
    case Format::kPages:
      return ParsePages(line, access);
    case Format::kTarn:
    case Format::kLackey:
      break;
  }
  return false;
}

const char* RightLine(Format format) {
  switch (format) {
    case Format::kDramSim3:
      return "0x1234 READ 56";
    case Format::kRamulator:
      return "0x1234 R";
    case Format::kLoadStore:
      return "LD 0x1234";
    case Format::kReadWrite:
      return "R 0,0,1,2,100,32";
    case Format::kPages:
      return "R 12";
    case Format::kTarn:
    case Format::kLackey:
      break;
  }
  return " L 04001000,8";
}

Status Malformed(const LineFile& file, Format format, std::string_view line) {
  constexpr std::size_t kShownBytesMax = 60;
  std::string shown(line.substr(0, kShownBytesMax));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return file.Wrong("'" + shown + (line.size() > kShownBytesMax ? "…" : "") + "' is not a line of the " +
                    std::string(FormatName(format)) + " format, such as '" + RightLine(format) + "'");
}

class SimpleTextInput : public TraceInput {
 public:
  SimpleTextInput(const std::string& path, Format format) : file_(path), format_(format) {
    metadata_.source = FormatName(format);
    if (format == Format::kDramSim3) metadata_.gap_unit = GapUnit::kCycles;
  }
  Status Open() { return file_.Open(); }
  const Metadata& metadata() const override { return metadata_; }

  Result<bool> Next(Access& access) override {
    std::string_view line;
    Result<bool> more = file_.Next(line);
    if (!more.ok() || !*more) return more;
    TextAccess parsed;
    if (!ParseLine(format_, line, parsed)) return Malformed(file_, format_, line);
    const std::uint64_t cycle = parsed.cycle.value_or(last_cycle_);
    if (cycle < last_cycle_) {
      return file_.Wrong("cycle " + std::to_string(cycle) + " comes after cycle " + std::to_string(last_cycle_) +
                         "; cycles must not fall");
    }
    access = {.line = parsed.address / 64,
              .write = parsed.write,
              .gap = static_cast<std::uint32_t>(std::min<std::uint64_t>(cycle - last_cycle_, kGapMax))};
    last_cycle_ = cycle;
    return true;
  }

 private:
  LineFile file_;
  Format format_;
  Metadata metadata_;
  std::uint64_t last_cycle_ = 0;
};

class LackeyInput : public TraceInput {
 public:
  LackeyInput(const std::string& path, const std::optional<CacheFilterConfig>& filter) : file_(path), decoder_(filter) {
    metadata_.source = FormatName(Format::kLackey);
    metadata_.filter = filter;
    metadata_.gap_unit = GapUnit::kInstructions;
  }
  Status Open() { return file_.Open(); }
  const Metadata& metadata() const override { return metadata_; }

  Result<bool> Next(Access& access) override {
    while (next_ == traffic_.size()) {
      traffic_.clear();
      next_ = 0;
      if (ended_) return false;
      if (Status status = Refill(); !status.ok()) return status;
    }
    access = traffic_[next_++];
    return true;
  }

 private:
  // Takes one line of the file, or its end.
  Status Refill() {
    std::string_view line;
    const Result<bool> more = file_.Next(line);
    if (!more.ok()) return more.status();
    if (!*more) {
      ended_ = true;
      decoder_.End(traffic_);
    } else if (!IsValgrindMessage(line)) {
      const std::optional<LackeyReference> reference = ParseLackeyLine(line);
      if (!reference) return Malformed(file_, Format::kLackey, line);
      decoder_.Decode(*reference, traffic_);
    }
    return {};
  }

  LineFile file_;
  LackeyDecoder decoder_;
  Metadata metadata_;
  std::vector<Access> traffic_;  // of the line read last, not given out yet from next_ on
  std::size_t next_ = 0;
  bool ended_ = false;
};

template <typename Input>
Result<std::unique_ptr<TraceInput>> Opened(std::unique_ptr<Input> input) {
  if (Status status = input->Open(); !status.ok()) return status;
  return std::unique_ptr<TraceInput>(std::move(input));
}

}  // namespace

Result<Format> DetectFormat(const std::string& path) {
  LineFile file(path);
  if (Status status = file.Open(); !status.ok()) return status;
  std::string_view line;
  do {
    const Result<bool> more = file.Next(line);
    if (!more.ok()) return more.status();
    if (!*more) return Status::Error(path + ": holds no access; a trace was expected");
    // The magic ends with a newline, so that it is a line of its own.
    if (std::equal(line.begin(), line.end(), kMagic.begin(), kMagic.end() - 1)) return Format::kTarn;
  } while (IsValgrindMessage(line));
  if (ParseLackeyLine(line)) return Format::kLackey;
  for (const Format format :
       {Format::kDramSim3, Format::kRamulator, Format::kLoadStore, Format::kReadWrite, Format::kPages}) {
    TextAccess ignored;
    if (ParseLine(format, line, ignored)) return format;
  }
  return file.Wrong(
      "neither a Tarn trace nor a line of lackey (' L 04001000,8'), dramsim3 ('0x1234 READ 56'), ramulator "
      "('0x1234 R'), loadstore ('LD 0x1234'), readwrite ('R 0,0,1,2,100,32') or pages ('R 12')");
}

Result<std::unique_ptr<TraceInput>> OpenTextTrace(const std::string& path, Format format,
                                                  const std::optional<CacheFilterConfig>& filter) {
  assert(format != Format::kTarn);
  if (format == Format::kLackey) return Opened(std::make_unique<LackeyInput>(path, filter));
  return Opened(std::make_unique<SimpleTextInput>(path, format));
}

std::string TextLine(Format format, const Access& access, std::uint64_t cycle) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), access.line * 64, 16).ptr;
  const std::string address = "0x" + std::string(digits.data(), end);
  switch (format) {
    case Format::kDramSim3:
      return address + (access.write ? " WRITE " : " READ ") + std::to_string(cycle) + "\n";
    case Format::kRamulator:
      return address + (access.write ? " W\n" : " R\n");
    case Format::kLoadStore:
      return (access.write ? "ST " : "LD ") + address + "\n";
    case Format::kReadWrite:
      return ReadWriteLine(access);
    case Format::kTarn:
    case Format::kLackey:
    case Format::kPages:
      break;
  }
  assert(false);
  return "";
}

}  // namespace tarn::trace
