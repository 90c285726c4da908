// The scrubber: asks for a line each `interval_i` cycles, one after the other, and for those in which a read found an error (one is
// remembered). What it asks for is a write of no bytes, which becomes a read, and a write where something was corrected.
// While the channel takes no request it waits.
`include "tarn_assert.svh"
module tarn_channel_scrub (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [23:0] interval_i,   // cycles; 0: no walk
  input  logic [33:0] first_i,      // the walk's first line
  input  logic [33:0] last_i,       // and its last
  input  logic        on_error_i,   // lines with errors too
  input  logic        error_i,      // a read found one in
  input  logic [33:0] error_line_i,
  output logic        valid_o,
  input  logic        ready_i,
  output logic [33:0] line_o,
  output logic [33:0] next_o,       // of the walk
  output logic [63:0] passes_o
);
  logic        walking, due, error_q, valid_q;
  logic [23:0] timer_q;
  logic [33:0] next_q, line_q, error_line_q;
  assign walking = interval_i != '0;
  assign due     = walking && timer_q == '0;

  // A walk whose bounds were changed begins anew.
  logic free, take_error, take_next, ends;
  assign ends       = next_q >= last_i || next_q < first_i;
  assign free       = !valid_q || ready_i;
  assign take_error = free && error_q;
  assign take_next  = free && !error_q && due;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      timer_q  <= '0;
      error_q  <= 1'b0;
      valid_q  <= 1'b0;
      next_q   <= '0;
      passes_o <= '0;
    end else begin
      if (!walking || take_next) timer_q <= interval_i - 24'(walking);
      else if (timer_q != '0) timer_q <= timer_q - 1'b1;
      if (error_i && on_error_i && !error_q) error_q <= 1'b1;
      else if (take_error) error_q <= 1'b0;
      valid_q <= take_error || take_next || (valid_q && !ready_i);
      if (take_next) begin
        next_q <= ends ? first_i : next_q + 1'b1;
        if (ends) passes_o <= passes_o + 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (error_i && !error_q) error_line_q <= error_line_i;
    if (take_error) line_q <= error_line_q;
    else if (take_next) line_q <= next_q;
  end
  assign valid_o = valid_q;
  assign line_o  = line_q;
  assign next_o  = next_q;

  `TARN_ASSERT(RequestHolds, !$past(valid_o && !ready_i) || valid_o)
endmodule : tarn_channel_scrub
