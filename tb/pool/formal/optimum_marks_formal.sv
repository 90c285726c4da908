// The ring of marks finds the next marked place up and down, whatever was set and cleared before. Sixteen places in four
// words. Fault 1 forgets to set a mark in the last word.
`include "tarn_assert.svh"
module optimum_marks_formal #(
  parameter bit Fault = 1'b0
) (
  input logic       clk_i,
  input logic       clear_i,
  input logic       valid_i,
  input logic [1:0] op_i,
  input logic [3:0] place_i
);
  import tarn_pool_optimum_pkg::*;
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic ready, answer, found, taken;
  logic [3:0] place;
  assign taken = valid_i && ready && rst_ni && !clear_i;
  tarn_pool_optimum_marks #(.Places(16), .Ecc(1'b0)) u_dut (
    .clk_i, .rst_ni, .clear_i, .valid_i(taken && !(Fault && op_i == MarkSet && place_i[3:2] == 2'd3)), .ready_o(ready),
    .op_i(mark_op_e'(op_i)), .place_i, .answer_valid_o(answer), .found_o(found), .place_o(place), .inject_i('0), .report_o()
  );

  // What is marked, and what the last search should find.
  logic [15:0] marked_q;
  logic [3:0] expected, expected_q;
  logic any_q;
  always_comb begin
    expected = '0;
    for (int unsigned i = 0; i < 16; i++) begin
      if (op_i == MarkUp && marked_q[4'(place_i + 15 - i)]) expected = 4'(place_i + 15 - i);
      if (op_i == MarkDown && marked_q[4'(place_i + i)]) expected = 4'(place_i + i);
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      marked_q   <= '0;
      any_q      <= 1'b0;
      expected_q <= '0;
    end else if (clear_i) begin
      marked_q <= '0;
    end else if (taken) begin
      any_q      <= marked_q != '0;
      expected_q <= expected;
      if (op_i == MarkSet) marked_q[place_i] <= 1'b1;
      if (op_i == MarkClear) marked_q[place_i] <= 1'b0;
    end
  end

  `TARN_ASSERT(FindsTheNextOne, !answer || (found == any_q && (!found || place == expected_q)))
endmodule : optimum_marks_formal
