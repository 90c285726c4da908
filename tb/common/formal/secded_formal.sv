// A word, whatever it holds, with up to two wrong bits, whichever: one is put right, two are known to be wrong, a right word is left alone.
// Fault 1: one bit more is wrong than is said.
`include "tarn_assert.svh"
module secded_formal #(
  parameter int unsigned Width = 12,
  parameter bit          Fault = 1'b0,
  localparam int unsigned KeptBits = Width + tarn_secded_pkg::check_bits(Width)
) (
  input logic             clk_i,
  input logic [Width-1:0] data_i,
  input logic [7:0]       first_i,  // the wrong bits, check bits behind the data; KeptBits and up: none
  input logic [7:0]       second_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic [KeptBits-1:0] kept, stored;
  logic [Width-1:0] data;
  logic one, two, corrected, lost;
  assign stored = kept ^ KeptBits'(256'(1) << first_i) ^ KeptBits'(256'(1) << second_i) ^ KeptBits'(Fault);
  assign one    = (first_i < 8'(KeptBits)) != (second_i < 8'(KeptBits));
  assign two    = first_i < 8'(KeptBits) && second_i < 8'(KeptBits) && first_i != second_i;
  tarn_secded #(.Width(Width)) u_dut (
    .data_i, .kept_o(kept), .stored_i(stored), .data_o(data), .corrected_o(corrected), .lost_o(lost)
  );

  `TARN_ASSERT(ARightWordIsLeftAlone, one || two || (data == data_i && !corrected && !lost))
  `TARN_ASSERT(OneWrongBitIsPutRight, !one || (data == data_i && corrected && !lost))
  `TARN_ASSERT(TwoWrongBitsAreKnown, !two || (lost && !corrected))
  `TARN_COVER(TwoWrongBits, two)
endmodule : secded_formal
