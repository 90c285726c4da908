// Which slot ought to move to the other speed class: one of the slow class whose segment the hotness monitoring found hot, as
// long as a fast slot is free; one of the fast class whose segment it found cold, while fewer fast slots are free than
// `reserve_i`. Found segments wait in two short queues; what finds one full is found again in a later epoch.
// Latency: 1 cycle.
`include "tarn_assert.svh"
module tarn_pool_move_choice #(
  parameter int unsigned NumSlots = 4096,
  localparam int unsigned Depth    = 8,
  localparam int unsigned SlotBits = NumSlots > 1 ? $clog2(NumSlots) : 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 enable_i,
  input  logic [SlotBits:0]    fast_slots_i,  // slots below that number are fast
  input  logic [SlotBits:0]    slots_i,       // in service
  input  logic [SlotBits:0]    free_fast_i,
  input  logic [7:0]           reserve_i,
  input  logic                 hot_valid_i,
  input  tarn_pool_pkg::move_t hot_i,
  input  logic                 cold_valid_i,
  input  tarn_pool_pkg::move_t cold_i,
  output logic                 valid_o,
  output tarn_pool_pkg::move_t move_o,
  input  logic                 take_i,
  input  logic                 passes_i   // its pass is being decided: what is shown stays, enabled or not
);
  import tarn_pool_pkg::*;

  logic two_classes, hot_slow, cold_fast, wants_room;
  logic hot_valid, cold_valid, promotes, stays, ends, hot_take, cold_take;
  logic unused_hot_room, unused_cold_room;
  logic [$clog2(Depth+1)-1:0] unused_hot_count, unused_cold_count;
  move_t hot, cold;

  assign two_classes = fast_slots_i != '0 && fast_slots_i < slots_i;
  assign hot_slow    = 32'(hot_i.slot) >= 32'(fast_slots_i);
  assign cold_fast   = 32'(cold_i.slot) < 32'(fast_slots_i);
  assign wants_room  = 32'(free_fast_i) < 32'(reserve_i);

  tarn_fifo #(.T(move_t), .Depth(Depth)) u_hot (
    .clk_i, .rst_ni, .valid_i(hot_valid_i && two_classes && hot_slow && enable_i), .ready_o(unused_hot_room), .data_i(hot_i),
    .valid_o(hot_valid), .ready_i(hot_take), .data_o(hot), .count_o(unused_hot_count)
  );
  tarn_fifo #(.T(move_t), .Depth(Depth)) u_cold (
    .clk_i, .rst_ni, .valid_i(cold_valid_i && two_classes && cold_fast && wants_room && enable_i), .ready_o(unused_cold_room),
    .data_i(cold_i), .valid_o(cold_valid), .ready_i(cold_take), .data_o(cold), .count_o(unused_cold_count)
  );

  // What is shown stays until it is taken, so that its pass and its segment are of one; or until moves are switched off.
  logic shown_q, promotes_q;
  assign stays     = shown_q && (enable_i || passes_i);
  assign ends      = take_i || (shown_q && !stays);
  assign promotes  = shown_q ? promotes_q : hot_valid && free_fast_i != '0;
  assign valid_o   = stays || (!shown_q && enable_i && (promotes || (cold_valid && wants_room)));
  assign move_o    = promotes ? hot : cold;
  // Cold ones that nobody needs room for are not cold for long; who may not move now has no use for either.
  assign hot_take  = (ends && promotes) || (!shown_q && !enable_i);
  assign cold_take = (ends && !promotes) || (!shown_q && (!wants_room || !enable_i));
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) shown_q <= 1'b0;
    else shown_q <= valid_o && !take_i;
  end
  always_ff @(posedge clk_i) promotes_q <= promotes;

  `TARN_ASSERT(NothingWhenSwitchedOff, !valid_o || enable_i || passes_i)
  `TARN_ASSERT(TakesWhatIsShown, !take_i || valid_o)
endmodule : tarn_pool_move_choice
