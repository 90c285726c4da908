// Every decision. One pass a cycle: ask the map for the segment's entry (cycle 0), decide and change it
// (cycle 1). Whatever changes the state of a segment, slot or page does so at its decision, so that all
// of it has one order, the one that `probe_o` shows a cycle later.
// A request that hits is issued to its class port in cycle 1. One that has to wait leaves the pipeline at once: into
// the list of the engine that holds its page, or, when no engine is free or its segment is being emptied, into its
// requester's list of parked requests. A request behind a parked one to (about) the same page is parked too: requests of one
// requester to one line stay in order.
// A plain read of a page that is coming in is served as soon as its line is there, if nobody waits before it.
// A pass whose entry is not in the map's cache has it fetched (tarn_pool_map): a new request waits in the fetch's list,
// in which those to the same segment follow it; all other passes come again (ResultMapMiss).
// Its parts: who holds what (tarn_pool_holds), a request's fate (tarn_pool_fate), who is parked (tarn_pool_parked), the
// lists (tarn_pool_lists), slots and pins (tarn_pool_slots), exclusive accesses (tarn_pool_monitor).
`include "tarn_assert.svh"
module tarn_pool_lookup #(
  parameter int unsigned NumHosts        = 4,
  parameter int unsigned HostEntries     = 32,
  parameter int unsigned SegmentBytes    = 65536,
  parameter int unsigned NumSlots        = 4096,
  parameter int unsigned NumEngines      = 8,
  parameter int unsigned NumEvictors     = 2,
  parameter int unsigned NumFetches      = 8,
  parameter int unsigned MapEntryBits    = 62,
  parameter bit          TableEcc        = 1'b1,
  localparam int unsigned Pages    = SegmentBytes / tarn_line_pkg::PageBytes,
  localparam int unsigned HostBits = NumHosts > 1 ? $clog2(NumHosts) : 1,
  localparam int unsigned SlotBits = NumSlots > 1 ? $clog2(NumSlots) : 1,
  localparam int unsigned NumHolders = NumEngines + NumEvictors + 1,  // engines, evictors, the mover
  localparam int unsigned NumRequesters = 2 * NumHosts,
  localparam int unsigned NumLists = NumEngines + NumRequesters + NumFetches,
  localparam int unsigned FetchBits = $clog2(NumFetches)
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
`ifdef TARN_PLANT
  input  logic [4:0]                      plant_i,  // plants a fault that the checks must find (tests only)
