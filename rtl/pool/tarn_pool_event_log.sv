// What happened to segments, in order, for software to read: those kinds of events that `mask_i` names. One that finds the
// log full is dropped and counted.
`include "tarn_assert.svh"
module tarn_pool_event_log #(
  parameter int unsigned Depth = 64  // 4 or more
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic [3:0]               mask_i,   // bit k: kind k
  // At most one a cycle.
  input  logic                     assigned_i,
  input  logic                     paged_in_i,
  input  logic                     paged_out_i,
  input  logic                     released_i,
  input  tarn_pool_pkg::host_t     host_i,
  input  tarn_pool_pkg::segment_t  segment_i,
  // The oldest.
  output logic                     valid_o,
  output logic [1:0]               kind_o,
  output tarn_pool_pkg::host_t     host_o,
  output tarn_pool_pkg::segment_t  segment_o,
  input  logic                     pop_i,     // takes effect in the next cycle
  output logic [31:0]              lost_o    // saturates
);
  import tarn_pool_pkg::*;
  typedef struct packed {
    logic [1:0] kind;
    host_t      host;
    segment_t   segment;
  } event_t;
  localparam int unsigned CountBits = $clog2(Depth + 1);

  logic [3:0] happens;
  logic wanted, room, pop_q;
  logic [31:0] lost_q;
  event_t new_event, oldest;
  logic [CountBits-1:0] count;

  assign happens = {released_i, paged_out_i, paged_in_i, assigned_i};
  assign wanted  = (happens & mask_i) != '0;
  always_comb begin
    new_event.kind    = {released_i || paged_out_i, released_i || paged_in_i};
    new_event.host    = host_i;
    new_event.segment = segment_i;
  end
  tarn_fifo #(.T(event_t), .Depth(Depth)) u_events (
    .clk_i, .rst_ni, .valid_i(wanted), .ready_o(room), .data_i(new_event),
    .valid_o, .ready_i(pop_q), .data_o(oldest), .count_o(count)
  );
  assign kind_o    = oldest.kind;
  assign host_o    = oldest.host;
  assign segment_o = oldest.segment;
  assign lost_o    = lost_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pop_q  <= 1'b0;
      lost_q <= '0;
    end else begin
      pop_q <= pop_i;
      if (wanted && !room && lost_q != '1) lost_q <= lost_q + 1'b1;
    end
  end

  `TARN_ASSERT(OneEvent, (happens & (happens - 1'b1)) == '0)
  `TARN_ASSERT(CountInRange, 32'(count) <= Depth)
endmodule : tarn_pool_event_log
