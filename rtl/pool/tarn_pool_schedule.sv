// Which pass goes through the map next. In this order: software, engines and evictors in turn, a victim, prefetch, walks, parked
// requests (when an engine is free for them; hosts' and walks' in turn, and of each the hosts in turn), hosts. Nothing starves: software has one pass under way;
// engines and evictors have work only for transactions that exist; a victim takes at most one pass in six, prefetch one in three for pages that engines take; no two
// new walks go one after the other while parked requests or hosts want to, and a parked request pauses after it was tried in vain. All inputs to `pass_o` are combinational.
`include "tarn_assert.svh"
module tarn_pool_schedule #(
  parameter int unsigned NumHosts   = 4,
  parameter int unsigned NumEngines = 8,
  parameter int unsigned NumHolders = 10,  // engines, then evictors
  parameter int unsigned NumFetches = 8,   // of map entries
  parameter int unsigned HostEntries = 32,
  parameter int unsigned SegmentsPerHost = 16777216,  // a power of two: no pass is of a segment beyond
  localparam int unsigned NumRequesters = 2 * NumHosts,
  localparam int unsigned NumPassers = NumHolders + NumFetches,
  localparam int unsigned NumLists = NumEngines + NumRequesters + NumFetches
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          ready_i,        // the map is ready
  input  logic                          write_room_i,   // also for passes that may change its entries, or what the policy orders
  input  logic                          control_valid_i,
  input  tarn_pool_pkg::pass_t          control_i,
  output logic                          control_take_o,
  input  logic [NumPassers-1:0]         holder_valid_i,
  input  tarn_pool_pkg::pass_t          holder_i[NumPassers],
  input  tarn_pool_pkg::hold_t          hold_i[NumPassers],
  output logic [NumPassers-1:0]         holder_take_o,
  input  logic                          victim_valid_i,
  input  tarn_pool_pkg::pass_t          victim_i,
  output logic                          victim_take_o,
  input  logic                          prefetch_valid_i,
  input  tarn_pool_pkg::pass_t          prefetch_i,
  output logic                          prefetch_take_o,
  // New requests: [0] hosts, [1] walks.
  input  logic [1:0]                    request_valid_i,
  input  tarn_pool_pkg::txn_t           request_txn_i[2],
  input  tarn_pool_pkg::info_t          request_info_i[2],
  output logic [1:0]                    request_take_o,
  input  logic                          requests_wait_i,  // no new request for now
  input  logic [NumLists-1:0]           list_filled_i,
  input  tarn_pool_pkg::txn_t           list_head_i[NumLists],
  input  logic [NumRequesters-1:0]      engine_free_i,  // one may be taken by this requester
  input  logic                          retry_failed_i, // the parked request sent in the last cycle must wait on
  input  logic                          map_missed_i,   // who was sent in the last cycle waits for its map entry
  output logic                          host_retried_o, // a host's parked request was sent in the last cycle
  output logic                          pass_valid_o,
  output tarn_pool_pkg::pass_t          pass_o
);
  import tarn_pool_pkg::*;
  localparam int unsigned HostBits = NumHosts > 1 ? $clog2(NumHosts) : 1;
  localparam int unsigned HolderBits = $clog2(NumPassers);
  localparam int unsigned RequesterBits = $clog2(NumRequesters);
  localparam int unsigned ListBits = $clog2(NumLists);
  localparam int unsigned EntryBits = HostEntries > 1 ? $clog2(HostEntries) : 1;
  localparam int unsigned TxnBits = 1 + HostBits + EntryBits;

  // What was asked, for requests that wait.
  info_t info_q[2**TxnBits];

  function automatic logic [TxnBits-1:0] txn_index(txn_t txn);
    return {txn.walk, txn.id[HostBits+EntryBits-1:0]};
  endfunction

  logic [HolderBits-1:0] holder, holder_last_q;
  logic [NumPassers-1:0] holder_grant, holder_wanted, holder_sent_q, holder_paused;
  logic take_control, take_holder, take_victim, take_prefetch, take_walk, take_retry, take_host;
  logic [NumRequesters-1:0] retry_wanted, retrying_q;
  logic [NumHosts-1:0] retry_grant[2];  // hosts, walks
  logic [HostBits-1:0] retry_host[2], retry_last_q[2];
  logic retry_walk, retry_walk_last_q;
  logic [RequesterBits-1:0] retry;
  logic [ListBits-1:0] list;
  logic retry_valid;
  txn_t waiting;

  // One whose map entry is not there pauses: it takes some time to come, and the entry waits for who asked.
  localparam int unsigned MapPauseBits = 3;
  logic [MapPauseBits-1:0] map_pause_q[NumPassers];
  for (genvar i = 0; i < NumPassers; i++) begin : gen_map_pause
    assign holder_paused[i] = map_pause_q[i] != '0;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) map_pause_q[i] <= '0;
      else if (holder_sent_q[i] && map_missed_i) map_pause_q[i] <= '1;
      else if (map_pause_q[i] != '0) map_pause_q[i] <= map_pause_q[i] - 1'b1;
    end
  end
  `TARN_ASSERT(NoneAsksWhileItIsDecided, (holder_sent_q & holder_valid_i) == '0)
  assign holder_wanted = write_room_i ? holder_valid_i & ~holder_paused : '0;
  tarn_pick_next #(.N(NumPassers)) u_holder (
    .req_i(holder_wanted), .last_i(holder_last_q), .grant_o(holder_grant), .index_o(holder));

  // A parked request whose pass is being decided is not sent again until then; one that had to wait on pauses, so that
  // retries do not crowd out others.
  localparam int unsigned PauseBits = 4;
  logic [PauseBits-1:0] pause_q[NumRequesters];
  logic [NumRequesters-1:0] paused;
  for (genvar r = 0; r < NumRequesters; r++) begin : gen_pause
    assign paused[r] = pause_q[r] != '0;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) pause_q[r] <= '0;
      else if (retrying_q[r] && retry_failed_i) pause_q[r] <= '1;
      else if (paused[r]) pause_q[r] <= pause_q[r] - 1'b1;
    end
  end
  assign retry_wanted = list_filled_i[NumEngines+:NumRequesters] & ~retrying_q & ~paused
                        & engine_free_i;
  for (genvar c = 0; c < 2; c++) begin : gen_retry
    tarn_pick_next #(.N(NumHosts)) u_host (
      .req_i(retry_wanted[c*NumHosts+:NumHosts]), .last_i(retry_last_q[c]), .grant_o(retry_grant[c]), .index_o(retry_host[c]));
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) retry_last_q[c] <= '0;
      else if (take_retry && retry_walk == 1'(c)) retry_last_q[c] <= retry_host[c];
    end
  end
  assign retry_walk = retry_wanted[NumHosts-1:0] == '0 || (!retry_walk_last_q && retry_wanted[NumHosts+:NumHosts] != '0);
  assign retry      = RequesterBits'(32'(retry_host[retry_walk]) + (retry_walk ? NumHosts : 0));
  assign retry_valid = retry_wanted != '0;

  assign take_control = ready_i && write_room_i && control_valid_i;
  assign take_holder  = ready_i && !take_control && holder_wanted != '0;
  assign take_victim    = ready_i && write_room_i && !take_control && !take_holder && victim_valid_i;
  assign take_prefetch = ready_i && write_room_i && !take_control && !take_holder && !take_victim && prefetch_valid_i;
  logic later, walk_last_q, others_want;
  assign later        = ready_i && !take_control && !take_holder && !take_victim && !take_prefetch;
  assign others_want  = retry_valid || request_valid_i[0];
  assign take_walk    = later && !requests_wait_i && request_valid_i[1] && !(walk_last_q && others_want);
  assign take_retry   = later && !take_walk && retry_valid;
  assign take_host    = later && !requests_wait_i && !take_walk && !take_retry && request_valid_i[0];

  assign host_retried_o = retrying_q[NumHosts-1:0] != '0;
  assign control_take_o = take_control;
  assign holder_take_o  = take_holder ? holder_grant : '0;
  assign victim_take_o    = take_victim;
  assign prefetch_take_o  = take_prefetch;
  assign request_take_o = {take_walk, take_host};

  // Lists: engines', parked requests, fetches'.
  always_comb begin
    list = ListBits'(NumEngines + 32'(retry));
    if (take_holder) list = 32'(holder) < NumHolders ? ListBits'(holder) : ListBits'(32'(holder) - NumHolders + NumEngines + NumRequesters);
  end
  assign waiting = list_head_i[list];

  always_comb begin
    pass_valid_o = take_control || take_holder || take_victim || take_prefetch || take_walk || take_retry || take_host;
    pass_o       = control_i;
    if (take_holder) begin
      pass_o        = holder_i[holder];
      pass_o.holder = holder_t'(holder);
      pass_o.txn    = waiting;
      if (pass_o.kind inside {PassReplay, PassFail} && !pass_o.nobody) begin
        pass_o.info = info_q[txn_index(waiting)];
      end else begin
        pass_o.info.host    = hold_i[holder].host;
        pass_o.info.segment = hold_i[holder].segment;
        pass_o.info.page    = hold_i[holder].page;
      end
    end
    if (take_victim) pass_o = victim_i;
    if (take_prefetch) pass_o = prefetch_i;
    if (take_walk || take_host) begin
      pass_o      = '0;
      pass_o.kind = PassRequest;
      pass_o.txn  = request_txn_i[take_walk];
      pass_o.info = request_info_i[take_walk];
    end
    if (take_retry) begin
      pass_o      = '0;
      pass_o.kind = PassRetry;
      pass_o.txn  = waiting;
      pass_o.info = info_q[txn_index(waiting)];
    end
    pass_o.info.segment &= segment_t'(SegmentsPerHost - 1);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      holder_last_q <= '0;
      holder_sent_q <= '0;
      retry_walk_last_q <= 1'b0;
      retrying_q    <= '0;
      walk_last_q   <= 1'b0;
    end else begin
      if (take_holder) holder_last_q <= holder;
      holder_sent_q <= holder_take_o;
      if (take_retry) retry_walk_last_q <= retry_walk;
      retrying_q <= !take_retry ? '0 : retry_walk ? {retry_grant[1], {NumHosts{1'b0}}} : {{NumHosts{1'b0}}, retry_grant[0]};
      if (take_walk) walk_last_q <= 1'b1;
      else if (take_retry || take_host) walk_last_q <= 1'b0;
    end
  end
  logic [TxnBits-1:0] taken_index;
  assign taken_index = txn_index(request_txn_i[take_walk]);
  always_ff @(posedge clk_i) begin
    if (take_walk || take_host) info_q[taken_index] <= request_info_i[take_walk];
  end
endmodule : tarn_pool_schedule
