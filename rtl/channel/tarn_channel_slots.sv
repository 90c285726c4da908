// Slots that are fixed at issue: a read that is issued now is sent for `latency_i` clocks later, and the data bus is kept free for it
// from now on. Sends come in the order of issue, `burst_i` clocks apart at least, and `gap_i` more where another module drives the bus.
// For comparison with sending for what is ready (tarn_channel_slow). Registers to outputs.
`include "tarn_assert.svh"
module tarn_channel_slots
  import tarn_channel_pkg::*;
#(
  parameter int unsigned ReadBits = 6
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  clocks_t             latency_i,  // 16..250
  input  clocks_t             burst_i,
  input  clocks_t             gap_i,
  // A read may be issued, and is.
  input  module_t             module_i,
  output logic                room_o,     // its slot keeps clear of the one before
  input  logic                issue_i,
  input  logic [ReadBits-1:0] read_i,
  // The slot of this cycle.
  output logic                due_o,
  output logic [ReadBits-1:0] read_o,
  // No read of fast cells now: its data would meet that of a slot.
  output logic                avoid_read_o
);
  localparam int unsigned LatencyMax = 251;
  // Bit i: a slot comes in i cycles.
  logic [LatencyMax-1:0] slots_q;
  clocks_t               since_issue_q;  // saturating
  module_t               module_q;       // of the latest
  logic                  order_room, order_valid;
  assign room_o = order_room && since_issue_q >= burst_i + (module_q == module_i ? '0 : gap_i);
  assign due_o  = slots_q[0];
  // Data comes in the order of the commands: those of the clocks before a slot, up to a burst and a gap, would reach into it.
  localparam int unsigned NearMax = 32 + 15;
  always_comb begin
    avoid_read_o = 1'b0;
    for (int unsigned i = 1; i < NearMax; i++) if (slots_q[i] && clocks_t'(i) < burst_i + gap_i) avoid_read_o = 1'b1;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      slots_q       <= '0;
      since_issue_q <= '1;
      module_q      <= '0;
    end else begin
      slots_q <= (slots_q >> 1) | (issue_i ? LatencyMax'(1) << (latency_i - 8'd1) : '0);
      if (issue_i) begin
        since_issue_q <= 8'd1;
        module_q      <= module_i;
      end else if (since_issue_q != '1) begin
        since_issue_q <= since_issue_q + 1'b1;
      end
    end
  end
  // At most 250 clocks, a slot each 4 at most.
  tarn_fifo #(.T(logic [ReadBits-1:0]), .Depth(64)) u_order (
    .clk_i, .rst_ni, .valid_i(issue_i), .ready_o(order_room), .data_i(read_i),
    .valid_o(order_valid), .ready_i(due_o), .data_o(read_o), .count_o()
  );
  `TARN_ASSERT(SlotHasARead, !due_o || order_valid)
  `TARN_ASSERT(IssuedWithRoom, !issue_i || room_o)
endmodule : tarn_channel_slots
