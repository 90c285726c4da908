// One map entry on its way to memory (tarn_pool_map keeps what it is). While it is, a newer version of it takes its place: one
// access of an entry is under way at a time, so that what the channel did not do (StatusTimeout) can be tried again without
// landing on a newer version.
`include "tarn_assert.svh"
module tarn_pool_map_write #(
  parameter int unsigned EntryLines = 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    write_i,    // when idle, or the same entry again
  input  tarn_pool_pkg::host_t    host_i,
  input  tarn_pool_pkg::segment_t segment_i,
  output logic                    busy_o,
  output tarn_pool_pkg::host_t    host_o,
  output tarn_pool_pkg::segment_t segment_o,
  output logic                    valid_o,
  output logic [1:0]              line_o,
  input  logic                    take_i,
  input  logic                    rsp_valid_i,
  input  tarn_line_pkg::status_e  rsp_status_i
);
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;
  typedef enum logic [1:0] {Idle, Send, Await} state_e;

  state_e state_q, state_d;
  host_t host_q;
  segment_t segment_q;
  logic [1:0] line_q;
  logic again_q, last_line, written;  // a newer version came after a line of the older one had left

  assign last_line = 32'(line_q) == EntryLines - 1;
  assign busy_o    = state_q != Idle;
  assign host_o    = host_q;
  assign segment_o = segment_q;
  assign valid_o   = state_q == Send;
  assign line_o    = line_q;

  assign written = state_q == Await && rsp_valid_i && rsp_status_i != StatusTimeout;
  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (write_i) state_d = Send;
      Send: if (take_i) state_d = Await;
      Await: if (rsp_valid_i) state_d = written && last_line && !again_q && !write_i ? Idle : Send;
      default: state_d = Idle;
    endcase
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Idle) begin
      host_q    <= host_i;
      segment_q <= segment_i;
    end
    if (state_q == Idle) begin
      line_q  <= '0;
      again_q <= 1'b0;
    end else if (write_i && (state_q != Send || line_q != '0 || take_i)) begin
      again_q <= 1'b1;
    end else if (written && last_line) begin
      again_q <= 1'b0;
    end
    if (written) line_q <= last_line ? '0 : line_q + 1'b1;
  end

  `TARN_ASSERT(SameEntry, !(write_i && busy_o) || (host_i == host_q && segment_i == segment_q))
  `TARN_ASSERT(AnswerIsDue, !rsp_valid_i || state_q == Await)
endmodule : tarn_pool_map_write
