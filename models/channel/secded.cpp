#include "models/channel/secded.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace tarn::channel {

namespace {

constexpr std::uint8_t kMark = 0xFF;  // added to the check bits of content known lost
constexpr unsigned kMarkedWordsMin = kWordsPerLine / 2;

// The 56 bytes with three ones, ascending; then 0x1F rotated left by 0 to 7; then the check bits' own.
constexpr std::array<std::uint8_t, kCodedBits> MakeColumns() {
  std::array<std::uint8_t, kCodedBits> columns{};
  std::size_t count = 0;
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (std::popcount(byte) == 3) columns[count++] = static_cast<std::uint8_t>(byte);
  }
  for (int i = 0; i < 8; ++i) columns[count++] = std::rotl(std::uint8_t{0x1F}, i);
  for (int i = 0; i < 8; ++i) columns[count++] = static_cast<std::uint8_t>(1 << i);
  return columns;
}
constexpr std::array<std::uint8_t, kCodedBits> kColumns = MakeColumns();

// By byte of the word and its value: the sum of the columns of its ones.
constexpr auto MakeSums() {
  std::array<std::array<std::uint8_t, 256>, 8> sums{};
  for (unsigned byte = 0; byte < 8; ++byte) {
    for (unsigned value = 0; value < 256; ++value) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        if ((value >> bit & 1) != 0) sums[byte][value] ^= kColumns[8 * byte + bit];
      }
    }
  }
  return sums;
}
constexpr std::array<std::array<std::uint8_t, 256>, 8> kSums = MakeSums();

}  // namespace

std::uint8_t CheckBitsOf(std::uint64_t data) {
  std::uint8_t check = 0;
  for (unsigned byte = 0; byte < 8; ++byte) check ^= kSums[byte][data >> 8 * byte & 0xFF];
  return check;
}

std::uint8_t ColumnOf(unsigned bit) { return kColumns[bit]; }

std::uint64_t CodedLine::word(unsigned index) const {
  std::uint64_t value;
  std::memcpy(&value, data.data() + 8 * index, 8);
  return value;
}

void CodedLine::set_word(unsigned index, std::uint64_t value) { std::memcpy(data.data() + 8 * index, &value, 8); }

void CodedLine::Flip(unsigned word_index, unsigned bit) {
  assert(word_index < kWordsPerLine && bit < kCodedBits);
  if (bit < kWordBits) {
    set_word(word_index, word(word_index) ^ std::uint64_t{1} << bit);
  } else {
    check[word_index] ^= static_cast<std::uint8_t>(1 << (bit - kWordBits));
  }
}

CodedLine Encode(const Line& data, bool poison) {
  CodedLine line{.data = data};
  for (unsigned i = 0; i < kWordsPerLine; ++i) {
    line.check[i] = static_cast<std::uint8_t>(CheckBitsOf(line.word(i)) ^ (poison ? kMark : 0));
  }
  return line;
}

Decoded Decode(const CodedLine& line) {
  Decoded decoded;
  decoded.data = line.data;
  std::array<std::uint8_t, kWordsPerLine> syndromes{};
  unsigned marked = 0;
  for (unsigned i = 0; i < kWordsPerLine; ++i) {
    syndromes[i] = static_cast<std::uint8_t>(CheckBitsOf(line.word(i)) ^ line.check[i]);
    if (syndromes[i] == kMark) ++marked;
  }
  if (marked >= kMarkedWordsMin) {
    decoded.marked = true;
    decoded.status = LineStatus::kPoison;
    return decoded;
  }
  CodedLine corrected = line;
  for (unsigned i = 0; i < kWordsPerLine; ++i) {
    if (syndromes[i] == 0) continue;
    const auto column = std::find(kColumns.begin(), kColumns.end(), syndromes[i]);
    const bool uncorrected = column == kColumns.end();
    decoded.errors.push_back({.word = i, .uncorrected = uncorrected, .syndrome = syndromes[i]});
    if (uncorrected) {
      decoded.status = LineStatus::kPoison;
    } else {
      corrected.Flip(i, static_cast<unsigned>(column - kColumns.begin()));
    }
  }
  decoded.data = corrected.data;
  return decoded;
}

CodedLine CodedMemory::Read(std::uint64_t line) {
  Line data;
  const bool poison = memory_.ReadLine(line, data) == LineStatus::kPoison;
  if (!check_bits_) return {.data = data, .check = {}};
  CodedLine content = Encode(data, poison);
  if (faults_.empty()) return content;
  const auto fault = faults_.find(line);
  if (fault == faults_.end()) return content;
  for (unsigned i = 0; i < kWordsPerLine; ++i) {
    content.set_word(i, content.word(i) ^ fault->second.word(i));
    content.check[i] ^= fault->second.check[i];
  }
  return content;
}

void CodedMemory::Write(std::uint64_t line, const CodedLine& content, std::uint64_t mask, std::uint8_t checks) {
  if (!check_bits_) return memory_.WriteLine(line, content.data, mask, false);
  if (mask == ~std::uint64_t{0} && checks == 0xFF) return Store(line, content);
  CodedLine raw = Read(line);
  MergeLine(raw.data, content.data, mask);
  for (unsigned i = 0; i < kWordsPerLine; ++i) {
    if ((checks >> i & 1) != 0) raw.check[i] = content.check[i];
  }
  Store(line, raw);
}

void CodedMemory::Flip(std::uint64_t line, unsigned word, unsigned bit) {
  CodedLine& fault = faults_[line];
  fault.Flip(word, bit);
  if (fault == CodedLine{}) faults_.erase(line);
}

void CodedMemory::Store(std::uint64_t line, const CodedLine& raw) {
  const Decoded decoded = Decode(raw);
  const bool poison = decoded.status == LineStatus::kPoison;
  memory_.WriteLine(line, decoded.data, ~std::uint64_t{0}, poison);
  if (faults_.empty() && !poison && decoded.errors.empty()) return;
  CodedLine fault = Encode(decoded.data, poison);
  for (unsigned i = 0; i < kWordsPerLine; ++i) {
    fault.set_word(i, fault.word(i) ^ raw.word(i));
    fault.check[i] ^= raw.check[i];
  }
  if (fault == CodedLine{}) {
    faults_.erase(line);
  } else {
    faults_[line] = fault;
  }
}

}  // namespace tarn::channel
