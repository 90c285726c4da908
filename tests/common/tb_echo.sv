// A one-message register stage for the testbench library's own tests. Faults can be planted at run time.
`include "tarn_assert.svh"

module tb_echo
  import tarn_line_pkg::*;
(
  input  logic      clk_i,
  input  logic      rst_ni,
  input  logic      plant_wrong_bit_i,   // answers with a bit flipped
  input  logic      plant_withdraw_i,    // withdraws an answer that was not taken
  input  logic      plant_assertion_i,   // breaks an assertion
  input  slot_rsp_t in_i,
  input  logic      in_valid_i,
  output logic      in_ready_o,
  output slot_rsp_t out_o,
  output logic      out_valid_o,
  input  logic      out_ready_i
);
  slot_rsp_t message_q;
  logic      full_q;

  assign in_ready_o  = !full_q || out_ready_i;
  assign out_valid_o = full_q;

  always_comb begin
    out_o = message_q;
    out_o.data[7] = message_q.data[7] ^ plant_wrong_bit_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) full_q <= 1'b0;
    else if (in_valid_i && in_ready_o) full_q <= 1'b1;
    else if (out_ready_i || plant_withdraw_i) full_q <= 1'b0;
  end

  always_ff @(posedge clk_i) if (in_valid_i && in_ready_o) message_q <= in_i;

  `TARN_ASSERT(NothingPlanted, !plant_assertion_i)
endmodule
