// Check bits at the channel's ports: what becomes of wrong bits, of writes of part of a line, and of the scrubber's
// walk.
#include <gtest/gtest.h>

#include <vector>

#include "tests/channel/channel_fixture.h"
#include "tests/channel/fault_injector.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

constexpr std::uint64_t kWhole = ~std::uint64_t{0};
constexpr std::uint64_t kFirstWord = 0xFF;

class ChannelEcc : public Channel {
 protected:
  void Fill(std::uint64_t line, std::uint64_t key) {
    channel_.memory().WriteLine(line, SeededLine(key), kWhole, false);
  }
  CodedMemory& cells() { return channel_.module().cells(); }
  std::uint64_t Corrected() { return channel_.Counter(r::ecc_corrected::kOffset); }
  std::uint64_t Uncorrected() { return channel_.Counter(r::ecc_uncorrected::kOffset); }
  std::uint32_t Pending() { return channel_.Read(r::irq_pending::kOffset).rdata; }
  void Scrub(std::uint32_t interval, bool on_error = false) {
    channel_.Write(r::scrub::kOffset, interval | r::scrub::OnError::Of(std::uint32_t{on_error}));
  }
  void ScrubUpTo(std::uint64_t last) { channel_.Write(r::scrub_last::kOffset, static_cast<std::uint32_t>(last)); }
  std::vector<LoggedError> Log() {
    std::vector<LoggedError> log;
    for (LoggedError entry; PopLog(channel_, entry);) log.push_back(entry);
    return log;
  }
  Line Stored(std::uint64_t line) {
    Line data;
    (void)channel_.memory().ReadLine(line, data);
    return data;
  }
  LineStatus StoredStatus(std::uint64_t line) {
    Line data;
    return channel_.memory().ReadLine(line, data);
  }
  std::uint64_t reads() { return channel_.checker().Count(DfiOp::kRead); }
  std::uint64_t writes() { return channel_.checker().Count(DfiOp::kWrite); }
};

TEST_F(ChannelEcc, AWrongBitIsPutRightAndLogged) {
  Scrub(0);
  channel_.Write(r::irq_enable::kOffset, r::irq_enable::EccCorrected::kMask);
  Fill(77, 5);
  cells().Flip(77, 3, 40);
  const SlotResponse answer = Wait(SendRead(kHost, 77));
  EXPECT_EQ(answer.status, LineStatus::kOk);
  EXPECT_EQ(answer.data, SeededLine(5));
  EXPECT_EQ(Log(), (std::vector<LoggedError>{{77, {.word = 3, .uncorrected = false, .syndrome = ColumnOf(40)}}}));
  EXPECT_EQ(Corrected(), 1);
  EXPECT_EQ(Uncorrected(), 0);
  EXPECT_EQ(Pending(), r::irq_pending::EccCorrected::kMask);
  EXPECT_EQ(channel_.dut().irq_o, 1);
  channel_.Write(r::irq_pending::kOffset, r::irq_pending::EccCorrected::kMask);
  EXPECT_EQ(channel_.dut().irq_o, 0);
}

TEST_F(ChannelEcc, TwoWrongBitsArePoisonAndLogged) {
  Fill(78, 5);
  cells().Flip(78, 6, 1);
  cells().Flip(78, 6, 70);
  cells().Flip(78, 2, 9);
  EXPECT_EQ(Wait(SendRead(kHost, 78)).status, LineStatus::kPoison);
  const auto both = static_cast<std::uint8_t>(ColumnOf(1) ^ ColumnOf(70));
  EXPECT_EQ(Log(), (std::vector<LoggedError>{{78, {.word = 2, .uncorrected = false, .syndrome = ColumnOf(9)}},
                                             {78, {.word = 6, .uncorrected = true, .syndrome = both}}}));
  EXPECT_EQ(Uncorrected(), 1);
  EXPECT_EQ(Pending(), r::irq_pending::EccCorrected::kMask | r::irq_pending::EccUncorrected::kMask |
                           r::irq_pending::PoisonRead::kMask);
  Wait(SendWrite(kHost, 78, 6));
  Drain();
  EXPECT_EQ(Wait(SendRead(kHost, 78)).data, SeededLine(6));
}