`endif
  output logic                            ready_o,
  // Cycle 0.
  input  logic                            pass_valid_i,
  input  tarn_pool_pkg::pass_t            pass_i,
  // Cycle 1: the map's entry, or why there is none.
  input  logic                            map_hit_i,
  input  logic [MapEntryBits-1:0]         map_entry_i,
  output logic                            map_write_o,
  output logic [MapEntryBits-1:0]         map_entry_o,
  output logic                            map_install_o,     // what the pass's fetch brought
  input  logic                            map_room_i,
  input  logic                            fetching_i,        // the segment's entry is being fetched,
  input  logic                            serving_i,         // is there, but requests wait for it still,
  input  logic                            fetch_held_i,      // one of these, or it is kept
  input  logic [FetchBits-1:0]            fetch_i,           // by this fetch; or the next to begin
  input  logic [1:0]                      fetch_free_i,      // one may be taken by [0] hosts' requests, [1] others
  output logic                            fetch_begin_o,
  output logic                            fetch_linger_o,    // who wants the entry comes again
  output logic                            fetch_touched_o,   // and found it
  // Cycle 1: what others need to know of the decision.
  output logic                            outcome_valid_o,
  output tarn_pool_pkg::pass_e            outcome_kind_o,
  output tarn_pool_pkg::holder_t          outcome_holder_o,
  output tarn_pool_pkg::outcome_t         outcome_o,
  output logic                            unload_abort_o,    // a page-out was given up
  output logic                            released_o,        // a release ended, by the host in count_o
  output logic                            released_whole_o,  // and nothing of the segment is left
  output logic                            issue_valid_o,
  output logic                            issue_walk_o,
  output tarn_pool_pkg::issue_t           issue_o,
  input  logic [1:0]                      epoch_i,
  input  logic [1:0]                      atomic_busy_i,     // [1] walks
  output logic                            own_valid_o,       // an answer without the channel
  output tarn_pool_pkg::txn_t             own_txn_o,
  output logic [7:0]                      own_tag_o,
  output tarn_line_pkg::status_e          own_status_o,
  output logic                            own_paged_o,
  // Engines and evictors.
  input  logic [NumEngines-1:0]           engine_idle_i,
  input  logic [NumRequesters-1:0]        engine_free_i,     // one may be taken by this requester
  input  logic [NumEvictors-1:0]          evictor_idle_i,
  input  tarn_pool_pkg::hold_t            hold_i[NumHolders],
  input  logic [tarn_line_pkg::LinesPerPage-1:0] early_i[NumEngines],  // lines of the engine's page that may be read
  input  logic [NumEvictors-1:0]          quarantine_i,      // bulk owes the evictor a late write or trim of its segment
  input  logic [Pages-1:0]                written_i[NumEvictors],
  input  logic [Pages-1:0]                zeroed_i[NumEvictors],   // of these, pages of which bulk has none: they are zero
  output logic [NumHolders-1:0]           begin_valid_o,
  output tarn_pool_pkg::begin_t           begin_o,
  output tarn_pool_pkg::evict_e           begin_evict_o,
  output logic [Pages-1:0]                begin_valid_pages_o,
  output logic [Pages-1:0]                begin_dirty_o,
  output logic [Pages-1:0]                begin_on_bulk_o,
  // The mover.
  input  logic                            mover_idle_i,
  input  logic [SlotBits-1:0]             mover_from_i,
  input  logic [SlotBits-1:0]             mover_to_i,
  output logic                            move_begin_o,      // with begin_o,
  output logic [SlotBits-1:0]             move_to_o,         // to this slot
  output logic                            page_changes_o,    // of begin_o's page: it is written, or becomes valid
  // Lists of waiting requests: engines', then parked ones per requester {walk, host}, then the fetches'.
  output logic [NumEngines-1:0]           joined_o,
  output logic [NumLists-1:0]             list_filled_o,
  output tarn_pool_pkg::txn_t             list_head_o[NumLists],
  // Slots.
  input  logic [SlotBits:0]               slots_i,           // in service
  input  logic [SlotBits:0]               fast_slots_i,      // of these, the first ones
  input  logic                            slots_spare_i,     // a cycle ago more were free than who waits and the reserve need
  output logic                            slot_free_o,
  output logic [SlotBits:0]               slots_free_o[2],   // fast, slow
  output logic                            assigned_o,
  input  logic                            owner_read_i,
  input  logic [SlotBits-1:0]             owner_slot_i,
  output logic                            owner_used_o,      // one cycle later
  output tarn_pool_pkg::host_t            owner_host_o,
  output tarn_pool_pkg::segment_t         owner_segment_o,
  output logic                            owner_lost_o,
  // Check bits of the slots' tables.
  input  tarn_pool_pkg::inject_t          owner_inject_i,
  output tarn_pool_pkg::table_report_t    owner_report_o,
  input  tarn_pool_pkg::inject_t          free_inject_i,
  output tarn_pool_pkg::table_report_t    free_report_o,
  input  logic [SlotBits:0]               floor_i[NumHosts],
  input  logic [NumHosts-1:0]             share_keeps_i,     // its slots stay for now (tarn_pool_slot_shares)
  output logic [SlotBits:0]               staying_o[NumHosts],  // less those being evicted or released
  output logic [SlotBits:0]               resident_o[NumHosts],
  // Software: which word of 32 pages, and what it holds.
  input  logic [3:0]                      word_i,
  input  logic [31:0]                     load_on_bulk_i,
  input  logic [31:0]                     load_lost_pages_i,
  output logic                            read_resident_o,
  output logic                            read_pinned_o,
  output logic                            read_lost_o,
  output tarn_pool_pkg::slot_t            read_slot_o,
  output logic [31:0]                     read_valid_pages_o,
  output logic [31:0]                     read_dirty_o,
  output logic [31:0]                     read_on_bulk_o,
  output logic [31:0]                     read_lost_pages_o,
  output logic                            policy_event_valid_o,  // with the probe
  output tarn_pool_policy_pkg::event_t    policy_event_o,
  output tarn_pool_pkg::count_t           count_o,
  output tarn_pool_msg_pkg::pool_probe_t  probe_o
);
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;
  import tarn_pool_msg_pkg::*;
  import tarn_pool_policy_pkg::*;

  localparam int unsigned PageBits    = Pages > 1 ? $clog2(Pages) : 1;
  localparam int unsigned WordPages   = Pages < 32 ? Pages : 32;  // that software sees at once
  localparam int unsigned Words       = Pages / WordPages;
  localparam int unsigned LineShift   = $clog2(SegmentBytes / LineBytes);
  localparam int unsigned EntryBits   = HostEntries > 1 ? $clog2(HostEntries) : 1;
  localparam int unsigned NumTxns     = 2 ** (1 + HostBits + EntryBits);
  localparam int unsigned TxnBits     = $clog2(NumTxns);
  localparam int unsigned ListBits    = $clog2(NumLists);
  localparam int unsigned EngineBits  = NumEngines > 1 ? $clog2(NumEngines) : 1;
  localparam int unsigned EvictorBits = NumEvictors > 1 ? $clog2(NumEvictors) : 1;

  typedef struct packed {
    logic                lost;      // memory lost the entry: nobody knows what the segment holds, nor where
    logic                resident;
    logic [SlotBits-1:0] slot;
    logic [Pages-1:0]    valid;
    logic [Pages-1:0]    dirty;
    logic [Pages-1:0]    on_bulk;
    logic [Pages-1:0]    summed;    // and the copy there has a checksum (tarn_pool_map_code says when that matters)
    logic [Pages-1:0]    page_lost; // its content is lost, and it was not written since: it comes as poison
  } entry_t;
  // ---- Cycle 0: who has the slot that is proposed; the map reads its entry ----------------------------------------
  logic valid_q;
  pass_t pass_q;
  entry_t entry, entry_d;
  logic map_write, map_missed, looks_at_slot;

  assign looks_at_slot = pass_valid_i && pass_i.kind inside {PassVictim, PassColdOut, PassFlush};
  assign entry         = map_hit_i ? entry_t'(map_entry_i) : '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= pass_valid_i;
  end
  always_ff @(posedge clk_i) begin
    if (pass_valid_i) pass_q <= pass_i;
  end

  // 1 wrong bit in a map entry, 2 dropped write, 3 swapped host, 4 dirty bit lost, 5 access not noted, 6 floor ignored,
  // 7 a line served before it is there, 8 wrong bits in the map's cache, which parity finds (tarn_pool_map_cache), 9 walks'
  // accesses not counted (tarn_pool), 10 share ignored, 11 eviction caps ignored, 14 floors of engines ignored (tarn_pool),
  // 15 the live optimum looks back too little (tarn_pool), 16 a lost page comes as zeros, 17 writes to a segment that is being
  // moved not noted
  logic [4:0] plant;
`ifdef TARN_PLANT
  assign plant = plant_i;
  logic [SlotBits-1:0] other_slot_q;  // of the last hit of another host
  host_t last_host_q;
  logic [SlotBits-1:0] last_slot_q;
  always_ff @(posedge clk_i) begin
    if (issue_valid_o) begin
      last_host_q <= pass_q.info.host;
      last_slot_q <= entry.slot;
      if (last_host_q != pass_q.info.host) other_slot_q <= last_slot_q;
    end
  end
