// The code of the check bits: Hsiao's (72,64), which corrects one wrong bit of a word and detects two (README, "Check
// bits", has the rule that the constants follow). Combinational; used by the write path and by the read path.
package tarn_channel_ecc_pkg;
  localparam int unsigned WordBits  = 64;
  localparam int unsigned CheckBits = 8;
  localparam int unsigned LineWords = 8;

  typedef logic [WordBits-1:0]  word_t;
  typedef logic [CheckBits-1:0] check_t;
  typedef logic [LineWords-1:0] words_t;  // a bit a word of a line

  // The data bits that check bit r is the parity of: 26 each.
  localparam word_t Rows[CheckBits] = '{
    64'hf104225844b12cb7, 64'he30844a88952555b, 64'hc710893112649a6d, 64'h8f2111c22388e38e,
    64'h1f421e043c0f03f0, 64'h3e83e007c00ffc00, 64'h7cfc0007fff00000, 64'hf8fffff800000000
  };

  // A line whose content is lost has all check bits inverted, in each word. No syndrome of two wrong bits is rarer (8 of
  // 2,556 pairs). One wrong bit may make a marked word look like one that can be corrected, whatever the mark (72 columns are more
  // than half of the 128 odd syndromes); so the line bears the mark, and half of its words are enough to know it by.
  localparam check_t      PoisonSyndrome = '1;
  localparam int unsigned PoisonWordsMin = LineWords / 2;

  function automatic check_t encode(word_t data);
    for (int unsigned r = 0; r < CheckBits; r++) encode[r] = ^(data & Rows[r]);
  endfunction

  // What the syndrome is when one data bit is wrong. That of a wrong check bit has just that bit.
  function automatic check_t [WordBits-1:0] transposed();
    for (int unsigned i = 0; i < WordBits; i++) begin
      for (int unsigned r = 0; r < CheckBits; r++) transposed[i][r] = Rows[r][i];
    end
  endfunction
  localparam check_t [WordBits-1:0] Columns = transposed();

  // The data bit to be inverted; none when it is a check bit that is wrong, or nothing, or too much.
  function automatic word_t wrong_bit(check_t syndrome);
    for (int unsigned i = 0; i < WordBits; i++) wrong_bit[i] = syndrome == Columns[i];
  endfunction

  // One entry of the log.
  typedef struct packed {
    logic        uncorrected;  // else one bit was wrong
    check_t      syndrome;
    logic [2:0]  word;
    logic [33:0] line;
  } ecc_event_t;

  // Register `ecc_inject`: bits that are inverted in one word on its way.
  typedef struct packed {
    logic [2:0] word;
    check_t     check;
    word_t      data;
  } ecc_flips_t;
endpackage : tarn_channel_ecc_pkg
