// Answers to all requesters: hosts, and the walks of those that have some. They come from the channel, by class, and, without data, from the pool itself.
// Without OneEach each requester has a queue (tarn_pool_rsp_queue) for every answer that can be due, so that it always takes what comes, and
// each requester holds back its own alone: latency 1 cycle, throughput 1 answer per cycle and requester.
// With OneEach each has a register: latency 1 cycle, an answer every other cycle. A line from the channel that finds it full waits (slot_ready_o), and
// whatever the channel answers behind it. So requesters must take answers without waiting for others'; what the pool answers itself has room.
// An answer without a line has any data.
`include "tarn_assert.svh"
module tarn_pool_answers #(
  parameter int unsigned NumHosts    = 4,
  parameter int unsigned HostEntries = 32,
  parameter logic [NumHosts-1:0] Walks = '1,  // hosts that have walks
  parameter bit          OneEach     = 1'b0,
  localparam int unsigned EntryBits = $clog2(HostEntries)
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  // [0] hosts, [1] walks.
  output logic [2*NumHosts-1:0]     slot_ready_o,  // {walk, host}: there is room
  input  logic [1:0]                slot_valid_i,
  input  tarn_pool_pkg::id_t        slot_id_i[2],
  input  tarn_line_pkg::line_rsp_t  slot_i[2],
  input  logic                      own_valid_i,
  input  tarn_pool_pkg::txn_t       own_txn_i,
  input  logic [7:0]                own_tag_i,
  input  tarn_line_pkg::status_e    own_status_i,
  input  logic                      own_paged_i,
  // Requesters: {walk, host}.
  input  logic [2*NumHosts-1:0]     rsp_ready_i,
  output logic [2*NumHosts-1:0]     rsp_valid_o,
  output tarn_line_pkg::line_rsp_t  rsp_o[2*NumHosts],
  output logic [2*NumHosts-1:0]     release_o,  // the answer was taken: its entry is free
  output logic [EntryBits-1:0]      release_entry_o[2*NumHosts]
);
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;
  localparam int unsigned NumRequesters = 2 * NumHosts;
  localparam int unsigned HostBits      = NumHosts > 1 ? $clog2(NumHosts) : 1;
  localparam logic [NumRequesters-1:0] Present = {Walks, {NumHosts{1'b1}}};

  typedef struct packed {
    logic [EntryBits-1:0] entry;
    logic [7:0]           tag;
    status_e              status;
    logic                 paged;
  } own_item_t;

  logic [NumRequesters-1:0] slot_valid, own_valid;
  own_item_t own;
  assign own = '{entry: own_txn_i.id[EntryBits-1:0], tag: own_tag_i, status: own_status_i, paged: own_paged_i};
  for (genvar r = 0; r < NumRequesters; r++) begin : gen_whose
    localparam int unsigned Class = r / NumHosts;
    localparam logic [HostBits-1:0] Host = HostBits'(r % NumHosts);
    assign slot_valid[r] = slot_valid_i[Class] && slot_id_i[Class][EntryBits+:HostBits] == Host;
    assign own_valid[r]  = own_valid_i && own_txn_i.walk == 1'(Class) && own_txn_i.id[EntryBits+:HostBits] == Host;
    `TARN_ASSERT(OnlyWhoIsPresent, Present[r] || !(slot_valid[r] || own_valid[r]))
  end

  if (OneEach) begin : gen_registers
    for (genvar r = 0; r < NumRequesters; r++) begin : gen_requesters
      logic own_waits, own_room, own_turn_q, take_own, valid_q;
      logic [EntryBits-1:0] entry_q;
      logic [$clog2(HostEntries+1)-1:0] unused_own_count;
      own_item_t own_head;
      line_rsp_t rsp_q;
      tarn_fifo #(.T(own_item_t), .Depth(HostEntries)) u_own (
        .clk_i, .rst_ni, .valid_i(own_valid[r] && Present[r]), .ready_o(own_room), .data_i(own),
        .valid_o(own_waits), .ready_i(take_own), .data_o(own_head), .count_o(unused_own_count)
      );
      // The two take turns.
      assign slot_ready_o[r] = !valid_q && !(own_waits && own_turn_q);
      assign take_own        = !valid_q && own_waits && !slot_valid[r];

      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
          valid_q    <= 1'b0;
          own_turn_q <= 1'b0;
        end else begin
          if (slot_valid[r] || take_own) valid_q <= Present[r];
          else if (rsp_ready_i[r]) valid_q <= 1'b0;
          if (slot_valid[r] || take_own) own_turn_q <= slot_valid[r];
        end
      end
      always_ff @(posedge clk_i) begin
        if (slot_valid[r]) begin
          entry_q <= slot_id_i[r/NumHosts][EntryBits-1:0];
          rsp_q   <= slot_i[r/NumHosts];
        end
        if (take_own) begin
          entry_q      <= own_head.entry;
          rsp_q.tag    <= own_head.tag;
          rsp_q.status <= own_head.status;
          rsp_q.walked <= 1'b0;
          rsp_q.paged  <= own_head.paged;
        end
      end
      assign rsp_valid_o[r]     = valid_q;
      assign rsp_o[r]           = rsp_q;
      assign release_o[r]       = valid_q && rsp_ready_i[r];
      assign release_entry_o[r] = entry_q;

      `TARN_ASSERT(SlotAnswersWait, !slot_valid[r] || slot_ready_o[r])
      `TARN_ASSERT(RoomForOwnAnswers, !own_valid[r] || own_room)
    end
  end else begin : gen_queues
    assign slot_ready_o = '1;
    for (genvar r = 0; r < NumRequesters; r++) begin : gen_requesters
      if (Present[r]) begin : gen_queue
        tarn_pool_rsp_queue #(.Entries(HostEntries)) u_queue (
          .clk_i, .rst_ni,
          .slot_valid_i(slot_valid[r]), .slot_entry_i(slot_id_i[r/NumHosts][EntryBits-1:0]), .slot_i(slot_i[r/NumHosts]),
          .own_valid_i(own_valid[r]), .own_entry_i(own.entry), .own_tag_i(own.tag), .own_status_i(own.status), .own_paged_i(own.paged),
          .rsp_ready_i(rsp_ready_i[r]), .rsp_valid_o(rsp_valid_o[r]), .rsp_o(rsp_o[r]),
          .release_o(release_o[r]), .release_entry_o(release_entry_o[r])
        );
      end else begin : gen_none
        assign rsp_valid_o[r]     = 1'b0;
        assign rsp_o[r]           = '0;
        assign release_o[r]       = 1'b0;
        assign release_entry_o[r] = '0;
      end
    end
  end
endmodule : tarn_pool_answers