TEST_F(ChannelEcc, KnownPoisonIsNoNewsUnderAWrongBitEither) {
  Wait(SendWrite(kHost, 40, 1, kWhole, true));
  Drain();
  for (unsigned bit = 0; bit < kCodedBits; ++bit) {
    cells().Flip(40, bit % kWordsPerLine, bit);
    EXPECT_EQ(Wait(SendRead(kHost, 40)).status, LineStatus::kPoison);
    cells().Flip(40, bit % kWordsPerLine, bit);
  }
  EXPECT_EQ(Corrected() + Uncorrected(), 0);
  EXPECT_TRUE(Log().empty());
}

TEST_F(ChannelEcc, WholeLinesAreWrittenWithoutARead) {
  for (std::uint64_t i = 0; i < 20; ++i) Wait(SendWrite(kHost, i, i));
  Drain();
  EXPECT_EQ(writes(), 20);
  EXPECT_EQ(reads(), 0);
}

TEST_F(ChannelEcc, APartOfALineIsWrittenWithTheRestOfIt) {
  Scrub(0);
  Fill(9, 1);
  cells().Flip(9, 5, 13);  // in the rest
  Wait(SendWrite(kHost, 9, 2, 0xF0F0));
  Drain();
  Line expected = SeededLine(1);
  MergeLine(expected, SeededLine(2), 0xF0F0);
  EXPECT_EQ(Stored(9), expected);
  EXPECT_EQ(cells().faulty_lines(), 0);
  EXPECT_EQ(Corrected(), 1);
  EXPECT_EQ(channel_.Counter(r::old_line_reads::kOffset), 1);
  EXPECT_EQ(reads(), 1);
  EXPECT_EQ(writes(), 1);
}

TEST_F(ChannelEcc, WritesMergeWhileTheOldLineComesAndAReadIsAnsweredFromThem) {
  Fill(12, 1);
  Line expected = SeededLine(1);
  for (std::uint64_t key = 2; key < 8; ++key) {
    const std::uint64_t mask = std::uint64_t{0x7F} << 5 * key;
    SendWrite(kHost, 12, key, mask);
    MergeLine(expected, SeededLine(key), mask);
  }
  EXPECT_EQ(Wait(SendRead(kHost, 12), 300).data, expected);
  EXPECT_EQ(channel_.Counter(r::merged::kOffset), 5);
  EXPECT_EQ(channel_.Counter(r::forwarded::kOffset), 1);
  SendWrite(kHost, 13, 1, kFirstWord);
  SendWrite(kHost, 13, 2);  // whole: the old line is not needed any more
  EXPECT_EQ(Wait(SendRead(kHost, 13), 300).data, SeededLine(2));
  Drain();
  EXPECT_EQ(Stored(12), expected);
  EXPECT_EQ(Stored(13), SeededLine(2));
  EXPECT_EQ(reads(), 2);
  EXPECT_EQ(writes(), 2);
}

TEST_F(ChannelEcc, APartThatLeavesALostWordIsPoison) {
  Fill(20, 1);
  Fill(21, 1);
  for (const std::uint64_t line : {20, 21}) {
    cells().Flip(line, 0, 3);
    cells().Flip(line, 0, 4);
  }
  Wait(SendWrite(kHost, 20, 2, kFirstWord >> 1));
  Wait(SendWrite(kHost, 21, 2, kFirstWord));
  Drain();
  EXPECT_EQ(StoredStatus(20), LineStatus::kPoison);
  EXPECT_TRUE(Decode(cells().Read(20)).marked);
  Line expected = SeededLine(1);
  MergeLine(expected, SeededLine(2), kFirstWord);
  EXPECT_EQ(StoredStatus(21), LineStatus::kOk);
  EXPECT_EQ(Stored(21), expected);
  EXPECT_EQ(Uncorrected(), 2);
}

