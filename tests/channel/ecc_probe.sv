// The check bits' encoder and decoder, as the write path and the read path have them, for one line: encoded, disturbed, decoded.
module ecc_probe
  import tarn_channel_ecc_pkg::*;
(
  input  logic [511:0]           data_i,
  input  logic                   poison_i,
  input  logic [511:0]           data_flips_i,
  input  check_t [LineWords-1:0] check_flips_i,
  output check_t [LineWords-1:0] check_o,  // as it is written
  output logic [511:0]           data_o,
  output logic                   poisoned_o,
  output words_t                 corrected_o,
  output words_t                 lost_o,
  output check_t [LineWords-1:0] syndromes_o
);
  logic [511:0] received;
  assign received = data_i ^ data_flips_i;
  always_comb begin
    for (int unsigned w = 0; w < LineWords; w++) begin
      check_o[w]     = encode(data_i[w*WordBits+:WordBits]) ^ (poison_i ? PoisonSyndrome : '0);
      syndromes_o[w] = encode(received[w*WordBits+:WordBits]) ^ check_o[w] ^ check_flips_i[w];
    end
  end
  tarn_channel_ecc_decoder u_decoder (.data_i(received), .syndromes_i(syndromes_o), .data_o, .poisoned_o, .corrected_o, .lost_o);
endmodule : ecc_probe
