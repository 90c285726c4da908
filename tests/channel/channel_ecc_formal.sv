// One word of a line, whichever and whatever it holds, with up to two wrong bits, whichever: one is put right, two are known to be wrong, a right word
// is left alone. And a line that bears the mark, whatever happened to some of its words: it is known by half of them, and by one it is not taken for right.
// The other words of a line stand for themselves by what their syndromes are; the code is linear, so it does not matter what they hold.
// Fault 1: one bit more is wrong than is said.
`include "tarn_assert.svh"
module channel_ecc_formal
  import tarn_channel_ecc_pkg::*;
#(
  parameter bit Fault = 1'b0
) (
  input logic                   clk_i,
  input word_t                  data_i,
  input logic [2:0]             word_i,
  input logic [6:0]             first_i,    // the wrong bits: 64 and up are check bits; 72 and up: none
  input logic [6:0]             second_i,
  input logic                   poison_i,   // the line bears the mark; the above has no meaning
  input check_t [LineWords-1:0] disturbed_i // what the words' syndromes then are beside it
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  typedef logic [WordBits+CheckBits-1:0] coded_t;
  coded_t sent, received;
  logic   one, two;
  assign sent     = {encode(data_i), data_i};
  assign received = sent ^ (coded_t'(1) << first_i) ^ (coded_t'(1) << second_i) ^ coded_t'(Fault);
  assign one      = (first_i < 7'd72) != (second_i < 7'd72);
  assign two      = first_i < 7'd72 && second_i < 7'd72 && first_i != second_i;

  logic [511:0]           line, decoded;
  check_t [LineWords-1:0] syndromes;
  words_t                 undisturbed, this_word, corrected, lost;
  logic                   poisoned;
  always_comb begin
    line = '0;
    for (int unsigned w = 0; w < LineWords; w++) begin
      syndromes[w]   = poison_i ? PoisonSyndrome ^ disturbed_i[w] : '0;
      undisturbed[w] = disturbed_i[w] == '0;
      this_word[w]   = word_i == 3'(w);
      if (!poison_i && this_word[w]) begin
        line[w*WordBits+:WordBits] = received[WordBits-1:0];
        syndromes[w]               = encode(received[WordBits-1:0]) ^ received[WordBits+:CheckBits];
      end
    end
  end
  tarn_channel_ecc_decoder u_decoder (
    .data_i(line), .syndromes_i(syndromes), .data_o(decoded), .poisoned_o(poisoned), .corrected_o(corrected), .lost_o(lost)
  );
  word_t decoded_word;
  assign decoded_word = decoded[9'(word_i)*9'(WordBits)+:WordBits];

  `TARN_ASSERT(ARightWordIsLeftAlone, poison_i || one || two || (decoded_word == data_i && !poisoned && corrected == '0 && lost == '0))
  `TARN_ASSERT(OneWrongBitIsPutRight, poison_i || !one || (decoded_word == data_i && !poisoned && corrected == this_word && lost == '0))
  `TARN_ASSERT(TwoWrongBitsAreKnown, poison_i || !two || (!poisoned && corrected == '0 && lost == this_word))
  `TARN_ASSERT(TheMarkIsKnownByHalfOfTheWords, !poison_i || $countones(undisturbed) < PoisonWordsMin || (poisoned && lost == '0 && corrected == '0))
  `TARN_ASSERT(TheMarkInOneWordIsNotTakenForRight, !poison_i || undisturbed == '0 || poisoned || lost != '0)
  `TARN_COVER(TwoWrongBits, !poison_i && two)
  `TARN_COVER(AMarkedLineDisturbed, poison_i && $countones(undisturbed) == 4)
endmodule : channel_ecc_formal
