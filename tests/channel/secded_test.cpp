// The code of the check bits: the model by the rule's text, and the RTL's encoder and decoder against it, each error on
// its own.
#include "models/channel/secded.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <set>

#include "Vecc_probe.h"
#include "models/common/random.h"
#include "tb/common/test_options.h"

namespace tarn::channel {
namespace {

TEST(Secded, ColumnsAreDifferentAndOdd) {
  std::set<unsigned> seen;
  unsigned ones = 0;
  for (unsigned bit = 0; bit < kCodedBits; ++bit) {
    EXPECT_EQ(std::popcount(ColumnOf(bit)) % 2, 1) << bit;
    EXPECT_TRUE(seen.insert(ColumnOf(bit)).second) << bit;
    if (bit < kWordBits) ones += static_cast<unsigned>(std::popcount(ColumnOf(bit)));
  }
  EXPECT_EQ(ones, 8 * 26);  // no such code has fewer
}

// What the RTL makes of a line.
class Rtl {
 public:
  struct Result {
    CodedLine written, received;
    Line data;
    bool poisoned;
    std::uint8_t corrected, lost;
  };
  // flips: bits that are inverted on the way.
  Result Pass(const Line& data, bool poison, const CodedLine& flips) {
    std::memcpy(&dut_.data_i, data.data(), data.size());
    std::memcpy(&dut_.data_flips_i, flips.data.data(), data.size());
    std::memcpy(&dut_.check_flips_i, flips.check.data(), flips.check.size());
    dut_.poison_i = poison;
    dut_.eval();
    Result result{.written = {.data = data, .check = {}},
                  .received = {},
                  .data = {},
                  .poisoned = dut_.poisoned_o != 0,
                  .corrected = dut_.corrected_o,
                  .lost = dut_.lost_o};
    std::memcpy(result.written.check.data(), &dut_.check_o, 8);
    std::memcpy(result.data.data(), &dut_.data_o, result.data.size());
    result.received = result.written;
    for (unsigned w = 0; w < kWordsPerLine; ++w) {
      result.received.set_word(w, result.received.word(w) ^ flips.word(w));
      result.received.check[w] ^= flips.check[w];
    }
    return result;
  }

 private:
  Vecc_probe dut_;
};

class SecdedRtl : public testing::Test {
 protected:
  SecdedRtl() : random_(tb::GetTestOptions().seed) {}
  Line AnyLine() { return SeededLine(random_.Next()); }
  // Passes a line with these bits inverted, compares RTL and model, and returns what the model says.
  Decoded Check(const Line& data, bool poison, const CodedLine& flips) {
    const Rtl::Result rtl = rtl_.Pass(data, poison, flips);
    EXPECT_EQ(rtl.written, Encode(data, poison));
    const Decoded model = Decode(rtl.received);
    std::uint8_t corrected = 0, lost = 0;
    for (const Decoded::Error& error : model.errors) {
      (error.uncorrected ? lost : corrected) |= static_cast<std::uint8_t>(1 << error.word);
    }
    EXPECT_EQ(rtl.poisoned, model.marked);
    EXPECT_EQ(rtl.corrected, corrected);
    EXPECT_EQ(rtl.lost, lost);
    EXPECT_EQ(rtl.data, model.data);
    return model;
  }

