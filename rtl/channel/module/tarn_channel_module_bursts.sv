// Says in which clocks the data of commands is on the pins: ModuleBeats clocks each, the first of them latency_i - Lead after the command's.
// A command may come each clock; what came first is served first. The channel keeps data of two commands apart (by assertion), so
// there are never more than the latency has room for.
`include "tarn_assert.svh"
module tarn_channel_module_bursts
  import tarn_channel_module_pkg::*;
  import tarn_module_pkg::*;
#(
  parameter type         T          = logic,
  parameter int unsigned Lead       = 0,  // so many clocks early: what takes time before the pins
  parameter int unsigned LatencyMax = 63
) (
  input  logic    clk_i,
  input  logic    rst_ni,
  input  clocks_t latency_i,  // Lead + 1 at least
  input  logic    valid_i,
  input  T        what_i,
  output logic    valid_o,    // a beat is now
  output beat_t   beat_o,
  output T        what_o
);
  localparam int unsigned Depth = LatencyMax / ModuleBeats + 1;
  typedef struct packed {
    clocks_t due;
    T        what;
  } entry_t;

  clocks_t now_q;
  beat_t   beat_q;
  entry_t  pushed, head;
  logic    waits, room, last;

  assign pushed  = '{due: now_q + latency_i - clocks_t'(Lead), what: what_i};
  assign valid_o = waits && (beat_q != '0 || head.due == now_q);
  assign beat_o  = beat_q;
  assign what_o  = head.what;
  assign last    = valid_o && beat_q == beat_t'(ModuleBeats - 1);

  tarn_fifo #(.T(entry_t), .Depth(Depth)) u_order (
    .clk_i, .rst_ni, .valid_i, .ready_o(room), .data_i(pushed), .valid_o(waits), .ready_i(last), .data_o(head), .count_o()
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      now_q  <= '0;
      beat_q <= '0;
    end else begin
      now_q <= now_q + 1'b1;
      if (valid_o) beat_q <= beat_q + 1'b1;
    end
  end

  `TARN_ASSERT(NoneIsLost, !valid_i || room)
  // Its time has not passed while others were served.
  `TARN_ASSERT(NoneIsLate, !waits || beat_q != '0 || clocks_t'(head.due - now_q) <= latency_i)
endmodule : tarn_channel_module_bursts
