// The code of the check bits, and what stands in a module that has them. Written from the rule in rtl/channel/README.md
// ("Check bits"): columns are listed, and check bits are sums of columns; the RTL has parities of rows.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "models/common/line.h"
#include "models/common/slot_memory.h"

namespace tarn::channel {

inline constexpr unsigned kWordsPerLine = 8;
inline constexpr unsigned kWordBits = 64;
inline constexpr unsigned kCodedBits = 72;  // of a word: 64 data bits, then 8 check bits

std::uint8_t CheckBitsOf(std::uint64_t data);
// The column of bit 0 to 71 of a coded word: its syndrome when it alone is wrong.
std::uint8_t ColumnOf(unsigned bit);

// A line as it lies in a module or goes over the bus.
struct CodedLine {
  Line data{};
  std::array<std::uint8_t, kWordsPerLine> check{};

  std::uint64_t word(unsigned index) const;
  void set_word(unsigned index, std::uint64_t value);
  // bit: 0 to 71.
  void Flip(unsigned word, unsigned bit);
  bool operator==(const CodedLine&) const = default;
};

// poison: with the mark of content known lost.
CodedLine Encode(const Line& data, bool poison);

// What a controller must make of a line.
struct Decoded {
  struct Error {
    unsigned word;
    bool uncorrected;
    std::uint8_t syndrome;
    bool operator==(const Error&) const = default;
  };
  LineStatus status = LineStatus::kOk;
  Line data{};                // put right, where nothing is lost
  bool marked = false;        // it bears the mark
  std::vector<Error> errors;  // in the order of the words; none where it bears the mark
};
Decoded Decode(const CodedLine& line);

// The content of a module with check bits. What a SlotMemory can say stands in one, as it would be read without errors;
// beside it stands which bits differ from that.
class CodedMemory {
 public:
  // memory outlives it. check_bits: without, content is what was written, and nothing is ever known to be lost.
  explicit CodedMemory(SlotMemory& memory, bool check_bits = true) : memory_(memory), check_bits_(check_bits) {}

  CodedLine Read(std::uint64_t line);
  // Bytes whose mask bit is set; check bits of the words whose bit in `checks` is set.
  void Write(std::uint64_t line, const CodedLine& content, std::uint64_t mask, std::uint8_t checks);
  // A fault of the cells (of a module that has check bits): bit (0 to 71) of a word is inverted until the word is
  // written.
  void Flip(std::uint64_t line, unsigned word, unsigned bit);
  // Lines that have wrong bits.
  std::size_t faulty_lines() const { return faults_.size(); }

 private:
  void Store(std::uint64_t line, const CodedLine& raw);

  SlotMemory& memory_;
  bool check_bits_;
  std::unordered_map<std::uint64_t, CodedLine> faults_;  // bits that differ
};

// Faults of the bus: changes a line on its way, before the module stores it or after it read it.
using BusFaults = std::function<void(std::uint64_t line, bool is_write, CodedLine& content)>;

}  // namespace tarn::channel