  Random random_;
  Rtl rtl_;
};

TEST_F(SecdedRtl, EncodesAsTheModel) {
  for (unsigned bit = 0; bit < kWordBits; ++bit) {
    CodedLine one;
    for (unsigned word = 0; word < kWordsPerLine; ++word) one.Flip(word, bit);
    EXPECT_EQ(Check(one.data, false, {}).status, LineStatus::kOk);
  }
  for (int i = 0; i < 200; ++i) EXPECT_EQ(Check(AnyLine(), i % 2 == 1, {}).marked, i % 2 == 1);
}

TEST_F(SecdedRtl, EachWrongBitIsPutRight) {
  for (unsigned word = 0; word < kWordsPerLine; ++word) {
    for (unsigned bit = 0; bit < kCodedBits; ++bit) {
      const Line data = AnyLine();
      CodedLine flips;
      flips.Flip(word, bit);
      const Decoded decoded = Check(data, false, flips);
      EXPECT_EQ(decoded.data, data);
      ASSERT_EQ(decoded.errors.size(), 1);
      EXPECT_EQ(decoded.errors[0], (Decoded::Error{.word = word, .uncorrected = false, .syndrome = ColumnOf(bit)}));
    }
  }
}

TEST_F(SecdedRtl, EachPairOfWrongBitsIsFound) {
  unsigned pairs = 0, like_the_mark = 0;
  for (unsigned first = 0; first < kCodedBits; ++first) {
    for (unsigned second = first + 1; second < kCodedBits; ++second) {
      const auto word = static_cast<unsigned>(random_.Below(kWordsPerLine));
      CodedLine flips;
      flips.Flip(word, first);
      flips.Flip(word, second);
      const Decoded decoded = Check(AnyLine(), false, flips);
      EXPECT_EQ(decoded.status, LineStatus::kPoison);
      EXPECT_FALSE(decoded.marked);  // it is news
      ASSERT_EQ(decoded.errors.size(), 1);
      EXPECT_TRUE(decoded.errors[0].uncorrected);
      ++pairs;
      if (decoded.errors[0].syndrome == 0xFF) ++like_the_mark;
    }
  }
  EXPECT_EQ(pairs, 2556);
  EXPECT_EQ(like_the_mark, 8);
}

TEST_F(SecdedRtl, OneWrongBitInEachWordIsPutRight) {
  for (int i = 0; i < 500; ++i) {
    const Line data = AnyLine();
    CodedLine flips;
    for (unsigned word = 0; word < kWordsPerLine; ++word)
      flips.Flip(word, static_cast<unsigned>(random_.Below(kCodedBits)));
    const Decoded decoded = Check(data, false, flips);
    EXPECT_EQ(decoded.data, data);
    EXPECT_EQ(decoded.errors.size(), kWordsPerLine);
  }
}

TEST_F(SecdedRtl, TheMarkStaysUnderEachWrongBit) {
  for (unsigned word = 0; word < kWordsPerLine; ++word) {
    for (unsigned bit = 0; bit < kCodedBits; ++bit) {
      CodedLine flips;
      flips.Flip(word, bit);
      const Decoded decoded = Check(AnyLine(), true, flips);
      EXPECT_TRUE(decoded.marked);
      EXPECT_TRUE(decoded.errors.empty());
    }
  }
}

// Whatever happens to half of the words. And with one wrong bit in each word but one the content is not taken for
// right.
TEST_F(SecdedRtl, TheMarkOutlivesHalfOfTheWords) {
  for (int i = 0; i < 2000; ++i) {
    CodedLine flips;
    const unsigned from = static_cast<unsigned>(random_.Below(kWordsPerLine));
    for (unsigned k = 0; k < kWordsPerLine / 2; ++k) {
      const unsigned word = (from + k) % kWordsPerLine;
      flips.set_word(word, random_.Next());
      flips.check[word] = static_cast<std::uint8_t>(random_.Next());
    }
    EXPECT_TRUE(Check(AnyLine(), true, flips).marked);
    CodedLine single;
    for (unsigned k = 0; k < kWordsPerLine - 1; ++k) {
      single.Flip((from + k) % kWordsPerLine, static_cast<unsigned>(random_.Below(kCodedBits)));
    }
    EXPECT_EQ(Check(AnyLine(), true, single).status, LineStatus::kPoison);
  }
}

TEST_F(SecdedRtl, AnyWrongBitsAreJudgedAsTheModelDoes) {
  for (int i = 0; i < 3000; ++i) {
    CodedLine flips;
    for (std::uint64_t left = random_.Below(20); left > 0; --left) {
      flips.Flip(static_cast<unsigned>(random_.Below(kWordsPerLine)), static_cast<unsigned>(random_.Below(kCodedBits)));
    }
    Check(AnyLine(), random_.Percent(50), flips);
  }
}

TEST(CodedMemory, HoldsWrongBitsUntilTheWordIsWritten) {
  SparseSlotMemory memory;
  CodedMemory cells(memory);
  const Line data = SeededLine(1);
  cells.Write(5, Encode(data, false), ~std::uint64_t{0}, 0xFF);
  cells.Flip(5, 3, 71);
  cells.Flip(5, 6, 0);
  EXPECT_EQ(Decode(cells.Read(5)).errors.size(), 2);
  cells.Write(5, Encode(data, false), std::uint64_t{0xFF} << 24, 1 << 3);
  EXPECT_EQ(cells.faulty_lines(), 1);
  EXPECT_EQ(Decode(cells.Read(5)).errors.size(), 1);
  cells.Flip(5, 6, 0);
  EXPECT_EQ(cells.faulty_lines(), 0);
  EXPECT_EQ(cells.Read(5), Encode(data, false));
}

// What was written with wrong bits is read with them; what the memory says without.
TEST(CodedMemory, StoresWhatItIsTold) {
  SparseSlotMemory memory;
  CodedMemory cells(memory);
  Random random(tb::GetTestOptions().seed);
  for (std::uint64_t line = 0; line < 300; ++line) {
    CodedLine content = Encode(SeededLine(line), line % 3 == 0);
    for (std::uint64_t i = 0; i < line % 7; ++i) {
      content.Flip(static_cast<unsigned>(random.Below(kWordsPerLine)), static_cast<unsigned>(random.Below(kCodedBits)));
    }
    cells.Write(line, content, ~std::uint64_t{0}, 0xFF);
    EXPECT_EQ(cells.Read(line), content);
    Line said;
    EXPECT_EQ(memory.ReadLine(line, said), Decode(content).status);
  }
}

}  // namespace
}  // namespace tarn::channel
