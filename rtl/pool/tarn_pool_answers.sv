// Answers to all requesters: hosts, and the walks of those that have some. They come from the channel, by class, and, without data, from the pool itself.
// Without OneAnswer each requester has a queue (tarn_pool_rsp_queue) for every answer that can be due, so that it always takes what comes, and
// each requester holds back its own alone: latency 1 cycle, throughput 1 answer per cycle and requester.
// With OneAnswer nothing is kept: rsp_o of all requesters shows what the channel answers, or the first of the pool's own answers, rsp_valid_o says whose it is, and
// slot_ready_o is its ready: latency 0. A line from the channel waits until it is taken, and whatever the channel answers behind it; the pool's own
// answers wait in a queue, which has room for all that can be due. The two take turns; what was shown stays. Without atomics.
//   So a requester must take its answer without waiting for another answer, or for a request to be taken. A board's do: walks are always taken;
//   B has room for each ID; R waits for the serial link's sender alone, which waits for acknowledgements of the computer, taken as they come in;
//   the IOMMU passes a host's answer on at once, but lets refusals go first, which end on R or B as well: it adds no other wait.
//   Its writes outside the window are queued, with room for each tag.
// An answer without a line has any data; of the pool's own with OneAnswer 0.
`include "tarn_assert.svh"
module tarn_pool_answers #(
  parameter int unsigned NumHosts    = 4,
  parameter int unsigned HostEntries = 32,
  parameter logic [NumHosts-1:0] Walks = '1,  // hosts that have walks
  parameter bit          OneAnswer   = 1'b0,
  localparam int unsigned EntryBits = $clog2(HostEntries)
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  // [0] hosts, [1] walks.
  output logic [2*NumHosts-1:0]     slot_ready_o,  // {walk, host}: there is room
  input  logic [1:0]                slot_offer_i,  // it is there; with OneAnswer slot_ready_o takes it
  input  logic [1:0]                slot_valid_i,  // it is taken
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

  if (OneAnswer) begin : gen_wires
    localparam int unsigned OwnDepth = $countones(Present) * HostEntries;
    typedef struct packed {
      logic                 walk;
      logic [HostBits-1:0]  host;
      logic [EntryBits-1:0] entry;
    } whose_t;
    typedef struct packed {
      whose_t    whose;
      own_item_t item;
    } own_answer_t;

    logic own_waits, own_room, own_turn_q, shows, shows_own, taken;
    logic [$clog2(OwnDepth+1)-1:0] unused_own_count;
    own_answer_t own_head;
    tarn_pool_pkg::id_t slot_id;
    whose_t whose;
    line_rsp_t rsp;

    tarn_fifo #(.T(own_answer_t), .Depth(OwnDepth)) u_own (
      .clk_i, .rst_ni, .valid_i(own_valid_i), .ready_o(own_room),
      .data_i({own_txn_i.walk, own_txn_i.id[EntryBits+:HostBits], own_txn_i.id[EntryBits-1:0], own}),
      .valid_o(own_waits), .ready_i(taken && shows_own), .data_o(own_head), .count_o(unused_own_count)
    );
    assign slot_id   = slot_id_i[slot_offer_i[1]];
    assign shows     = own_waits || slot_offer_i != '0;
    assign shows_own = own_waits && (own_turn_q || slot_offer_i == '0);
    assign taken     = release_o != '0;
    assign whose     = shows_own ? own_head.whose : whose_t'{slot_offer_i[1], slot_id[EntryBits+:HostBits], slot_id[EntryBits-1:0]};
    always_comb begin
      rsp = slot_i[slot_offer_i[1]];
      if (shows_own) begin
        rsp.tag    = own_head.item.tag;
        rsp.status = own_head.item.status;
        rsp.walked = 1'b0;
        rsp.paged  = own_head.item.paged;
        rsp.data   = '0;  // another's line may come meanwhile
      end
    end
    // What was shown stays, and then it is the other's turn.
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) own_turn_q <= 1'b0;
      else if (shows) own_turn_q <= shows_own != taken;
    end
    for (genvar r = 0; r < NumRequesters; r++) begin : gen_requesters
      assign rsp_valid_o[r]     = Present[r] && shows && {whose.walk, whose.host} == {1'(r / NumHosts), HostBits'(r % NumHosts)};
      assign rsp_o[r]           = rsp;
      assign release_o[r]       = rsp_valid_o[r] && rsp_ready_i[r];
      assign release_entry_o[r] = whose.entry;
      assign slot_ready_o[r]    = !shows_own && rsp_ready_i[r];
    end

    `TARN_ASSERT(OneLineAtATime, slot_offer_i != '1)
    `TARN_ASSERT(TakenIsReleased, slot_valid_i == (taken && !shows_own ? slot_offer_i : '0))
    `TARN_ASSERT(RoomForOwnAnswers, !own_valid_i || own_room)
    `TARN_ASSERT(AnAnswerIsSomebodys, !shows || $countones(rsp_valid_o) == 1)
    `TARN_ASSERT(AnswerHolds, !$past(shows && !taken) ||
                 (rsp_valid_o == $past(rsp_valid_o) && rsp == $past(rsp)))
  end else begin : gen_queues
    assign slot_ready_o = '1;
    logic unused;
    assign unused = ^slot_offer_i;
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