// Reads, whole lines and parts from every class to few lines: nobody waits for ever.
TEST_F(ChannelEcc, PartsOfLinesFromAllClassesDoNotBlockEachOther) {
  for (std::uint64_t i = 0; i < 1500; ++i) {
    const std::uint64_t line = (i * 37 % 600) << (i % 2 == 0 ? 11 : 0);
    const auto port = static_cast<unsigned>(i % 3);
    if (i % 5 == 0) {
      SendRead(port, line);
    } else {
      SendWrite(port, line, i, i % 7 == 0 ? kWhole : std::uint64_t{1} << i % 64);
    }
  }
  channel_.simulation().RunUntil([this] { return answers_.size() == next_tag_; }, 200000, "answers");
  Drain();
}

TEST_F(ChannelEcc, InjectsOnceIntoWhatIsWritten) {
  Scrub(0);
  channel_.Write(r::ecc_inject_data::kOffset, 1u << 7);
  channel_.Write(r::ecc_inject::kOffset, r::ecc_inject::OnWrite::kMask | r::ecc_inject::Word::Of(5u));
  SendWrite(kHost, 30, 1);
  Drain();
  EXPECT_EQ(channel_.Read(r::ecc_inject::kOffset).rdata, r::ecc_inject::Word::Of(5u));
  SendWrite(kHost, 31, 2);
  Drain();
  EXPECT_EQ(cells().faulty_lines(), 1);
  EXPECT_EQ(Decode(cells().Read(30)).errors,
            (std::vector<Decoded::Error>{{.word = 5, .uncorrected = false, .syndrome = ColumnOf(7)}}));
  EXPECT_EQ(Wait(SendRead(kHost, 30)).data, SeededLine(1));
}

TEST_F(ChannelEcc, InjectsOnceIntoWhatIsRead) {
  for (unsigned word = 0; word < kWordsPerLine; ++word) {
    Fill(word, word);
    channel_.Write(r::ecc_inject_data::kOffset + 4, 1u << 31);
    channel_.Write(r::ecc_inject::kOffset, r::ecc_inject::OnRead::kMask | r::ecc_inject::Word::Of(word) | 0x80);
    EXPECT_EQ(Wait(SendRead(kHost, word)).status, LineStatus::kPoison);
    EXPECT_EQ(Wait(SendRead(kHost, word)).data, SeededLine(word));
    const auto both = static_cast<std::uint8_t>(ColumnOf(63) ^ ColumnOf(71));
    EXPECT_EQ(Log(), (std::vector<LoggedError>{{word, {.word = word, .uncorrected = true, .syndrome = both}}}));
  }
}

TEST_F(ChannelEcc, AFullLogSaysSoAndTheCountersGoOn) {
  Scrub(0);
  for (std::uint64_t line = 0; line < 2; ++line) {
    for (unsigned word = 0; word < kWordsPerLine; ++word) cells().Flip(line, word, word);
    SendRead(kHost, line);
  }
  Wait(SendRead(kHost, 5));
  channel_.simulation().Run(20);  // entered one a cycle
  EXPECT_EQ(Corrected(), 16);
  EXPECT_NE(Pending() & r::irq_pending::EccOverflow::kMask, 0);
  EXPECT_EQ(r::ecc_log::Entries::Get(channel_.Counter(r::ecc_log::kOffset)), 8);
  const std::vector<LoggedError> log = Log();
  ASSERT_EQ(log.size(), 8);
  EXPECT_EQ(log.front().line, log.back().line);
}

