// Cuts every combinational path of a valid/ready stream.
// Latency: 1 cycle. Throughput: 1 item per cycle. Holds 2 items; when both are there, `ready_o` is low.
// No path from any input to any output: all outputs come from registers.
`include "tarn_assert.svh"
module tarn_skid_buffer #(
  parameter type T = logic [7:0]
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic valid_i,
  output logic ready_o,
  input  T     data_i,
  output logic valid_o,
  input  logic ready_i,
  output T     data_o
);
  // `out` is what the sink sees; `skid` takes the item that arrives while the sink is stalled.
  logic out_valid_q, skid_valid_q;
  T out_q, skid_q;
  logic push, out_free;

  assign push     = valid_i && ready_o;
  assign out_free = !out_valid_q || ready_i;
`ifdef TARN_FAULT_SKID_OVERRUN
  assign ready_o = 1'b1;
`else
  assign ready_o = !skid_valid_q;
`endif
  assign valid_o  = out_valid_q;
  assign data_o   = out_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      out_valid_q  <= 1'b0;
      skid_valid_q <= 1'b0;
    end else if (out_free) begin
      out_valid_q  <= skid_valid_q || push;
      skid_valid_q <= 1'b0;
    end else if (push) begin
      skid_valid_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (out_free && (skid_valid_q || push)) out_q <= skid_valid_q ? skid_q : data_i;
    if (!out_free && push) skid_q <= data_i;
  end

  `TARN_ASSERT(SkidOnlyBehindOut, !skid_valid_q || out_valid_q)
  `TARN_ASSERT(ValidHolds, !$past(valid_o && !ready_i) || valid_o)
  `TARN_ASSERT(DataHolds, !$past(valid_o && !ready_i) || data_o == $past(data_o))
endmodule : tarn_skid_buffer
