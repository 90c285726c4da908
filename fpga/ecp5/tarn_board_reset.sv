// Reset of a board: asserted at once, released Cycles clocks after the clock is good and the button is up.
// Configuration leaves all flip-flops at 0: the board begins in reset.
module tarn_board_reset #(
  parameter int unsigned Cycles = 256  // power of two
) (
  input  logic clk_i,
  input  logic locked_i,
  input  logic button_i,  // pressed: reset; from any clock
  output logic rst_no
);
  logic asked;
  logic [1:0] released_q;  // two stages, since `asked` belongs to no clock
  logic [$clog2(Cycles):0] count_q;
  assign asked  = !locked_i || button_i;
  assign rst_no = count_q[$clog2(Cycles)];

  always_ff @(posedge clk_i or posedge asked) begin
    if (asked) released_q <= '0;
    else released_q <= {released_q[0], 1'b1};
  end
  always_ff @(posedge clk_i or negedge released_q[1]) begin
    if (!released_q[1]) count_q <= '0;
    else if (!rst_no) count_q <= count_q + 1'b1;
  end
endmodule : tarn_board_reset