TEST_F(ChannelEcc, TheScrubberCleansTheCells) {
  constexpr std::uint64_t kLines = 300;
  for (std::uint64_t line = 0; line < kLines; ++line) {
    Fill(line, line);
    for (unsigned word = 0; word < line % 4; ++word) cells().Flip(line, word, static_cast<unsigned>(line) % kCodedBits);
  }
  ScrubUpTo(kLines - 1);
  EXPECT_EQ(reads(), 0);  // it does not walk by itself
  Scrub(50);
  channel_.simulation().RunUntil([this] { return channel_.Counter(r::scrub_passes::kOffset) != 0; }, 50 * kLines + 2000,
                                 "a pass");
  Drain();
  EXPECT_EQ(cells().faulty_lines(), 0);
  EXPECT_EQ(Corrected(), (1 + 2 + 3) * kLines / 4);
  EXPECT_EQ(writes(), kLines * 3 / 4);  // right ones are not written
  EXPECT_GE(reads(), kLines);
  for (std::uint64_t line = 0; line < kLines; ++line) EXPECT_EQ(Stored(line), SeededLine(line));
}

TEST_F(ChannelEcc, TheScrubberLeavesLostLinesAndPoisonAlone) {
  Fill(0, 1);
  cells().Flip(0, 1, 2);
  cells().Flip(0, 1, 3);
  channel_.memory().WriteLine(1, SeededLine(2), kWhole, true);
  ScrubUpTo(1);
  Scrub(100);
  channel_.simulation().Run(5000);
  Scrub(0);
  Drain();
  EXPECT_EQ(writes(), 0);
  EXPECT_EQ(StoredStatus(1), LineStatus::kPoison);
  EXPECT_GE(Uncorrected(), 20);  // at each pass
}

TEST_F(ChannelEcc, TheScrubberGoesToWhereAReadFoundAnError) {
  Fill(500, 3);
  cells().Flip(500, 7, 7);
  Wait(SendRead(kHost, 500));
  channel_.simulation().Run(300);
  Drain();
  EXPECT_EQ(cells().faulty_lines(), 0);
  EXPECT_EQ(Corrected(), 2);  // it reads the line itself
  EXPECT_EQ(writes(), 1);
}

// Its writes of no bytes never take anything from those of others.
TEST_F(ChannelEcc, TheScrubberMeetsTrafficOnItsLines) {
  constexpr std::uint64_t kLines = 8;
  ScrubUpTo(kLines - 1);
  Scrub(3);
  std::vector<Line> expected(kLines);
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const std::uint64_t line = i * 5 % kLines;
    const std::uint64_t mask = i % 3 == 0 ? kWhole : std::uint64_t{0xFFFF} << i % 48;
    const std::uint16_t tag = SendWrite(i % 2 == 0 ? kHost : kBulk, line, i, mask);
    MergeLine(expected[line], SeededLine(i), mask);
    if (i % 4 == 0) cells().Flip(line, static_cast<unsigned>(i / 4 % 8), static_cast<unsigned>(i % kCodedBits));
    Wait(tag);
    next_tag_ %= 4000;
    answers_.clear();
    if (i % 4 == 0) {
      const std::uint16_t read = SendRead(kHost, line);
      EXPECT_EQ(Wait(read).data, expected[line]) << i;
      answers_.clear();
    }
    if (i % 8 == 0) Drain();
  }
  next_tag_ = 0;
}

TEST_F(ChannelEcc, TheScrubberRestsInSelfRefreshAndDoesNotKeepTheChannelFromBeingIdle) {
  ScrubUpTo(1000);
  Scrub(10);
  channel_.simulation().Run(2000);
  Drain();
  channel_.Write(r::control::kOffset, r::control::SelfRefresh::kMask);
  channel_.simulation().RunUntil([this] { return r::status::SelfRefresh::Get(Status()) != 0; }, 20000, "self-refresh");
  const std::uint64_t before = reads();
  channel_.simulation().Run(5000);
  EXPECT_EQ(reads(), before);
  channel_.Write(r::control::kOffset, 0);
  channel_.simulation().RunUntil([&] { return reads() > before + 10; }, 5000, "the walk");
}

}  // namespace
}  // namespace tarn::channel
