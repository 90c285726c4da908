// Answers to all requesters: hosts, and the walks of those that have some. Holds every answer that can be due, so that it always takes what
// comes: from the channel, by class, and what the pool answers by itself (without data). Each requester holds back its own alone.
// Without Shared each requester has a queue (tarn_pool_rsp_queue): latency 1 cycle, throughput 1 answer per cycle and requester.
// With Shared all lines from the channel stand in one block RAM, at their transaction's place, and each requester has a register behind it:
// latency 3 cycles (of the pool's own 2), throughput 1 line per cycle, of one requester every other; an answer without a line has any data.
`include "tarn_assert.svh"
module tarn_pool_answers #(
  parameter int unsigned NumHosts    = 4,
  parameter int unsigned HostEntries = 32,
  parameter logic [NumHosts-1:0] Walks = '1,  // hosts that have walks
  parameter bit          Shared      = 1'b0,
  localparam int unsigned EntryBits = $clog2(HostEntries)
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  // [0] hosts, [1] walks; with Shared one of them in a cycle.
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
  localparam int unsigned RequesterBits = $clog2(NumRequesters);
  localparam int unsigned IndexBits     = 1 + HostBits + EntryBits;  // of a transaction: {walk, host, entry}
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

  if (Shared) begin : gen_shared
    // ---- Lines, and whose is read next --------------------------------------------------------------------------
    logic walk;
    line_rsp_t line;
    logic [NumRequesters-1:0] wants, grant, fetch_q;  // fetch: its line comes out of the RAM
    logic [RequesterBits-1:0] next, last_q;
    logic [IndexBits-1:0] read_index[NumRequesters];
    assign walk = slot_valid_i[1];
    tarn_ram_sdp #(
      .Width($bits(line_rsp_t)), .Depth(2 ** IndexBits), .Collision(tarn_ram_pkg::RamNoCollision), .Block(1'b1)
    ) u_lines (
      .clk_i, .rst_ni, .we_i(slot_valid_i != '0), .waddr_i({walk, slot_id_i[walk][HostBits+EntryBits-1:0]}), .wmask_i(1'b1),
      .wdata_i(slot_i[walk]), .re_i(grant != '0), .raddr_i(read_index[next]), .rdata_o(line)
    );
    tarn_pick_next #(.N(NumRequesters)) u_next (.req_i(wants), .last_i(last_q), .grant_o(grant), .index_o(next));
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        fetch_q <= '0;
        last_q  <= '0;
      end else begin
        fetch_q <= grant;
        if (grant != '0) last_q <= next;
      end
    end

    // ---- Requesters: which lines, what has none, and the answer before it ---------------------------------------
    for (genvar r = 0; r < NumRequesters; r++) begin : gen_requesters
      logic waits, own_waits, room, own_room, free, own_turn_q, take_own, valid_q;
      logic [EntryBits-1:0] entry, entry_q;
      logic [$clog2(HostEntries+1)-1:0] count, own_count;
      own_item_t own_head;
      line_rsp_t rsp_q;
      tarn_fifo #(.T(logic [EntryBits-1:0]), .Depth(HostEntries)) u_entries (
        .clk_i, .rst_ni, .valid_i(slot_valid[r] && Present[r]), .ready_o(room), .data_i(slot_id_i[r/NumHosts][EntryBits-1:0]),
        .valid_o(waits), .ready_i(grant[r]), .data_o(entry), .count_o(count)
      );
      tarn_fifo #(.T(own_item_t), .Depth(HostEntries)) u_own (
        .clk_i, .rst_ni, .valid_i(own_valid[r] && Present[r]), .ready_o(own_room), .data_i(own),
        .valid_o(own_waits), .ready_i(take_own), .data_o(own_head), .count_o(own_count)
      );
      // The two take turns.
      assign free          = !fetch_q[r] && (!valid_q || rsp_ready_i[r]);
      assign wants[r]      = free && waits && !(own_waits && own_turn_q);
      assign take_own      = free && own_waits && (own_turn_q || !waits);
      assign read_index[r] = IndexBits'({1'(r / NumHosts), HostBits'(r % NumHosts), entry});

      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
          valid_q    <= 1'b0;
          own_turn_q <= 1'b0;
        end else begin
          if (fetch_q[r] || take_own) valid_q <= 1'b1;
          else if (rsp_ready_i[r]) valid_q <= 1'b0;
          if (grant[r] || take_own) own_turn_q <= grant[r];
        end
      end
      always_ff @(posedge clk_i) begin
        if (grant[r]) entry_q <= entry;
        if (fetch_q[r]) rsp_q <= line;
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

      `TARN_ASSERT(RoomForSlotAnswers, !slot_valid[r] || room)
      `TARN_ASSERT(RoomForOwnAnswers, !own_valid[r] || own_room)
      `TARN_ASSERT(NeverMoreThanEntries, 32'(count) + 32'(own_count) <= HostEntries)
    end
    `TARN_ASSERT(OneClassAtATime, slot_valid_i != 2'b11)
  end else begin : gen_queues
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
