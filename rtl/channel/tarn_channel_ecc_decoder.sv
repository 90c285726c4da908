// What a line's syndromes say: which words had one wrong bit (inverted back here), which are lost, or that the line bears
// the mark of content known lost. Combinational: one compare of a syndrome with the columns, and an exclusive or.
`include "tarn_assert.svh"
module tarn_channel_ecc_decoder
  import tarn_channel_ecc_pkg::*;
#(
  parameter bit Ecc = 1'b1  // without check bits every word is right
) (
  input  logic [511:0]           data_i,
  input  check_t [LineWords-1:0] syndromes_i,
  output logic [511:0]           data_o,
  output logic                   poisoned_o,    // the mark: nothing below is set then
  output words_t                 corrected_o,
  output words_t                 lost_o         // wrong beyond correction, and not known before
);
  if (Ecc) begin : gen_ecc
    word_t  flips[LineWords];
    words_t marked;
    always_comb begin
      data_o      = data_i;
      corrected_o = '0;
      lost_o      = '0;
      marked      = '0;
      for (int unsigned w = 0; w < LineWords; w++) flips[w] = '0;
      // No errors is the usual case; simulators skip the rest then.
      if (syndromes_i != '0) begin
        for (int unsigned w = 0; w < LineWords; w++) begin
          flips[w]       = wrong_bit(syndromes_i[w]);
          marked[w]      = syndromes_i[w] == PoisonSyndrome;
          corrected_o[w] = flips[w] != '0 || $countones(syndromes_i[w]) == 1;
          lost_o[w]      = syndromes_i[w] != '0 && !corrected_o[w];
        end
      end
      poisoned_o = $countones(marked) >= PoisonWordsMin;
      if (poisoned_o) begin
        corrected_o = '0;
        lost_o      = '0;
      end else begin
        for (int unsigned w = 0; w < LineWords; w++) data_o[w*WordBits+:WordBits] = data_i[w*WordBits+:WordBits] ^ flips[w];
      end
    end
  end else begin : gen_none
    logic unused;
    assign unused      = ^syndromes_i;
    assign data_o      = data_i;
    assign poisoned_o  = 1'b0;
    assign corrected_o = '0;
    assign lost_o      = '0;
  end
endmodule : tarn_channel_ecc_decoder