`else
  assign plant = '0;
`endif

  // ---- Cycle 1: decide --------------------------------------------------------------------------------------------
  info_t info;
  logic [PageBits-1:0] page;
  logic segment_held, page_held, any_held, bulk_owes;  // by an evictor; by an engine
  logic [EngineBits-1:0] page_holder;
  logic is_request, is_first_look, from_engine, from_fetch, writes, atomic, page_valid, page_dirty;
  logic monitor_holds, exclusive_fails;
  logic engine_allowed, evictor_any;
  logic [$clog2(NumRequesters)-1:0] requester;
  logic [EngineBits-1:0] engine;
  logic [EvictorBits-1:0] evictor, pass_evictor;
  logic parked_before, parked_class;
  logic reads, line_there, early_joins;
  logic orders_page, assigns, order_evicts;
  logic victim_skips, victim_leaves, unload_frees, release_whole, stands, owner_fits;
  fate_t fate;
  logic leaves, missed, start_engine;
  logic start_evictor;
  evict_e start_evict;
  logic push, pop, pop_last;
  logic [ListBits-1:0] push_list, pop_list;
  logic [TxnBits-1:0] list_head[NumLists];
  logic [NumLists-1:0] filled;
  logic assign_slot, free_slot, return_slot, slot_valid, assign_slow;
  logic [1:0] class_free;  // fast, slow
  logic [SlotBits-1:0] class_next[2];
  logic [SlotBits-1:0] slot_next, slot;  // the pass's
  logic leaves_slot, move_begin, move_switch, move_may, move_stands, is_slow;
  logic floor_keeps;
  probe_e event_d;
  logic [HostBits-1:0] host;

  function automatic logic [TxnBits-1:0] txn_index(txn_t txn);
    return TxnBits'({txn.walk, txn.id[HostBits+EntryBits-1:0]});
  endfunction

  assign info = pass_q.info;
  assign page = info.page[PageBits-1:0];
  assign host = info.host[HostBits-1:0];

  tarn_pool_holds #(.NumEngines(NumEngines), .NumEvictors(NumEvictors)) u_holds (
    .hold_i, .quarantine_i, .info_i(info), .leaves_o(leaves_slot), .segment_held_o(segment_held), .page_held_o(page_held),
    .page_holder_o(page_holder), .any_held_o(any_held), .bulk_owes_o(bulk_owes)
  );

  always_comb begin
    engine = '0;
    for (int i = NumEngines - 1; i >= 0; i--) if (engine_idle_i[i]) engine = EngineBits'(i);
    evictor = '0;
    for (int i = NumEvictors - 1; i >= 0; i--) if (evictor_idle_i[i]) evictor = EvictorBits'(i);
  end
  assign engine_allowed = engine_free_i[requester];
  assign orders_page    = pass_q.kind == PassPrefetch || (pass_q.kind == PassOrder && pass_q.order == OrderPageIn);
  assign assigns        = pass_q.kind == PassAssign || (pass_q.kind == PassOrder && pass_q.order == OrderAssign);
  assign evictor_any    = evictor_idle_i != '0;
  assign pass_evictor   = EvictorBits'(32'(pass_q.holder) - NumEngines);

  assign is_request    = pass_q.kind inside {PassRequest, PassRetry, PassReplay};
  assign from_fetch    = pass_q.kind == PassReplay && 32'(pass_q.holder) >= NumHolders;
  assign from_engine   = pass_q.kind == PassReplay && !from_fetch;
  assign is_first_look = pass_q.kind == PassRequest || from_fetch;
  assign writes       = info.op != OpRead;
  assign atomic       = is_atomic(info.op);
  assign page_valid   = entry.resident && entry.valid[page];
  assign page_dirty   = entry.dirty[page];
  assign reads        = is_plain_read(info);
  assign line_there   = reads && page_held && (early_i[page_holder][info.line] || (plant == 5'd7 && early_i[page_holder] != '0));
  assign early_joins  = !from_engine && line_there && !filled[ListBits'(page_holder)];  // served instead of joining
  assign exclusive_fails = info.exclusive && writes && !atomic && !monitor_holds;

  assign requester = pass_q.txn.walk ? ($clog2(NumRequesters))'(NumHosts + 32'(host)) : ($clog2(NumRequesters))'(host);
  tarn_pool_parked #(.NumRequesters(NumRequesters), .Entries(HostEntries), .Pages(Pages)) u_parked (
    .clk_i, .rst_ni, .requester_i(requester), .info_i(info), .any_o(parked_before),
    .park_i(valid_q && fate.park), .leave_i(pop && pass_q.kind == PassRetry)
  );
  assign parked_class = pass_q.txn.walk ? filled[NumEngines+NumHosts+:NumHosts] != '0
                                        : filled[NumEngines+:NumHosts] != '0;

  // A page-in order has something to bring in, and nobody does so already.
  logic order_brings;
  assign order_brings = entry.on_bulk[page] && !page_valid && !entry.lost && !segment_held && !page_held
                        && (pass_q.kind != PassPrefetch || entry.resident || slots_spare_i);

  // A request's fate; other passes have one too, if less of it.
  situation_t situation;
  fate_t request_fate;
  always_comb begin
    situation.from_engine     = from_engine;
    situation.first_look      = is_first_look;
    situation.fetching        = fetching_i || serving_i;
    situation.fetch_free      = fetch_free_i[pass_q.txn.walk] && !fetch_held_i;
    situation.parked_before   = parked_before;
    situation.parked_class    = parked_class;
    situation.engine_allowed  = engine_allowed;
    situation.segment_held    = segment_held;
    situation.page_held       = page_held;
    situation.line_there      = line_there;
    situation.early_joins     = early_joins;
    situation.map_hit         = map_hit_i;
    situation.lost            = entry.lost;
    situation.page_valid      = page_valid;
    situation.page_dirty      = page_dirty;
    situation.writes          = writes;
    situation.exclusive_fails = exclusive_fails;
    situation.atomic          = atomic;
    situation.atomic_busy     = atomic_busy_i[pass_q.txn.walk];
  end
  tarn_pool_fate u_fate (.pass_i(pass_q), .at_i(situation), .fate_o(request_fate));

  always_comb begin
    fate          = '0;
    fate.waits_in = ListNone;
    fate.need     = ResultDone;
    fate.status   = StatusOk;
    if (is_request) begin
      fate = request_fate;
    end else if (pass_q.kind == PassFail && !pass_q.nobody) begin
      fate.own    = 1'b1;
      fate.status = pass_q.status;
    end else begin
      unique case (pass_q.kind)
        PassFail, PassInstall, PassMoveFinish: fate.map_wanted = 1'b0;
        PassVictim, PassColdOut: fate.map_wanted = victim_leaves;
        PassFlush: fate.map_wanted = owner_fits;
        default: fate.map_wanted = 1'b1;
      endcase
      if (orders_page && map_hit_i && order_brings && engine_allowed) begin
        fate.start_engine = 1'b1;
        fate.need         = ResultPageIn;
      end
    end
  end
  assign start_engine = fate.start_engine;
  always_comb begin
    unique case (fate.waits_in)
      ListHolder: push_list = ListBits'(page_holder);
      ListEngine: push_list = ListBits'(engine);
      ListParked: push_list = ListBits'(NumEngines + 32'(requester));
      ListFetch: push_list = ListBits'(NumEngines + NumRequesters + 32'(fetch_i));
      default: push_list = '0;
    endcase
  end
  assign leaves = fate.join_holder || fate.issue || fate.own || start_engine || (from_fetch && fate.park);
  assign push   = valid_q && !orders_page && fate.waits_in != ListNone;
  assign pop    = valid_q && leaves && !(pass_q.kind inside {PassRequest, PassOrder, PassPrefetch});
  always_comb begin
    pop_list = ListBits'(pass_q.holder);
    if (pass_q.kind == PassRetry) pop_list = ListBits'(NumEngines + 32'(requester));
    else if (from_fetch) pop_list = ListBits'(32'(pass_q.holder) - NumHolders + NumEngines + NumRequesters);
  end

  // The map's entry is not there: it is fetched, unless it is already, or no fetch is free; who is no new request
  // comes again.
  assign map_missed      = valid_q && fate.map_wanted && !map_hit_i;
  assign fetch_begin_o   = map_missed && !fetch_held_i && fetch_free_i[1] && (pass_q.kind != PassRequest || fate.start_fetch);
  assign fetch_linger_o  = map_missed && pass_q.kind != PassRequest && !from_fetch;
  assign fetch_touched_o = valid_q && map_hit_i && pass_q.kind != PassRequest && !from_fetch && fetch_held_i;

  always_comb begin
    for (int unsigned i = 0; i < NumEngines; i++) joined_o[i] = push && push_list == ListBits'(i);
  end
  tarn_pool_lists #(.NumLists(NumLists), .NumTxns(NumTxns)) u_lists (
    .clk_i, .rst_ni,
    .push_i(push), .push_list_i(push_list), .push_txn_i(txn_index(pass_q.txn)),
    .pop_i(pop), .pop_list_i(pop_list), .pop_last_o(pop_last),
    .filled_o(filled), .head_o(list_head)
  );
  assign list_filled_o = filled;
  always_comb begin
    for (int unsigned i = 0; i < NumLists; i++) begin
      list_head_o[i].walk = list_head[i][TxnBits-1];
      list_head_o[i].id   = id_t'(list_head[i][TxnBits-2:0]);
    end
  end

  // Did it find its page when it came?
  logic missed_q[NumTxns];
  logic now_missing, missed_before, miss_event;
  logic [$clog2(NumTxns)-1:0] missed_index;
  assign missed_index  = txn_index(pass_q.txn);
  assign missed_before = pass_q.kind != PassRequest && missed_q[missed_index];
  assign now_missing   = is_request && !info.error
                         && ((map_hit_i && !page_valid && !fate.early && !entry.lost) || (leaves_slot && !from_engine));
  assign miss_event    = now_missing && !missed_before && (is_first_look || leaves);
  assign missed        = missed_before || miss_event;
  always_ff @(posedge clk_i) begin
    if (valid_q && is_request) missed_q[missed_index] <= missed;
  end

  // Segments, slots and victims.
  logic pinned, pin_write, pin;
  assign slot = pass_q.kind inside {PassVictim, PassColdOut, PassUnload} ? pass_q.slot[SlotBits-1:0]
              : pass_q.kind == PassMoveSwitch ? mover_to_i : (assigns && !entry.resident ? slot_next : entry.slot);

  assign owner_fits = owner_used_o && owner_host_o == info.host && owner_segment_o == info.segment;
  assign floor_keeps = staying_o[host] <= floor_i[host] && plant != 5'd6;
  assign victim_skips  = any_held || bulk_owes || pinned || floor_keeps || (share_keeps_i[host] && plant != 5'd10);
  assign victim_leaves = owner_fits && !victim_skips && evictor_any;
  assign order_evicts = entry.resident && !any_held && !bulk_owes && !pinned && evictor_any;
  // The segment is in the slot that the pass speaks of. It is not if the map lost its entry since.
  assign stands      = entry.resident && entry.slot == pass_q.slot[SlotBits-1:0];
  // Speed classes: what is assigned gets a fast slot, if one is free. A move takes a slot that nobody waits for.
  assign is_slow     = {1'b0, entry.slot} >= fast_slots_i;
  assign slot_valid  = class_free != '0;
  assign assign_slow = !class_free[0];
  assign slot_next   = class_next[assign_slow];
  assign move_may    = mover_idle_i && !any_held && !bulk_owes && !pinned && class_free[!is_slow] && slots_spare_i;
  assign move_stands = entry.resident && entry.slot == mover_from_i;
  logic [9:0] pages_written, pages_dropped, pages_zeroed;
  logic [Pages-1:0] written, zeroed;
  assign written = written_i[pass_evictor];
  assign zeroed  = zeroed_i[pass_evictor];
  assign release_whole = ((entry.valid | entry.on_bulk | entry.page_lost) & ~written) == '0;
  assign unload_frees  = pass_q.evict == EvictRelease ? stands && release_whole : pass_q.evict == EvictOut && !pass_q.gave_up;

  assign pages_written = 10'($countones(written));
  assign pages_zeroed  = 10'($countones(zeroed));
  assign pages_dropped = 10'($countones(entry.valid & ~written));

  always_comb begin
    entry_d         = entry;
    map_write       = 1'b0;
    assign_slot     = 1'b0;
    free_slot       = 1'b0;
    return_slot     = 1'b0;
    move_begin      = 1'b0;
    move_switch     = 1'b0;
    start_evictor   = 1'b0;
    start_evict     = EvictOut;
    event_d         = ProbeNone;
    outcome_o        = '0;
    outcome_o.result = ResultDone;
    outcome_o.last    = pop_last || pass_q.nobody;
    outcome_o.reads   = reads;
    outcome_o.line    = info.line;
    outcome_o.on_bulk = entry.on_bulk[page];
    outcome_o.slot    = slot_t'(entry.slot);
    outcome_o.bulk_owes = bulk_owes;
    map_install_o   = 1'b0;
    pin_write       = 1'b0;
    pin             = 1'b0;
    if (map_missed && pass_q.kind != PassRequest) begin
      outcome_o.result = ResultMapMiss;
    end else if (valid_q) begin
      unique case (pass_q.kind)
        PassRequest, PassRetry, PassReplay: begin
          if (fate.not_now) outcome_o.result = ResultNotNow;
          if (from_engine && fate.need != ResultDone) outcome_o.result = fate.need;
          if (fate.issue && atomic) outcome_o.result = ResultAtomicBegun;
          event_d = fate.early ? ProbeEarly : fate.resolved ? ProbeHit : (miss_event ? ProbeMiss : ProbeNone);
        end
        PassAssign: begin
          if (!entry.resident) begin
            assign_slot      = slot_valid && !entry.lost;
            outcome_o.slot   = slot_t'(slot_next);
            if (!assign_slot) outcome_o.result = ResultNotNow;
          end
        end
        PassOrder: begin
          unique case (pass_q.order)
            OrderPin: begin
              pin_write = entry.resident && !segment_held;
              pin       = 1'b1;
              if (!pin_write) outcome_o.result = segment_held ? ResultNotNow : ResultRefused;
            end
            OrderUnpin: pin_write = entry.resident;
            OrderAssign: begin
              if (entry.lost) begin
                outcome_o.result = ResultRefused;
              end else if (!entry.resident) begin
                assign_slot = slot_valid && !any_held;
                if (!assign_slot) outcome_o.result = ResultNotNow;
              end
            end
            OrderPageOut: begin
              if (entry.resident) begin
                outcome_o.result = pinned && !segment_held ? ResultRefused : ResultNotNow;
                start_evictor    = order_evicts;
                outcome_o.last   = order_evicts;
                if (order_evicts) event_d = ProbeOrderedOut;
              end
            end
            OrderPageIn: begin
              if (entry.lost) outcome_o.result = ResultRefused;
              else if (segment_held || (order_brings && !start_engine)) outcome_o.result = ResultNotNow;
              outcome_o.last = 1'b0;
            end
            OrderHot, OrderCold: begin
              if (entry.resident && !segment_held) event_d = pass_q.order == OrderHot ? ProbeMarkHot : ProbeMarkCold;
            end
            OrderToFast, OrderToSlow: begin
              if (!entry.resident || (pass_q.order == OrderToFast ? fast_slots_i == '0 : fast_slots_i >= slots_i)) begin
                outcome_o.result = ResultRefused;
              end else if (is_slow != (pass_q.order == OrderToSlow)) begin
                move_begin       = move_may && !pass_q.gave_up;
                outcome_o.last   = move_begin;
                outcome_o.result = move_begin || any_held || bulk_owes || !mover_idle_i ? ResultNotNow : ResultRefused;
              end
            end
            default: outcome_o.result = ResultRefused;
          endcase
        end
        PassPrefetch: begin
          if (segment_held || (order_brings && !start_engine)) outcome_o.result = ResultNotNow;
          if (start_engine) event_d = ProbePrefetch;
        end
        PassPageValid: begin
          map_write           = entry.resident;
          entry_d.valid[page] = 1'b1;
          event_d             = ProbePageIn;
        end
        PassSetDirty: begin
          map_write               = page_valid;
          entry_d.dirty[page]     = 1'b1;
          entry_d.page_lost[page] = 1'b0;
        end
        PassVictim: begin
          if (!owner_fits) begin
            outcome_o.result = ResultNotNow;
          end else if (victim_skips) begin
            event_d = ProbeSkip;
          end else if (victim_leaves) begin
            event_d       = ProbeEvict;
            start_evictor = 1'b1;
          end else begin
            outcome_o.result = ResultNotNow;
          end
        end
        PassColdOut: begin
          if (victim_leaves) begin
            event_d       = ProbeColdOut;
            start_evictor = 1'b1;
          end
        end
        PassFlush: begin
          if (owner_fits && entry.dirty != '0) begin
            if (any_held || bulk_owes || !evictor_any) begin
              outcome_o.result = ResultNotNow;
            end else begin
              start_evictor = 1'b1;
              start_evict   = EvictFlush;
            end
          end
        end
        PassRelease: begin
          if (any_held || bulk_owes || !evictor_any) begin
            outcome_o.result = ResultNotNow;
          end else if (entry.resident || (entry.on_bulk | entry.page_lost) != '0 || entry.lost) begin
            start_evictor = 1'b1;
            start_evict   = EvictRelease;
          end
          outcome_o.last = !start_evictor;  // nothing to do
        end
        PassUnload: begin
          map_write = stands || pass_q.evict == EvictRelease;
          free_slot = unload_frees;
          if (stands) begin
            entry_d.dirty   = entry.dirty & ~written;
            entry_d.on_bulk = (entry.on_bulk | written) & ~zeroed;
            entry_d.summed  = entry.summed | written;
            pin_write       = pass_q.pin;
            pin             = 1'b1;
          end
          if (pass_q.evict == EvictOut && pass_q.gave_up) begin
            event_d = ProbeKept;
          end
          if (pass_q.evict == EvictRelease) begin
            entry_d.valid   = entry.valid & ~written;
            entry_d.on_bulk = entry.on_bulk & ~written;
            entry_d.page_lost = entry.page_lost & ~written;
            entry_d.lost    = entry.lost && written != '1;
            if (unload_frees) event_d = ProbeReleased;
          end
          if (stands && unload_frees) begin
            entry_d.resident = 1'b0;
            entry_d.valid    = '0;
            entry_d.dirty    = '0;
          end
        end
        PassLoad: begin
          if (!entry.resident && !any_held && !bulk_owes) begin
            map_write    = 1'b1;
            // Of a segment that memory lost, pages of which software has not spoken yet are lost one by one.
            entry_d.lost = 1'b0;
            if (entry.lost) entry_d.page_lost = '1;
            for (int unsigned w = 0; w < Words; w++) begin
              if (word_i == 4'(w)) begin
                entry_d.page_lost[w*WordPages+:WordPages] = load_lost_pages_i[WordPages-1:0];
                entry_d.on_bulk[w*WordPages+:WordPages]   = load_on_bulk_i[WordPages-1:0] & ~load_lost_pages_i[WordPages-1:0];
                entry_d.summed[w*WordPages+:WordPages]    = '0;
              end
            end
          end else begin
            outcome_o.result = ResultNotNow;
          end
        end
        PassMoveBegin: begin
          move_begin = stands && move_may;
          if (!move_begin) outcome_o.result = ResultNotNow;
        end
        PassMoveHold: begin
          if (!move_stands) outcome_o.result = ResultRefused;
          else if (any_held) outcome_o.result = ResultNotNow;
        end
        PassMoveSwitch: begin
          move_switch = move_stands;
          if (move_stands) begin
            map_write    = 1'b1;
            entry_d.slot = mover_to_i;
            pin_write    = 1'b1;
            event_d      = ProbeMoved;
          end else begin
            outcome_o.result = ResultRefused;
          end
        end
        PassMoveFinish: return_slot = 1'b1;
        PassInstall: begin
          map_install_o = map_room_i;
          if (!map_room_i) outcome_o.result = ResultNotNow;
        end
        default: event_d = ProbeNone;  // read, fail
      endcase
      if (assign_slot) begin
        map_write        = 1'b1;
        pin_write        = 1'b1;
        pin              = 1'b0;
        entry_d.resident = 1'b1;
        entry_d.slot     = slot_next;
        entry_d.valid    = '0;
        entry_d.dirty    = '0;
        event_d          = ProbeAssign;
      end
    end
  end

  assign outcome_valid_o  = valid_q;
  assign outcome_kind_o   = pass_q.kind;
  assign outcome_holder_o = pass_q.holder;

  logic unloads;
  assign unloads          = valid_q && !map_missed && pass_q.kind == PassUnload;
  assign unload_abort_o   = unloads && pass_q.gave_up;
  assign released_o       = unloads && pass_q.evict == EvictRelease;
  assign map_write_o      = map_write;
  assign map_entry_o      = entry_d;
  assign released_whole_o = release_whole;

  // What begins.
  always_comb begin
    begin_valid_o    = '0;
    if (valid_q && start_engine) begin_valid_o[32'(engine)] = 1'b1;
    if (valid_q && start_evictor) begin_valid_o[NumEngines+32'(evictor)] = 1'b1;
    begin_o.need     = fate.need;
    begin_o.walk     = pass_q.txn.walk;
    begin_o.host     = info.host;
    begin_o.segment  = info.segment;
    begin_o.page     = info.page;
    begin_o.line     = info.line;
    begin_o.reads    = reads;
    begin_o.ordered  = orders_page;
    begin_o.resident = entry.resident;
    begin_o.on_bulk  = entry.on_bulk[page];
    begin_o.summed   = entry.summed[page];
    begin_o.lost     = entry.page_lost[page] && plant != 5'd16;
    begin_o.slot     = pass_q.kind inside {PassVictim, PassColdOut} ? pass_q.slot : slot_t'(entry.slot);
  end
  assign move_begin_o = valid_q && move_begin;
  assign move_to_o    = class_next[!is_slow];
  // What a lost segment has on bulk nobody knows: a release trims all of it. Of a lost page there may be an old version.
  assign begin_evict_o       = start_evict;
  assign begin_valid_pages_o = entry.valid;
  assign begin_dirty_o       = plant == 5'd4 || (pass_q.kind inside {PassVictim, PassColdOut} && !stands) ? '0 : entry.dirty;
  assign begin_on_bulk_o     = entry.on_bulk | entry.page_lost | {Pages{entry.lost}};

  // To the channel, or answered here.
  logic [SlotBits-1:0] issue_slot;
  always_comb begin
    issue_slot = entry.slot;
`ifdef TARN_PLANT
    if (plant == 5'd1) issue_slot[0] = !entry.slot[0];
    if (plant == 5'd3) issue_slot = other_slot_q;
`endif
  end
  assign issue_valid_o = valid_q && fate.issue;
  assign page_changes_o = (issue_valid_o && writes && plant != 5'd17) || (valid_q && !map_missed && pass_q.kind == PassPageValid);
  assign issue_walk_o  = pass_q.txn.walk;
  always_comb begin
    issue_o.id           = pass_q.txn.id;
    issue_o.op           = plant == 5'd2 && info.op == OpWrite ? OpRead : info.op;
    issue_o.qos          = info.qos;
    issue_o.line         = (34'(issue_slot) << LineShift) | (34'(page) << 6) | 34'(info.line);
    issue_o.atomic       = atomic;
    issue_o.tag          = info.tag;
    issue_o.exclusive_ok = info.exclusive && !atomic;
    issue_o.paged        = missed;
    issue_o.epoch        = epoch_i;
  end
  assign own_valid_o  = valid_q && fate.own;
  assign own_txn_o    = pass_q.txn;
  assign own_tag_o    = info.tag;
  assign own_status_o = fate.status;
  assign own_paged_o  = missed;

  tarn_pool_monitor #(.NumHosts(NumHosts)) u_monitor (
    .clk_i, .rst_ni, .info_i(info),
    .read_i(issue_valid_o && info.exclusive && !writes), .write_i(issue_valid_o && writes),
    .holds_o(monitor_holds)
  );

  logic joins, goes;
  logic [SlotBits-1:0] free_slot_number;
  assign free_slot_number = !return_slot ? pass_q.slot[SlotBits-1:0] : pass_q.gave_up ? mover_to_i : mover_from_i;
  tarn_pool_slots #(.NumHosts(NumHosts), .NumSlots(NumSlots), .Ecc(TableEcc)) u_slots (
    .clk_i, .rst_ni, .ready_o, .slots_i, .fast_slots_i,
    .free_any_o(class_free), .free_next_o(class_next), .free_count_o(slots_free_o),
    .take_i(assign_slot || move_begin), .take_slow_i(move_begin ? !is_slow : assign_slow), .assign_i(assign_slot),
    .own_i(move_switch), .own_slot_i(mover_to_i), .free_i(free_slot), .return_i(return_slot), .free_slot_i(free_slot_number),
    .host_i(info.host), .segment_i(info.segment),
    .owner_read_i(owner_read_i || looks_at_slot), .owner_slot_i(looks_at_slot ? pass_i.slot[SlotBits-1:0] : owner_slot_i),
    .owner_used_o, .owner_host_o, .owner_segment_o, .owner_lost_o,
    .owner_inject_i, .owner_report_o, .free_inject_i, .free_report_o,
    .slot_i(slot), .pinned_o(pinned), .pin_write_i(valid_q && pin_write), .pin_i(pin),
    .joins_i(joins), .goes_i(goes), .resident_o, .staying_o
  );
  assign slot_free_o = slot_valid;
  assign assigned_o  = assign_slot;
  // A release that did not free the slot that the segment had brings it back, even if memory lost the entry meanwhile: the
  // slot is its host's still, until the policy proposes it.
  assign joins      = event_d inside {ProbeAssign, ProbeKept} || (released_o && pass_q.had_slot && !unload_frees);
  assign goes       = start_evictor && start_evict != EvictFlush && (entry.resident || start_evict == EvictOut);

  // What software reads.
  function automatic logic [31:0] word_of(logic [Pages-1:0] pages);
    logic [31:0] word;
    word = '0;
    for (int unsigned w = 0; w < Words; w++) if (word_i == 4'(w)) word = 32'(pages[w*WordPages+:WordPages]);
    return word;
  endfunction
  always_ff @(posedge clk_i) begin
    if (valid_q && pass_q.kind == PassRead && map_hit_i) begin
      read_resident_o <= entry.resident;
      read_pinned_o   <= entry.resident && pinned;
      read_lost_o     <= entry.lost;
      read_slot_o     <= slot_t'(entry.slot);
      read_valid_pages_o <= word_of(entry.valid);
      read_dirty_o       <= word_of(entry.dirty);
      read_lost_pages_o  <= word_of(entry.page_lost);
      read_on_bulk_o     <= word_of(entry.on_bulk);
    end
  end

  // What the counters see.
  always_comb begin
    count_o              = '0;
    count_o.host         = info.host;
    count_o.segment      = info.segment;
    if (valid_q && !(map_missed && !is_request)) begin
      count_o.assigned     = assign_slot;
      count_o.hit          = fate.resolved && !missed;
      count_o.miss         = miss_event;
      count_o.access_error = is_request && fate.own && fate.status == StatusAccessError;
      count_o.page_in      = pass_q.kind == PassPageValid && pass_q.from_bulk;
      count_o.zero_fill    = pass_q.kind == PassPageValid && !pass_q.from_bulk;
      count_o.eviction     = pass_q.kind == PassUnload && pass_q.evict == EvictOut && unload_frees;
      count_o.bulk_error   = pass_q.kind inside {PassPageValid, PassUnload} && pass_q.bulk_error;
      if (pass_q.kind == PassFail) count_o.bulk_error = pass_q.bulk_error && outcome_o.last;
      count_o.page_failed  = count_o.bulk_error && pass_q.kind != PassUnload;
      count_o.refused      = pass_q.kind == PassFail && !pass_q.nobody;
      count_o.promoted     = move_switch && is_slow;
      count_o.demoted      = move_switch && !is_slow;
      count_o.move_failed  = return_slot && pass_q.gave_up;
      if (pass_q.kind == PassUnload && pass_q.evict != EvictRelease) begin
        count_o.pages_dirty = pages_written;
        count_o.pages_zero  = pages_zeroed;
      end
      if (count_o.eviction && stands) count_o.pages_clean = pages_dropped;
    end
  end

  // The probe, in the order of effect.
  pool_probe_t probe_q, probe_d;
  always_comb begin
    probe_d         = '0;
    probe_d.kind    = event_d;
    probe_d.host    = 8'(info.host);
    probe_d.segment = 32'(info.segment);
    probe_d.slot    = 24'(slot);
    if (is_request) begin
      probe_d.walk  = pass_q.txn.walk;
      probe_d.tag   = info.tag;
      probe_d.write = writes;
      probe_d.line  = info.line;
    end
    if (is_request || pass_q.kind inside {PassPageValid, PassPrefetch}) probe_d.page = 16'(page);
    if (event_d inside {ProbeMiss, ProbePrefetch}) probe_d.slot = '0;
    if (event_d == ProbeMoved) probe_d.from = 24'(mover_from_i);
    if (event_d == ProbeKept) probe_d.page = 16'(pages_written) + 16'(pages_dropped);
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) probe_q <= '0;
    else if (event_d != ProbeNone) probe_q <= probe_d;
    else if (probe_q.kind != ProbeNone) probe_q <= '0;
  end
  assign probe_o = probe_q;

  // What the replacement policy hears of it.
  logic policy_hears, policy_event_valid_q;
  event_t policy_event, policy_event_q;
  always_comb begin
    policy_hears         = valid_q && !(plant == 5'd5 && event_d == ProbeHit);
    policy_event.slot    = slot_t'(slot);
    policy_event.from    = slot_t'(mover_from_i);
    policy_event.host    = info.host;
    policy_event.segment = info.segment;
    unique case (event_d)
      ProbeHit, ProbeEarly, ProbeMarkHot: policy_event.kind = EventAccess;
      ProbeMarkCold: policy_event.kind = EventCold;
      ProbeAssign: policy_event.kind = EventAssign;
      ProbeKept: policy_event.kind = EventKept;
      ProbeMoved: policy_event.kind = EventMoved;
      ProbeReleased, ProbeOrderedOut, ProbeColdOut: policy_event.kind = EventRelease;
      ProbeEvict: policy_event.kind = EventTaken;
      ProbeSkip: policy_event.kind = EventSkipped;
      default: begin
        policy_event.kind = EventNotNow;
        policy_hears      = 1'b0;
      end
    endcase
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) policy_event_valid_q <= 1'b0;
    else policy_event_valid_q <= policy_hears;
  end
  always_ff @(posedge clk_i) if (policy_hears) policy_event_q <= policy_event;
  assign policy_event_valid_o = policy_event_valid_q;
  assign policy_event_o       = policy_event_q;

  `TARN_ASSERT(OneFate, !valid_q || 32'(fate.join_holder) + 32'(fate.park) + 32'(fate.issue) + 32'(fate.own) + 32'(start_engine) + 32'(fate.start_fetch) <= 1)
  `TARN_ASSERT(DirtyIsValid, !map_write || (entry_d.dirty & ~entry_d.valid) == '0)
  `TARN_ASSERT(ValidIsResident, !map_write || entry_d.resident || entry_d.valid == '0)
  `TARN_ASSERT(OnlyWhatIsThereChanges, !map_write || map_hit_i)
endmodule : tarn_pool_lookup
