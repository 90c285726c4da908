// Answers to one requester. Holds every answer that can be due (Entries), so that it always takes both of its inputs:
// what comes from the channel, and what the pool answers by itself (without data). The requester alone holds it back.
// Latency: 1 cycle. Throughput: 1 answer per cycle. The two inputs take turns when both have answers waiting.
`include "tarn_assert.svh"
module tarn_pool_rsp_queue #(
  parameter int unsigned Entries = 32,
  localparam int unsigned EntryBits = Entries > 1 ? $clog2(Entries) : 1
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      slot_valid_i,
  input  logic [EntryBits-1:0]      slot_entry_i,
  input  tarn_line_pkg::line_rsp_t  slot_i,
  input  logic                      own_valid_i,
  input  logic [EntryBits-1:0]      own_entry_i,
  input  logic [7:0]                own_tag_i,
  input  tarn_line_pkg::status_e    own_status_i,
  input  logic                      own_paged_i,
  input  logic                      rsp_ready_i,
  output logic                      rsp_valid_o,
  output tarn_line_pkg::line_rsp_t  rsp_o,
  output logic                      release_o,  // the answer was taken: its entry is free
  output logic [EntryBits-1:0]      release_entry_o
);
  import tarn_line_pkg::*;
  localparam int unsigned CountBits = $clog2(Entries + 1);

  typedef struct packed {
    logic [EntryBits-1:0] entry;
    line_rsp_t            rsp;
  } slot_item_t;
  typedef struct packed {
    logic [EntryBits-1:0] entry;
    logic [7:0]           tag;
    status_e              status;
    logic                 paged;
  } own_item_t;

  slot_item_t slot_head;
  own_item_t own_head;
  logic slot_valid, own_valid, slot_room, own_room, picked_own;
  logic [1:0] grant;
  logic [CountBits-1:0] slot_count, own_count;

  // Few entries stand in distributed RAM, which is read in the same cycle: block RAM wants registers for two of them beside it.
  tarn_fifo #(.T(slot_item_t), .Depth(Entries), .UseRam(Entries > 16)) u_slot (
    .clk_i, .rst_ni,
    .valid_i(slot_valid_i), .ready_o(slot_room), .data_i({slot_entry_i, slot_i}),
    .valid_o(slot_valid), .ready_i(rsp_ready_i && grant[0]), .data_o(slot_head), .count_o(slot_count)
  );
  tarn_fifo #(.T(own_item_t), .Depth(Entries)) u_own (
    .clk_i, .rst_ni,
    .valid_i(own_valid_i), .ready_o(own_room), .data_i({own_entry_i, own_tag_i, own_status_i, own_paged_i}),
    .valid_o(own_valid), .ready_i(rsp_ready_i && grant[1]), .data_o(own_head), .count_o(own_count)
  );
  tarn_rr_arbiter #(.N(2)) u_turns (
    .clk_i, .rst_ni,
    .req_i({own_valid, slot_valid}), .valid_o(rsp_valid_o), .ready_i(rsp_ready_i), .grant_o(grant), .index_o(picked_own)
  );

  // An answer of the pool's own has no data; it must hold still while answers with data queue up behind it.
  always_comb begin
    rsp_o = slot_head.rsp;
    if (picked_own) begin
      rsp_o.tag    = own_head.tag;
      rsp_o.status = own_head.status;
      rsp_o.walked = 1'b0;
      rsp_o.paged  = own_head.paged;
      rsp_o.data   = '0;
    end
  end
  assign release_o       = rsp_valid_o && rsp_ready_i;
  assign release_entry_o = picked_own ? own_head.entry : slot_head.entry;

  `TARN_ASSERT(RoomForSlotAnswers, !slot_valid_i || slot_room)
  `TARN_ASSERT(RoomForOwnAnswers, !own_valid_i || own_room)
  `TARN_ASSERT(NeverMoreThanEntries, 32'(slot_count) + 32'(own_count) <= Entries)
endmodule : tarn_pool_rsp_queue
