// Takes frames out of a stream of bytes (RFC 1662): flags and escapes go, the frame check sequence is judged.
// Each byte of a frame shows in the cycle in which it comes, the four of the check sequence included; `end_o` follows in the
// cycle of the closing flag. `good_o` with it: nothing was lost or changed. What is not good is to be forgotten.
module tarn_serial_unframe
  import tarn_serial_frame_pkg::*;
(
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       valid_i,
  input  logic [7:0] data_i,
  input  logic       error_i,   // a byte was lost
  output logic       valid_o,
  output logic [7:0] data_o,
  output logic       end_o,
  output logic       good_o     // with end_o
);
  logic        escaped_q, broken_q, some_q;  // some_q: the frame has bytes
  logic [31:0] fcs_q;
  logic        flag;

  assign flag    = valid_i && data_i == Flag;
  assign valid_o = valid_i && data_i != Flag && data_i != Escape;
  assign data_o  = data_i ^ (escaped_q ? EscapeFlip : 8'h00);
  assign end_o   = flag && (some_q || broken_q);
  assign good_o  = !broken_q && !escaped_q && fcs_q == FcsGood;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      escaped_q <= 1'b0;
      broken_q  <= 1'b0;
      some_q    <= 1'b0;
      fcs_q     <= FcsInit;
    end else begin
      if (error_i) broken_q <= 1'b1;
      if (valid_i) escaped_q <= data_i == Escape;
      if (valid_o) begin
        some_q <= 1'b1;
        fcs_q  <= fcs_next(fcs_q, data_o);
      end
      if (flag) begin
        broken_q <= 1'b0;
        some_q   <= 1'b0;
        fcs_q    <= FcsInit;
      end
    end
  end
endmodule : tarn_serial_unframe
