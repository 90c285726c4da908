// Makes frames of a stream of bytes (RFC 1662): a flag, the bytes with escapes, the frame check sequence, a flag.
// A frame's bytes come one after the other, `last_i` with the last; a pause between them is a pause on the line.
module tarn_serial_frame
  import tarn_serial_frame_pkg::*;
(
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       valid_i,
  output logic       ready_o,
  input  logic [7:0] data_i,
  input  logic       last_i,
  output logic       valid_o,
  input  logic       ready_i,
  output logic [7:0] data_o
);
  typedef enum logic [1:0] {Opening, Body, Check, Closing} state_e;

  state_e      state_q;
  logic        escaped_q;  // the escape of the byte that stands there has left
  logic [1:0]  check_q;    // which byte of the check sequence
  logic [31:0] fcs_q, fcs;
  logic [7:0]  plain;
  logic        stuffed, left;

  assign fcs     = ~fcs_q;
  assign plain   = state_q == Body ? data_i : fcs[8*check_q+:8];
  assign stuffed = (state_q == Body || state_q == Check) && needs_escape(plain);
  assign valid_o = state_q == Body || state_q == Opening ? valid_i : 1'b1;
  assign left    = valid_o && ready_i && (!stuffed || escaped_q);  // the byte, and not its escape
  assign ready_o = state_q == Body && ready_i && (!stuffed || escaped_q);

  always_comb begin
    if (state_q == Opening || state_q == Closing) data_o = Flag;
    else if (!stuffed) data_o = plain;
    else data_o = escaped_q ? plain ^ EscapeFlip : Escape;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= Opening;
      escaped_q <= 1'b0;
      check_q   <= '0;
      fcs_q     <= FcsInit;
    end else begin
      if (valid_o && ready_i) escaped_q <= stuffed && !escaped_q;
      if (left) begin
        unique case (state_q)
          Opening: begin
            state_q <= Body;
            fcs_q   <= FcsInit;
            check_q <= '0;
          end
          Body: begin
            fcs_q <= fcs_next(fcs_q, data_i);
            if (last_i) state_q <= Check;
          end
          Check: begin
            check_q <= check_q + 1'b1;
            if (check_q == 2'd3) state_q <= Closing;
          end
          default: state_q <= Opening;
        endcase
      end
    end
  end
endmodule : tarn_serial_frame
