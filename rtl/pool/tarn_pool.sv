// The pool: hosts' windows promise more memory than there is; segments of them stand in slots of the channel's memory,
// pages come in from bulk when they are touched and leave when the replacement policy chooses their segment.
// Latency of a hit: accepted to `slot_req_o` 2 cycles, `slot_rsp_i` to `*_rsp_o` 1 cycle (0 with OneAnswer). Throughput: 1 line per cycle.
// Order: two requests of one requester (a host's port, or its walk port) to the same line take effect in order; a write
// is answered when every later read returns it. Answers come in any order.
// When full: a requester has HostEntries transactions; a miss leaves the input at once and waits in a list.
// Paths: `*_req_ready_o` depends on the `*_req_valid_i` of all ports; `bulk_cpl_ready_o` is 1, and so is `slot_rsp_ready_o` but with OneAnswer: `slot_rsp_i` to `*_rsp_o`, and `*_rsp_ready_i` to `slot_rsp_ready_o`.
// Forward progress (contracts.md): bulk < walk < host. Each class has its own slot_req port, WalkEngines page-in engines
// are kept for walks, an answer's room is reserved when its request is taken.
// README.md has the theory of operation.
`include "tarn_assert.svh"
module tarn_pool #(
  parameter int unsigned NumHosts        = 4,      // 1..16
  parameter int unsigned SegmentBytes    = 65536,  // power of two, 4 KiB .. 2 MiB
  parameter int unsigned SegmentsPerHost = 262144,   // power of two: the most that a window can have
  parameter int unsigned NumSlots        = 4096,   // 2 or more; at least FloorSlots + NumEngines + ReserveSlots
  parameter int unsigned NumEngines      = 8,      // pages that can be brought in at once: 3..15
  parameter int unsigned NumEvictors     = 2,      // segments that can be emptied at once: 1..7
  parameter int unsigned HostEntries     = 32,     // transactions of a requester: power of two, 4..64
  parameter int unsigned ReserveSlots    = 2,      // slots kept free ahead of need: 1 or more
  parameter int unsigned ShadowFrames    = 512,    // of the policy's shadow memories: a power of two; 0: none, one rule for good
  parameter int unsigned OptimumSlots    = 1024,   // that the estimate of the optimum follows; of more it samples a share
  parameter int unsigned OptimumHistory  = 4096,   // misses that it looks back: a power of two
  parameter int unsigned OptimumSets     = 1024,   // of its table, four segments each: a power of two, 2..OptimumHistory
  parameter int unsigned MoveLines       = 8,      // lines of a segment that moves to the other speed class, under way at once: 1 or more
  parameter int unsigned PrefetchStreams = 4,      // sequences of misses that prefetch follows at once, of a host: a power of two, 2 or more; 0: there is no prefetch
  parameter int unsigned WalkEngines     = 1,      // page-in engines that hosts may not take
  parameter int unsigned FloorSlots      = 0,      // sum of the floors that software may set at least
  parameter int unsigned MapSets         = 256,    // of the map's cache: power of two, at most SegmentsPerHost
  parameter int unsigned MapWays         = 4,      // 2 or more
  parameter int unsigned MapFetches      = 8,      // map entries that can be fetched at once: 2..8
  parameter bit          Parity          = 1'b1,   // of the map's cache, and of the hotness records
  parameter bit          TableEcc        = 1'b1,   // check bits of the other tables: owners of slots, free slots, policy, optimum
  parameter bit          Hotness         = 1'b1,   // there is a hotness monitoring; without it segments move between speed classes by order alone
  parameter bit          Optimum         = 1'b1,   // there is a live estimate of the optimum
  parameter bit          Latencies       = 1'b1,   // there are histograms of latencies
  parameter bit          HostAtomics     = 1'b1,   // hosts ask for atomics
  parameter bit          WalkAtomics     = 1'b1,   // walks ask for atomics
  parameter logic [15:0] Walks           = '1,     // bit h: host h has walks
  parameter bit          WalkHalves      = 1'b0,   // what walks write has the same in both halves of its line: one is kept
  parameter bit          PageChecksum    = 1'b1,   // of each page that goes to bulk, checked when it comes back
  parameter bit          SerialChecksum  = 1'b0,   // takes it four bytes a cycle: a page takes some 1,300 cycles
  parameter bit          OneAnswer       = 1'b0,   // answers are not kept: a line waits until its requester takes it, and what the channel answers behind it; without atomics
  parameter bit          BlockRam        = 1'b0    // the shadows' directory stands in block RAM, however little it is
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
`ifdef TARN_PLANT
  input  logic [4:0]                 plant_i,  // plants a fault (tarn_pool_lookup)
`endif

  // Hosts, and their IOMMUs' walks. The port says which host.
  input  logic                       host_req_valid_i[NumHosts],
  output logic                       host_req_ready_o[NumHosts],
  input  tarn_line_pkg::host_req_t   host_req_i[NumHosts],
  output logic                       host_rsp_valid_o[NumHosts],
  input  logic                       host_rsp_ready_i[NumHosts],
  output tarn_line_pkg::line_rsp_t   host_rsp_o[NumHosts],
  input  logic                       walk_req_valid_i[NumHosts],
  output logic                       walk_req_ready_o[NumHosts],
  input  tarn_line_pkg::host_req_t   walk_req_i[NumHosts],
  output logic                       walk_rsp_valid_o[NumHosts],
  input  logic                       walk_rsp_ready_i[NumHosts],
  output tarn_line_pkg::line_rsp_t   walk_rsp_o[NumHosts],

  // Channel: one request port per class (index tarn_line_pkg::class_e), one answer port, always ready.
  output logic                       slot_req_valid_o[tarn_line_pkg::NumClasses],
  input  logic                       slot_req_ready_i[tarn_line_pkg::NumClasses],
  output tarn_line_pkg::slot_req_t   slot_req_o[tarn_line_pkg::NumClasses],
  input  logic                       slot_rsp_valid_i,
  output logic                       slot_rsp_ready_o,
  input  tarn_line_pkg::slot_rsp_t   slot_rsp_i,

  // Bulk.
  output logic                       bulk_cmd_valid_o,
  input  logic                       bulk_cmd_ready_i,
  output tarn_bulk_pkg::bulk_cmd_t   bulk_cmd_o,
  output logic                       bulk_wdata_valid_o,
  input  logic                       bulk_wdata_ready_i,
  output tarn_bulk_pkg::bulk_beat_t  bulk_wdata_o,
  input  logic                       bulk_rdata_valid_i,
  output logic                       bulk_rdata_ready_o,
  input  tarn_bulk_pkg::bulk_beat_t  bulk_rdata_i,
  input  logic                       bulk_cpl_valid_i,
  output logic                       bulk_cpl_ready_o,
  input  tarn_bulk_pkg::bulk_cpl_t   bulk_cpl_i,
  input  logic                       bulk_notice_valid_i,
  output logic                       bulk_notice_ready_o,
  input  tarn_bulk_pkg::bulk_notice_t bulk_notice_i,

  // Change notices: lossless.
  output logic                       change_valid_o,
  input  logic                       change_ready_i,
  output tarn_pool_msg_pkg::change_notice_t change_o,

  // Registers: management, and each host's own.
  input  logic                       reg_req_valid_i,
  output logic                       reg_req_ready_o,
  input  tarn_reg_pkg::reg_req_t     reg_req_i,
  output logic                       reg_rsp_valid_o,
  output tarn_reg_pkg::reg_rsp_t     reg_rsp_o,
  input  logic                       host_reg_req_valid_i[NumHosts],
  output logic                       host_reg_req_ready_o[NumHosts],
  input  tarn_reg_pkg::reg_req_t     host_reg_req_i[NumHosts],
  output logic                       host_reg_rsp_valid_o[NumHosts],
  output tarn_reg_pkg::reg_rsp_t     host_reg_rsp_o[NumHosts],
  output logic                       irq_o,
  output logic                       host_irq_o[NumHosts],
  // Registers of the hotness monitoring.
  input  logic                       hotness_reg_req_valid_i,
  output logic                       hotness_reg_req_ready_o,
  input  tarn_reg_pkg::reg_req_t     hotness_reg_req_i,
  output logic                       hotness_reg_rsp_valid_o,
  output tarn_reg_pkg::reg_rsp_t     hotness_reg_rsp_o,
  output logic                       hotness_irq_o,

  // What happens, in order, for testbenches and the report.
  output tarn_pool_msg_pkg::pool_probe_t probe_o,
  output tarn_pool_msg_pkg::policy_probe_t policy_probe_o,
  output tarn_pool_msg_pkg::hotness_probe_t hotness_probe_o,
  output tarn_pool_msg_pkg::optimum_probe_t optimum_probe_o
);
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;
  import tarn_pool_policy_pkg::*;

  localparam int unsigned Pages         = SegmentBytes / PageBytes;
  localparam int unsigned SegmentLines  = SegmentBytes / LineBytes;
  localparam int unsigned HostBits      = NumHosts > 1 ? $clog2(NumHosts) : 1;
  localparam int unsigned SlotBits      = NumSlots > 1 ? $clog2(NumSlots) : 1;
  localparam int unsigned EntryBits     = $clog2(HostEntries);
  localparam int unsigned NumHolders    = NumEngines + NumEvictors + 1;  // engines, evictors, the mover
  localparam int unsigned Mover         = NumHolders - 1;
  localparam int unsigned NumPassers    = NumHolders + MapFetches;
  localparam int unsigned NumRequesters = 2 * NumHosts;
  localparam int unsigned NumLists      = NumEngines + NumRequesters + MapFetches;
  localparam int unsigned MapEntryBits  = map_entry_bits(SlotBits, Pages);
  localparam int unsigned WideEntryBits = MapEntryBits + 2 * Pages;  // as the passes have it (tarn_pool_map_code)
  localparam logic [33:0] MapFirstLine  = 34'(NumSlots) * 34'(SegmentLines);
  localparam logic [33:0] SumFirstLine  = MapFirstLine + 34'(NumHosts) * 34'(map_host_lines(MapEntryBits, SegmentsPerHost));
  localparam int unsigned FetchBits     = $clog2(MapFetches);
  // All that stands in the channel's memory: slots, the map, and four bytes a page.
  localparam logic [63:0] MemoryLines   = 64'(NumSlots) * 64'(SegmentLines) + 64'(NumHosts)
      * (64'(map_host_lines(MapEntryBits, SegmentsPerHost)) + 64'(PageChecksum) * (64'(SegmentsPerHost) * 64'(Pages) / 16 + 1));

  `TARN_ASSERT_INIT(HostsAllowed, NumHosts >= 1 && NumHosts <= 16, "tarn_pool: NumHosts must be 1..16")
  `TARN_ASSERT_INIT(SegmentAllowed, SegmentBytes >= 4096 && SegmentBytes <= 2097152 && SegmentBytes == 2**$clog2(SegmentBytes),
                    "tarn_pool: SegmentBytes must be a power of two, 4096..2097152")
  `TARN_ASSERT_INIT(SegmentsAllowed, SegmentsPerHost >= 2 && SegmentsPerHost <= 16777216
                    && SegmentsPerHost == 2**$clog2(SegmentsPerHost),
                    "tarn_pool: SegmentsPerHost must be a power of two, 2..16777216")
  `TARN_ASSERT_INIT(WindowAllowed, 64'(SegmentsPerHost) * 64'(Pages) <= 64'h1_0000_0000,
                    "tarn_pool: SegmentsPerHost segments must have 2**32 pages at most")
  `TARN_ASSERT_INIT(MemoryAllowed, MemoryLines <= 64'h4_0000_0000,
                    "tarn_pool: slots, map and checksums must have 2**34 lines at most")
  `TARN_ASSERT_INIT(SlotsAllowed, NumSlots >= 2 && NumSlots <= 1048576, "tarn_pool: NumSlots must be 2..1048576")
  `TARN_ASSERT_INIT(EnginesAllowed, NumEngines >= 3 && NumEngines <= 15, "tarn_pool: NumEngines must be 3..15")
  `TARN_ASSERT_INIT(EvictorsAllowed, NumEvictors >= 1 && NumEvictors <= 7, "tarn_pool: NumEvictors must be 1..7")
  `TARN_ASSERT_INIT(WalkEnginesAllowed, WalkEngines >= 1 && WalkEngines + 2 <= NumEngines,
                    "tarn_pool: WalkEngines must be 1..NumEngines - 2")
  `TARN_ASSERT_INIT(EntriesAllowed, HostEntries >= 4 && HostEntries <= 64 && HostEntries == 2**$clog2(HostEntries),
                    "tarn_pool: HostEntries must be a power of two, 4..64")
  `TARN_ASSERT_INIT(OneAnswerAllowed, !OneAnswer || (!HostAtomics && !WalkAtomics), "tarn_pool: OneAnswer is without atomics: HostAtomics and WalkAtomics must be 0")
  `TARN_ASSERT_INIT(ReserveAllowed, ReserveSlots >= 1, "tarn_pool: ReserveSlots must be 1 or more")
  `TARN_ASSERT_INIT(SlotsSuffice, NumSlots >= FloorSlots + NumEngines + ReserveSlots,
                    "tarn_pool: NumSlots must be at least FloorSlots + NumEngines + ReserveSlots")

  // One bit a host, packed for use inside.
  logic [NumHosts-1:0] host_req_valid, host_req_ready, host_rsp_valid, host_rsp_ready;
  logic [NumHosts-1:0] walk_req_valid, walk_req_ready, walk_rsp_valid, walk_rsp_ready;
  logic [NumHosts-1:0] host_reg_req_valid, host_reg_req_ready, host_reg_rsp_valid, host_irq;
  logic [NumClasses-1:0] slot_req_ready;
  always_comb begin
    for (int unsigned h = 0; h < NumHosts; h++) begin
      host_req_valid[h] = host_req_valid_i[h];
      host_rsp_ready[h] = host_rsp_ready_i[h];
      walk_req_valid[h] = walk_req_valid_i[h];
      walk_rsp_ready[h] = walk_rsp_ready_i[h];
      host_reg_req_valid[h] = host_reg_req_valid_i[h];
    end
    for (int unsigned c = 0; c < NumClasses; c++) slot_req_ready[c] = slot_req_ready_i[c];
  end
  for (genvar h = 0; h < NumHosts; h++) begin : gen_bits
    assign host_req_ready_o[h] = host_req_ready[h];
    assign host_rsp_valid_o[h] = host_rsp_valid[h];
    assign walk_req_ready_o[h] = walk_req_ready[h];
    assign walk_rsp_valid_o[h] = walk_rsp_valid[h];
    assign host_reg_req_ready_o[h] = host_reg_req_ready[h];
    assign host_reg_rsp_valid_o[h] = host_reg_rsp_valid[h];
    assign host_irq_o[h] = host_irq[h];
  end

  // ---- Control ----------------------------------------------------------------------------------------------------
  logic enable, open, map_ready, lookup_ready;
  logic [63:0] base[NumHosts];
  logic [24:0] segments[NumHosts], next_segments[NumHosts];
  logic [SlotBits:0] slots, fast_slots, class_free[2], slots_free, slots_floor[NumHosts], slots_share[NumHosts], resident[NumHosts], staying[NumHosts], first_mark, page_out_mark, low_mark;
  logic first_passed, page_out_passed, moves, mover_idle, move_begin, page_changes, after_move_q;
  logic [7:0] fast_reserve;
  logic [SlotBits-1:0] move_to;
  slot_t mover_from, mover_to;
  logic [NumHosts-1:0] has_window, share_keeps;
  logic [4:0] engine_floor[NumHosts], eviction_window;
  logic [15:0] eviction_cap[NumHosts];
  logic [3:0] host_weight[NumHosts];
  logic engine_floors_valid;
  logic [31:0] timeout, offline_delay;
  logic [7:0] offline_limit, retry_limit;
  logic control_valid, control_take, control_outcome;
  pass_t control_pass;
  logic [3:0] word;
  logic [31:0] load_on_bulk, load_lost_pages, read_valid_pages, read_dirty, read_on_bulk, read_lost_pages;
  logic read_resident, read_pinned, read_lost;
  slot_t read_slot;
  logic all_idle, scan, scan_done, flush_valid, flush_take, flush_cpl;
  logic unload_abort, released, released_whole, bulk_notice, notice_late;
  logic [31:0] notice_timeout;
  logic [NumHosts-1:0] host_busy;
  logic [NumHosts-1:0] released_host;
  count_t counted;
  logic counter_read;
  logic [7:0] counter_index;
  logic [63:0] counter_value;
  logic latency_read, latency_valid;
  host_t latency_host;
  logic [3:0] latency_bin;
  logic [63:0] latency_count;

  // ---- Passes and their outcomes ----------------------------------------------------------------------------------
  logic pass_valid, outcome_valid;
  pass_t pass;
  pass_e outcome_kind;
  holder_t outcome_holder;
  outcome_t outcome;
  logic [NumPassers-1:0] holder_valid, holder_take, holder_outcome;
  logic [NumHolders-1:0] begin_valid;
  logic [NumEngines-1:0] joined;
  logic [LinesPerPage-1:0] early[NumEngines];
  pass_t holder_pass[NumPassers];
  hold_t hold[NumPassers];
  begin_t begin_what;
  evict_e begin_evict;
  logic [Pages-1:0] begin_valid_pages, begin_dirty, begin_on_bulk;
  logic [Pages-1:0] written_pages[NumEvictors], zeroed_pages[NumEvictors];
  logic [NumLists-1:0] list_filled;
  txn_t list_head[NumLists];
  logic [NumEngines-1:0] engine_idle, engine_walk, engine_stuck, engine_quarantine, waits_slot;
  logic [NumRequesters-1:0] engine_free;
  logic host_retried;
  logic slot_rsp_taken;
  logic [NumEvictors-1:0] evictor_idle, evictor_quarantine, freeing;
  hold_t mover_hold;
  logic prefetch_valid, prefetch_take, prefetch_begins, slots_spare;
  logic [3:0] prefetch_depth;
  pass_t prefetch_pass, prefetch_sent;
  logic victim_wanted, victim_pass_valid, victim_take, victim_outcome, victim_idle, assigned;
  pass_t victim_pass;
  logic slot_free;
  logic policy_ready, victim_valid, not_now, pass_event_valid;
  logic [SlotBits-1:0] victim_slot;
  event_t pass_event;
  // Tables with check bits.
  inject_t [NumTables-1:0] table_inject;
  table_report_t [NumTables-1:0] table_report, policy_report;
  table_report_t owner_report, free_report, optimum_report;
  always_comb begin
    table_report                 = policy_report;
    table_report[TableOwners]    = owner_report;
    table_report[TableFreeSlots] = free_report;
    table_report[TableOptimum]   = optimum_report;
  end
  logic owner_read, owner_used, owner_lost, skip_lost, scan_misses;
  logic [SlotBits-1:0] owner_slot;
  host_t owner_host;
  segment_t owner_segment;

  // ---- Issue and answers ------------------------------------------------------------------------------------------
  logic issue_valid, issue_walk, own_valid, own_paged;
  issue_t issued;
  txn_t own_txn;
  logic [7:0] own_tag;
  status_e own_status;
  logic [1:0] epoch, ended_epoch, atomic_busy, atomic_done;
  logic ended, drain_idle;
  logic [NumHolders-1:0] drain_wanted;
  logic retire;
  logic [1:0] retire_epoch;

  // ---- Intake: [0] hosts, [1] walks -------------------------------------------------------------------------------
  logic [1:0] request_valid, request_take;
  logic [NumHosts-1:0] intake_busy[2];
  logic [HostBits-1:0] request_host[2];
  txn_t request_txn[2];
  info_t request_info[2];
  logic [NumHosts-1:0] entry_release[2];
  logic [EntryBits-1:0] entry_released[2][NumHosts];

  tarn_pool_intake #(
    .NumHosts(NumHosts), .HostEntries(HostEntries), .SegmentBytes(SegmentBytes), .SegmentsPerHost(SegmentsPerHost), .Walk(1'b0)
  ) u_host_intake (
    .clk_i, .rst_ni, .open_i(open), .enable_i(enable), .base_i(base), .segments_i(segments),
    .req_valid_i(host_req_valid), .req_ready_o(host_req_ready), .req_i(host_req_i),
    .take_i(request_take[0]), .valid_o(request_valid[0]), .host_o(request_host[0]), .txn_o(request_txn[0]),
    .info_o(request_info[0]), .release_i(entry_release[0]), .release_entry_i(entry_released[0]), .busy_o(intake_busy[0])
  );
  tarn_pool_intake #(
    .NumHosts(NumHosts), .HostEntries(HostEntries), .SegmentBytes(SegmentBytes), .SegmentsPerHost(SegmentsPerHost), .Walk(1'b1),
    .Present(Walks[NumHosts-1:0])
  ) u_walk_intake (
    .clk_i, .rst_ni, .open_i(open), .enable_i(enable), .base_i(base), .segments_i(segments),
    .req_valid_i(walk_req_valid), .req_ready_o(walk_req_ready), .req_i(walk_req_i),
    .take_i(request_take[1]), .valid_o(request_valid[1]), .host_o(request_host[1]), .txn_o(request_txn[1]),
    .info_o(request_info[1]), .release_i(entry_release[1]), .release_entry_i(entry_released[1]), .busy_o(intake_busy[1])
  );

  // ---- The map ----------------------------------------------------------------------------------------------------
  logic hotness_ready, latency_ready, idle_cycle;
  logic map_unit_ready, map_write_room, map_idle, map_hit, map_write, map_install, map_room;
  logic map_fetched, map_lost, map_parity_error;
  logic fetching, serving, fetch_held, fetch_begin, fetch_linger, fetch_touched, map_full;
  logic [1:0] fetch_free;
  logic [FetchBits-1:0] fetch;
  logic [MapEntryBits-1:0] map_entry, map_entry_new;
  logic [WideEntryBits-1:0] wide_entry, wide_entry_new;
  logic map_valid, map_take, table_valid, table_take;
  map_access_t map_access, table_access;
  pass_t fetch_pass[MapFetches];
  hold_t fetch_hold[MapFetches];

  assign map_ready = lookup_ready && map_unit_ready && hotness_ready && latency_ready;
`ifdef TARN_PLANT
  // One entry in eight is stored with a wrong bit.
  logic [2:0] spoil_count_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) spoil_count_q <= '0;
    else if (plant_i == 5'd8) spoil_count_q <= spoil_count_q + 1'b1;
  end
`endif
  tarn_pool_map #(
    .NumHosts(NumHosts), .SegmentsPerHost(SegmentsPerHost), .EntryBits(MapEntryBits),
    .LostEntry(MapEntryBits'(1) << (MapEntryBits - 1)), .FirstLine(MapFirstLine),
    .CacheSets(MapSets), .CacheWays(MapWays), .NumFetches(MapFetches), .Parity(Parity)
  ) u_map (
    .clk_i, .rst_ni,
`ifdef TARN_PLANT
    .plant_i('0),
`endif
    .ready_o(map_unit_ready), .write_room_o(map_write_room), .idle_o(map_idle), .segments_i(next_segments),
    .read_i(pass_valid && !pass.info.error), .host_i(pass.info.host), .segment_i(pass.info.segment),
    .read_fetched_i(pass_valid && pass.kind == PassInstall), .read_fetch_i(FetchBits'(32'(pass.holder) - NumHolders)),
    .hit_o(map_hit), .entry_o(map_entry), .write_i(map_write), .entry_i(map_entry_new),
    .install_i(map_install), .room_o(map_room),
`ifdef TARN_PLANT
    .spoil_i(spoil_count_q == '1),
`else
    .spoil_i(1'b0),
`endif
    .fetching_o(fetching), .serving_o(serving), .held_o(fetch_held), .fetch_o(fetch), .full_o(map_full),
    .fetch_free_o(fetch_free),
    .begin_i(fetch_begin), .linger_i(fetch_linger), .touched_i(fetch_touched),
    .list_filled_i(list_filled[NumEngines+NumRequesters+:MapFetches]),
    .pass_valid_o(holder_valid[NumHolders+:MapFetches]), .pass_o(fetch_pass), .hold_o(fetch_hold),
    .pass_take_i(holder_take[NumHolders+:MapFetches]), .outcome_valid_i(holder_outcome[NumHolders+:MapFetches]),
    .result_i(outcome.result),
    .access_valid_o(map_valid), .access_o(map_access), .access_take_i(map_take),
    .slot_rsp_valid_i(slot_rsp_taken), .slot_rsp_i,
    .fetched_o(map_fetched), .lost_o(map_lost), .parity_error_o(map_parity_error)
  );
  tarn_pool_map_code #(.SlotBits(SlotBits), .Pages(Pages), .SummedPages(PageChecksum)) u_map_code (
    .clk_i, .rst_ni, .stored_i(map_entry), .entry_o(wide_entry), .write_i(map_write), .entry_i(wide_entry_new), .stored_o(map_entry_new)
  );
  for (genvar f = 0; f < MapFetches; f++) begin : gen_fetch_passes
    assign holder_pass[NumHolders+f] = fetch_pass[f];
    assign hold[NumHolders+f]        = fetch_hold[f];
  end

  tarn_pool_schedule #(
    .NumHosts(NumHosts), .NumEngines(NumEngines), .NumHolders(NumHolders), .NumFetches(MapFetches), .HostEntries(HostEntries),
    .SegmentsPerHost(SegmentsPerHost)
  ) u_schedule (
    .clk_i, .rst_ni, .ready_i(map_ready && !after_move_q), .write_room_i(map_write_room && policy_ready),
    .control_valid_i(control_valid), .control_i(control_pass), .control_take_o(control_take),
    .holder_valid_i(holder_valid), .holder_i(holder_pass), .hold_i(hold), .holder_take_o(holder_take),
    .victim_valid_i(victim_pass_valid), .victim_i(victim_pass), .victim_take_o(victim_take),
    .prefetch_valid_i(prefetch_valid), .prefetch_i(prefetch_sent), .prefetch_take_o(prefetch_take),
    .request_valid_i(request_valid), .request_txn_i(request_txn), .request_info_i(request_info),
    .request_take_o(request_take), .requests_wait_i(map_full || idle_cycle), .list_filled_i(list_filled), .list_head_i(list_head), .engine_free_i(engine_free),
    .retry_failed_i(outcome_valid && outcome_kind == PassRetry && outcome.result inside {ResultNotNow, ResultMapMiss}),
    .map_missed_i(outcome_valid && outcome.result == ResultMapMiss), .host_retried_o(host_retried),
    .pass_valid_o(pass_valid), .pass_o(pass)
  );

  tarn_pool_lookup #(
    .NumHosts(NumHosts), .HostEntries(HostEntries), .SegmentBytes(SegmentBytes),
    .NumSlots(NumSlots), .NumEngines(NumEngines), .NumEvictors(NumEvictors), .NumFetches(MapFetches),
    .MapEntryBits(WideEntryBits), .TableEcc(TableEcc)
  ) u_lookup (
`ifdef TARN_PLANT
    .plant_i,
`endif
    .clk_i, .rst_ni, .ready_o(lookup_ready), .pass_valid_i(pass_valid), .pass_i(pass),
    .map_hit_i(map_hit), .map_entry_i(wide_entry), .map_write_o(map_write), .map_entry_o(wide_entry_new),
    .map_install_o(map_install), .map_room_i(map_room),
    .fetching_i(fetching), .serving_i(serving), .fetch_held_i(fetch_held), .fetch_i(fetch), .fetch_free_i(fetch_free),
    .fetch_begin_o(fetch_begin), .fetch_linger_o(fetch_linger), .fetch_touched_o(fetch_touched),
    .outcome_valid_o(outcome_valid), .outcome_kind_o(outcome_kind), .outcome_holder_o(outcome_holder),
    .outcome_o(outcome), .unload_abort_o(unload_abort), .released_o(released),
    .released_whole_o(released_whole),
    .issue_valid_o(issue_valid), .issue_walk_o(issue_walk), .issue_o(issued), .epoch_i(epoch),
    .atomic_busy_i(atomic_busy),
    .own_valid_o(own_valid), .own_txn_o(own_txn), .own_tag_o(own_tag), .own_status_o(own_status), .own_paged_o(own_paged),
    .engine_idle_i(engine_idle), .engine_free_i(engine_free), .evictor_idle_i(evictor_idle), .hold_i(hold[0:NumHolders-1]), .early_i(early),
    .quarantine_i(evictor_quarantine), .written_i(written_pages), .zeroed_i(zeroed_pages),
    .begin_valid_o(begin_valid), .begin_o(begin_what), .begin_evict_o(begin_evict),
    .begin_valid_pages_o(begin_valid_pages), .begin_dirty_o(begin_dirty), .begin_on_bulk_o(begin_on_bulk),
    .mover_idle_i(mover_idle), .mover_from_i(mover_from[SlotBits-1:0]), .mover_to_i(mover_to[SlotBits-1:0]),
    .move_begin_o(move_begin), .move_to_o(move_to), .page_changes_o(page_changes),
    .joined_o(joined), .list_filled_o(list_filled), .list_head_o(list_head),
    .slots_i(slots), .fast_slots_i(fast_slots), .slots_spare_i(slots_spare), .slot_free_o(slot_free), .slots_free_o(class_free), .assigned_o(assigned),
    .owner_read_i(owner_read), .owner_slot_i(owner_slot), .owner_used_o(owner_used), .owner_host_o(owner_host),
    .owner_segment_o(owner_segment), .owner_lost_o(owner_lost),
    .owner_inject_i(table_inject[TableOwners]), .owner_report_o(owner_report),
    .free_inject_i(table_inject[TableFreeSlots]), .free_report_o(free_report), .floor_i(slots_floor), .share_keeps_i(share_keeps), .staying_o(staying), .resident_o(resident),
    .word_i(word), .load_on_bulk_i(load_on_bulk), .load_lost_pages_i(load_lost_pages), .read_resident_o(read_resident),
    .read_pinned_o(read_pinned), .read_lost_o(read_lost), .read_slot_o(read_slot), .read_valid_pages_o(read_valid_pages),
    .read_dirty_o(read_dirty), .read_on_bulk_o(read_on_bulk), .read_lost_pages_o(read_lost_pages), .count_o(counted), .policy_event_valid_o(pass_event_valid), .policy_event_o(pass_event), .probe_o(probe_o)
  );

  assign slots_free = class_free[0] + class_free[1];
  // The hotness monitoring takes two cycles for a move (ProbeMoved).
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) after_move_q <= 1'b0;
    else after_move_q <= pass_valid && pass.kind == PassMoveSwitch;
  end

  // Whose pass was decided.
  always_comb begin
    holder_outcome = '0;
    if (outcome_valid && outcome_kind inside {PassReplay, PassFail, PassAssign, PassPageValid, PassSetDirty, PassUnload, PassInstall, PassMoveBegin, PassMoveHold,
                                               PassMoveSwitch, PassMoveFinish}) begin
      for (int unsigned i = 0; i < NumPassers; i++) holder_outcome[i] = outcome_holder == holder_t'(i);
    end
  end
  assign victim_outcome    = outcome_valid && outcome_kind inside {PassVictim, PassColdOut, PassFlush};
  assign control_outcome = outcome_valid && outcome_kind inside {PassRead, PassLoad, PassRelease, PassOrder};

  // ---- Quiet pages ------------------------------------------------------------------------------------------------
  tarn_pool_drain #(.CountBits($clog2(NumRequesters * HostEntries + 1))) u_drain (
    .clk_i, .rst_ni,
    .issue_i(issue_valid), .retire_i(retire), .retire_epoch_i(retire_epoch), .wanted_i(drain_wanted != '0),
    .epoch_o(epoch), .ended_o(ended), .ended_epoch_o(ended_epoch), .idle_o(drain_idle)
  );

  // ---- Engines ----------------------------------------------------------------------------------------------------
  logic [NumEngines-1:0] cmd_valid, cmd_take, filling, beat, engine_cpl, make_valid, make_poison, make_take, fill_written;
  logic [1:0] engine_tag[NumEngines];
  line_t first_line[NumEngines];
  line_t make_line[NumEngines];
  line_t written_line;
  logic beat_poison;
  slot_t engine_slot[NumEngines];
  hold_t engine_hold[NumEngines];
  logic fill_written_bad;
  logic [1:0] cpl_tag;
  tarn_bulk_pkg::bulk_status_e cpl_status;
  logic [NumEngines-1:0] check_wait, check_bad, corrupt;
  logic sum_in_room, sum_out_room;
  logic [NumHolders-1:0] notice_valid, notice_posted, notice_taken, notice_forget;
  hold_t notice_hold[NumHolders];
  tarn_pool_msg_pkg::change_e notice_change[NumHolders];

  logic [NumEngines-1:0] slot_turn;
  for (genvar e = 0; e < NumEngines; e++) begin : gen_engines
    tarn_pool_engine u_engine (
      .clk_i, .rst_ni,
      .timeout_i(timeout), .offline_delay_i(offline_delay), .offline_limit_i(offline_limit),
      .begin_valid_i(begin_valid[e]), .begin_i(begin_what), .idle_o(engine_idle[e]), .walk_o(engine_walk[e]),
      .stuck_o(engine_stuck[e]), .quarantine_o(engine_quarantine[e]), .hold_o(engine_hold[e]),
      .slot_o(engine_slot[e]), .first_line_o(first_line[e]),
      .list_filled_i(list_filled[e]), .joined_i(joined[e]), .head_walk_i(list_head[e].walk),
      .slot_free_i(slot_free && slot_turn[e]), .waits_slot_o(waits_slot[e]),
      .pass_valid_o(holder_valid[e]), .pass_o(holder_pass[e]), .pass_take_i(holder_take[e]),
      .outcome_valid_i(holder_outcome[e]), .outcome_i(outcome),
      .cmd_valid_o(cmd_valid[e]), .cmd_tag_o(engine_tag[e]), .cmd_take_i(cmd_take[e]),
      .filling_o(filling[e]), .beat_i(beat[e]), .beat_poison_i(beat_poison), .early_o(early[e]),
      .cpl_valid_i(engine_cpl[e]), .cpl_tag_i(cpl_tag), .cpl_status_i(cpl_status),
      .make_valid_o(make_valid[e]), .make_poison_o(make_poison[e]), .make_line_o(make_line[e]),
      .make_take_i(make_take[e]), .written_i(fill_written[e]), .written_line_i(written_line),
      .written_bad_i(fill_written_bad),
      .check_wait_i(check_wait[e]), .check_bad_i(check_bad[e]), .corrupt_o(corrupt[e]),
      .notice_valid_o(notice_valid[e]), .notice_posted_i(notice_posted[e]), .notice_taken_i(notice_taken[e]),
      .notice_late_i(notice_late),
      .drain_wanted_o(drain_wanted[e]), .epoch_i(epoch), .ended_i(ended), .ended_epoch_i(ended_epoch),
      .atomic_busy_i(atomic_busy), .atomic_done_i(atomic_done)
    );
    assign hold[e]          = engine_hold[e];
    assign notice_forget[e] = 1'b0;
    assign notice_hold[e]   = engine_hold[e];
    assign notice_change[e] = tarn_pool_msg_pkg::ChangeFirstWrite;
  end

  // Free slots go to the hosts whose engines wait for one in turn.
  logic [NumEngines-1:0] asks_slot;  // a cap of evictions may hold it back
  logic [$clog2(NumEngines)-1:0] slot_next;
  logic [HostBits-1:0] engine_host[NumEngines];
  host_t engine_host_wide[NumEngines];
  always_comb begin
    for (int unsigned e = 0; e < NumEngines; e++) begin
      engine_host_wide[e] = engine_hold[e].host;
      engine_host[e]      = HostBits'(engine_hold[e].host);
    end
  end
  tarn_pool_host_turns #(.Groups(NumHosts), .Sources(NumEngines)) u_slot_turns (
    .clk_i, .rst_ni, .weight_i(host_weight), .req_i(asks_slot), .group_i(engine_host), .grant_o(slot_turn), .index_o(slot_next),
    .taken_i(assigned && outcome_kind == PassAssign), .taken_index_i(($clog2(NumEngines))'(outcome_holder))
  );

  `TARN_ASSERT(SlotTurnWaits, asks_slot == '0 || asks_slot[slot_next])

  logic [4:0] engine_floor_held[NumHosts];
  logic [15:0] eviction_cap_held[NumHosts];
  logic [4:0] plant;
`ifdef TARN_PLANT
  assign plant = plant_i;
`else
  assign plant = '0;
`endif
  always_comb begin
    for (int unsigned h = 0; h < NumHosts; h++) begin
      engine_floor_held[h] = plant == 5'd14 ? '0 : engine_floor[h];
      eviction_cap_held[h] = plant == 5'd11 ? '0 : eviction_cap[h];
    end
  end
  tarn_pool_engine_shares #(.NumHosts(NumHosts), .NumEngines(NumEngines), .WalkEngines(WalkEngines)) u_engine_shares (
    .clk_i, .rst_ni, .windows_i(has_window), .floor_i(engine_floor_held), .floors_valid_o(engine_floors_valid),
    .idle_i(engine_idle), .stuck_i(engine_stuck), .walk_i(engine_walk), .host_i(engine_host_wide),
    .parked_i(list_filled[NumEngines+:NumHosts]), .tried_i(host_retried), .walk_takes_i(begin_valid[NumEngines-1:0] != '0 && begin_what.walk),
    .free_o(engine_free)
  );

  // ---- Evictors and victims ---------------------------------------------------------------------------------------
  logic [NumEvictors:0] read_valid, read_take, line_valid;  // evictors, then the mover
  logic [NumEvictors-1:0] out_cmd_valid, out_cmd_take, out_cmd_sent, out_trim, out_cpl;
  logic [NumEvictors-1:0] out_beat_valid, out_beat_ready, out_released;
  slot_t line_slot[NumEvictors+1];
  page_t read_page[NumEvictors+1];
  line_t read_line[NumEvictors+1];
  line_t out_line;
  logic [1:0] out_tag[NumEvictors];
  page_t out_page[NumEvictors];
  page_t notice_page[NumEvictors];
  tarn_bulk_pkg::bulk_beat_t out_beat[NumEvictors];
  hold_t evictor_hold[NumEvictors];
  logic [NumEvictors-1:0] sum_start, sum_store, sum_busy;

  for (genvar e = 0; e < NumEvictors; e++) begin : gen_evictors
    localparam int unsigned Holder = NumEngines + e;
    tarn_pool_evictor #(.Pages(Pages)) u_evictor (
      .clk_i, .rst_ni,
      .timeout_i(timeout), .offline_delay_i(offline_delay), .offline_limit_i(offline_limit), .retry_limit_i(retry_limit),
      .begin_valid_i(begin_valid[Holder]), .begin_kind_i(begin_evict), .begin_i(begin_what),
      .begin_valid_pages_i(begin_valid_pages), .begin_dirty_i(begin_dirty), .begin_on_bulk_i(begin_on_bulk),
      .idle_o(evictor_idle[e]), .quarantine_o(evictor_quarantine[e]), .freeing_o(freeing[e]),
      .hold_o(evictor_hold[e]), .slot_o(line_slot[e]),
      .pass_valid_o(holder_valid[Holder]), .pass_o(holder_pass[Holder]), .written_o(written_pages[e]),
      .zeroed_o(zeroed_pages[e]),
      .pass_take_i(holder_take[Holder]), .outcome_valid_i(holder_outcome[Holder]), .result_i(outcome.result),
      .read_valid_o(read_valid[e]), .read_page_o(read_page[e]), .read_line_o(read_line[e]), .read_take_i(read_take[e]),
      .line_valid_i(line_valid[e]), .line_i(out_line), .line_rsp_i(slot_rsp_i),
      .sum_start_o(sum_start[e]), .sum_store_o(sum_store[e]), .sum_busy_i(sum_busy[e]),
      .cmd_valid_o(out_cmd_valid[e]), .cmd_trim_o(out_trim[e]), .cmd_tag_o(out_tag[e]), .cmd_page_o(out_page[e]),
      .cmd_take_i(out_cmd_take[e]), .cmd_sent_i(out_cmd_sent[e]),
      .beat_valid_o(out_beat_valid[e]), .beat_o(out_beat[e]), .beat_ready_i(out_beat_ready[e]),
      .cpl_valid_i(out_cpl[e]), .cpl_tag_i(cpl_tag), .cpl_status_i(cpl_status),
      .notice_valid_o(notice_valid[Holder]), .notice_page_o(notice_page[e]), .notice_posted_i(notice_posted[Holder]),
      .notice_taken_i(notice_taken[Holder]), .notice_late_i(notice_late), .notice_forget_o(notice_forget[Holder]),
      .notice_released_o(out_released[e]),
      .drain_wanted_o(drain_wanted[Holder]), .epoch_i(epoch), .ended_i(ended), .ended_epoch_i(ended_epoch)
    );
    assign hold[Holder] = evictor_hold[e];
    always_comb begin
      notice_hold[Holder]      = evictor_hold[e];
      notice_hold[Holder].page = notice_page[e];
    end
    assign notice_change[Holder] = out_released[e] ? tarn_pool_msg_pkg::ChangeReleased
                                                   : tarn_pool_msg_pkg::ChangeWrittenOut;
  end

  // Empty slots ahead of need, so that a page-in seldom waits for a page-out.
  logic marks_want, cold_valid, cold_take;
  logic [SlotBits-1:0] cold_slot;
  logic evicts;
  assign evicts = begin_valid[NumEngines+:NumEvictors] != '0;
  logic [31:0] slots_coming, slots_needed;
  always_comb begin
    slots_coming = 32'(slots_free);
    for (int unsigned e = 0; e < NumEvictors; e++) slots_coming += 32'(freeing[e]);
    slots_needed = ReserveSlots;
    for (int unsigned e = 0; e < NumEngines; e++) slots_needed += 32'(asks_slot[e]);
  end
  tarn_pool_eviction_caps #(.NumHosts(NumHosts), .NumEngines(NumEngines), .ReserveSlots(ReserveSlots)) u_eviction_caps (
    .clk_i, .rst_ni, .cap_i(eviction_cap_held), .window_i(eviction_window), .waits_i(waits_slot), .host_i(engine_host_wide),
    .coming_i(slots_coming), .admitted_o(asks_slot)
  );
  assign victim_wanted = evictor_idle != '0 && (open || engine_idle != '1) && (slots_coming < slots_needed || marks_want);
  tarn_pool_marks #(.NumSlots(NumSlots)) u_marks (
    .clk_i, .rst_ni, .slots_i(slots), .free_i(slots_free), .coming_i(slots_coming),
    .first_mark_i(first_mark), .page_out_mark_i(page_out_mark), .low_mark_i(low_mark), .assigned_i(assigned),
    .skipped_i(victim_outcome && outcome_kind == PassVictim && outcome.result == ResultDone),
    .evicts_i(evicts), .page_out_o(marks_want),
    .first_passed_o(first_passed), .page_out_passed_o(page_out_passed)
  );
  tarn_pool_victim #(.NumSlots(NumSlots)) u_victim (
    .clk_i, .rst_ni, .slots_i(slots), .wanted_i(victim_wanted),
    .cold_wanted_i(victim_wanted && marks_want), .cold_valid_i(cold_valid), .cold_slot_i(cold_slot), .cold_take_o(cold_take),
    .victim_valid_i(victim_valid), .victim_slot_i(victim_slot), .event_busy_i(pass_event_valid), .not_now_o(not_now),
    .skip_lost_o(skip_lost), .scan_i(scan), .scan_done_o(scan_done), .scan_misses_o(scan_misses), .idle_o(victim_idle),
    .owner_read_o(owner_read), .owner_slot_o(owner_slot), .owner_used_i(owner_used), .owner_host_i(owner_host),
    .owner_segment_i(owner_segment), .owner_lost_i(owner_lost),
    .pass_valid_o(victim_pass_valid), .pass_o(victim_pass), .pass_take_i(victim_take),
    .outcome_valid_i(victim_outcome), .outcome_i(outcome)
  );

  // ---- Sequential prefetch ----------------------------------------------------------------------------------------
  always_comb begin
    prefetch_sent = prefetch_pass;
`ifdef TARN_PLANT
    if (plant_i == 5'd10) prefetch_sent.info.host[0] = !prefetch_pass.info.host[0];
`endif
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) slots_spare <= 1'b0;
    else slots_spare <= 32'(slots_free) > slots_needed;
  end
  assign prefetch_begins = begin_valid[NumEngines-1:0] != '0 && outcome_kind == PassPrefetch;
  if (PrefetchStreams != 0) begin : gen_prefetch
    // More than half of the engines are free: requests' own misses do not wait for it.
    logic [31:0] engines_idle;
    always_comb begin
      engines_idle = '0;
      for (int unsigned e = 0; e < NumEngines; e++) engines_idle += 32'(engine_idle[e]);
    end
    tarn_pool_prefetch #(.NumHosts(NumHosts), .SegmentsPerHost(SegmentsPerHost), .Pages(Pages), .Streams(PrefetchStreams)) u_prefetch (
      .clk_i, .rst_ni, .enable_i(open && prefetch_depth != '0), .depth_i(prefetch_depth), .segments_i(segments), .probe_i(probe_o),
      .room_i(2 * engines_idle > NumEngines), .pass_valid_o(prefetch_valid), .pass_o(prefetch_pass), .pass_take_i(prefetch_take),
      .outcome_valid_i(outcome_valid && outcome_kind == PassPrefetch), .outcome_i(outcome)
    );
  end else begin : gen_no_prefetch
    assign prefetch_valid = 1'b0;
    assign prefetch_pass  = '0;
    logic unused;
    assign unused = ^{prefetch_depth, prefetch_take};
  end

  // ---- Hotness monitoring -----------------------------------------------------------------------------------------
  logic found_valid, found_hot_valid, idle_wanted;
  move_t found_cold, found_hot;
  logic [1:0] idle_turn_q;
  tarn_pool_msg_pkg::pool_probe_t hotness_hears;
  always_comb begin
    hotness_hears = probe_o;
`ifdef TARN_PLANT
    if (plant_i == 5'd9 && probe_o.walk) hotness_hears = '0;  // walks' accesses are not counted
`endif
  end
  if (Hotness) begin : gen_hotness
    tarn_pool_hotness #(
      .NumHosts(NumHosts), .SegmentBytes(SegmentBytes), .SegmentsPerHost(SegmentsPerHost), .NumSlots(NumSlots), .Parity(Parity)
    ) u_hotness (
      .clk_i, .rst_ni,
`ifdef TARN_PLANT
      .plant_i('0), .inject_i(1'b0),
`endif
      .ready_o(hotness_ready), .probe_i(hotness_hears), .first_mark_i(first_passed), .idle_wanted_o(idle_wanted),
      .reg_req_valid_i(hotness_reg_req_valid_i), .reg_req_i(hotness_reg_req_i), .reg_req_ready_o(hotness_reg_req_ready_o),
      .reg_rsp_valid_o(hotness_reg_rsp_valid_o), .reg_rsp_o(hotness_reg_rsp_o), .irq_o(hotness_irq_o),
      .cold_valid_o(found_valid), .cold_o(found_cold), .hot_valid_o(found_hot_valid), .hot_o(found_hot), .trace_o(hotness_probe_o)
    );
  end else begin : gen_no_hotness
    // Its registers read 0.
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) hotness_reg_rsp_valid_o <= 1'b0;
      else hotness_reg_rsp_valid_o <= hotness_reg_req_valid_i;
    end
    logic unused;
    assign unused = ^{hotness_reg_req_i, hotness_hears};
    assign hotness_reg_req_ready_o = 1'b1;
    assign hotness_reg_rsp_o       = '0;
    assign hotness_ready           = 1'b1;
    assign idle_wanted             = 1'b0;
    assign hotness_irq_o           = 1'b0;
    assign found_valid             = 1'b0;
    assign found_cold              = '0;
    assign found_hot_valid         = 1'b0;
    assign found_hot               = '0;
    assign hotness_probe_o         = '0;
  end
  tarn_pool_cold #(.NumSlots(NumSlots)) u_cold (
    .clk_i, .rst_ni, .cold_valid_i(found_valid), .cold_slot_i(found_cold.slot[SlotBits-1:0]), .probe_i(probe_o),
    .valid_o(cold_valid), .slot_o(cold_slot), .take_i(cold_take)
  );
  // A cycle without an event, for its sweep: no new request in one cycle of four, until it had one.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) idle_turn_q <= '0;
    else if (!idle_wanted) idle_turn_q <= '0;
    else idle_turn_q <= idle_turn_q + 1'b1;
  end
  assign idle_cycle = idle_wanted && idle_turn_q == '0;

  // ---- Moves between the speed classes ----------------------------------------------------------------------------
  logic candidate_valid, candidate_take, candidate_passes, copy_valid, copy_take, copied;
  move_t candidate;
  copy_t copy;
  page_t move_notice_page;
  tarn_pool_move_choice #(.NumSlots(NumSlots)) u_move_choice (
    .clk_i, .rst_ni, .enable_i(open && moves), .fast_slots_i(fast_slots), .slots_i(slots), .free_fast_i(class_free[0]),
    .reserve_i(fast_reserve), .hot_valid_i(found_hot_valid), .hot_i(found_hot), .cold_valid_i(found_valid), .cold_i(found_cold),
    .valid_o(candidate_valid), .move_o(candidate), .take_i(candidate_take), .passes_i(candidate_passes)
  );
  tarn_pool_mover #(.Pages(Pages), .Lines(MoveLines)) u_mover (
    .clk_i, .rst_ni, .timeout_i(timeout),
    .candidate_valid_i(candidate_valid), .candidate_i(candidate), .candidate_take_o(candidate_take),
    .candidate_passes_o(candidate_passes),
    .begin_valid_i(move_begin), .begin_i(begin_what), .begin_to_i(slot_t'(move_to)), .begin_valid_pages_i(begin_valid_pages),
    .idle_o(mover_idle), .hold_o(mover_hold), .from_o(mover_from), .to_o(mover_to), .page_changes_i(page_changes), .evicts_i(evicts),
    .pass_valid_o(holder_valid[Mover]), .pass_o(holder_pass[Mover]), .pass_take_i(holder_take[Mover]),
    .outcome_valid_i(holder_outcome[Mover]), .result_i(outcome.result),
    .read_valid_o(read_valid[NumEvictors]), .read_page_o(read_page[NumEvictors]), .read_line_o(read_line[NumEvictors]),
    .read_take_i(read_take[NumEvictors]), .line_valid_i(line_valid[NumEvictors]), .line_i(out_line), .line_rsp_i(slot_rsp_i),
    .copy_valid_o(copy_valid), .copy_o(copy), .copy_take_i(copy_take), .copied_i(copied), .copied_bad_i(fill_written_bad),
    .notice_valid_o(notice_valid[Mover]), .notice_page_o(move_notice_page), .notice_posted_i(notice_posted[Mover]),
    .notice_taken_i(notice_taken[Mover]), .notice_late_i(notice_late), .notice_forget_o(notice_forget[Mover]),
    .drain_wanted_o(drain_wanted[Mover]), .epoch_i(epoch), .ended_i(ended), .ended_epoch_i(ended_epoch)
  );
  assign hold[Mover]            = mover_hold;
  assign notice_change[Mover]   = tarn_pool_msg_pkg::ChangeMoved;
  assign line_slot[NumEvictors] = mover_from;
  always_comb begin
    notice_hold[Mover]      = mover_hold;
    notice_hold[Mover].page = move_notice_page;
  end

  // ---- The replacement policy -------------------------------------------------------------------------------------
  event_t policy_event;
  step_t policy_step;
  sampled_t policy_sampled;
  choice_t policy_choice;
  rule_t policy_rule;
  logic victim_all_skipped, policy_sample, policy_sample_dropped, policy_passed_by;
  always_comb begin
    policy_event = pass_event;
    if (!pass_event_valid) begin
      policy_event      = '0;
      policy_event.kind = skip_lost ? EventSkipped : EventNotNow;
      policy_event.slot = slot_t'(victim_slot);
    end
  end
  tarn_pool_policy #(
    .NumSlots(NumSlots), .NumHosts(NumHosts), .SegmentsPerHost(SegmentsPerHost), .SpareSlots(ReserveSlots - 1),
    .ShadowFrames(ShadowFrames), .Ecc(TableEcc), .BlockRam(BlockRam)
  ) u_policy (
    .clk_i, .rst_ni, .slots_i(slots), .event_valid_i(pass_event_valid || not_now), .event_i(policy_event),
    .ready_o(policy_ready), .wanted_i(victim_wanted), .victim_valid_o(victim_valid), .victim_slot_o(victim_slot),
    .all_skipped_o(victim_all_skipped), .rule_o(policy_rule), .step_o(policy_step), .sample_o(policy_sample),
    .sample_dropped_o(policy_sample_dropped), .sampled_o(policy_sampled), .choice_o(policy_choice),
    .passed_by_o(policy_passed_by), .inject_i(table_inject), .report_o(policy_report)
  );
  tarn_pool_slot_shares #(.NumHosts(NumHosts), .SlotBits(SlotBits)) u_slot_shares (
    .clk_i, .rst_ni, .share_i(slots_share), .floor_i(slots_floor), .staying_i(staying), .all_skipped_i(victim_all_skipped),
    .evicts_i(evicts), .keeps_o(share_keeps)
  );
  always_comb begin
    policy_probe_o.slots          = 24'(slots);
    policy_probe_o.ready          = policy_ready;
    policy_probe_o.wanted         = victim_wanted;
    policy_probe_o.not_now        = not_now && !skip_lost;
    policy_probe_o.skip_lost      = not_now && skip_lost;
    policy_probe_o.victim_valid   = victim_valid;
    policy_probe_o.victim_slot    = 24'(victim_slot);
    policy_probe_o.all_skipped    = victim_all_skipped;
    policy_probe_o.step_valid     = policy_step.valid;
    policy_probe_o.step_kind      = policy_step.kind;
    policy_probe_o.step_slot      = 24'(policy_step.slot);
    policy_probe_o.step_rule      = policy_step.rule;
    policy_probe_o.sample         = policy_sample;
    policy_probe_o.sample_dropped = policy_sample_dropped;
    policy_probe_o.sampled_valid  = policy_sampled.valid;
    policy_probe_o.sampled_missed = policy_sampled.missed;
    policy_probe_o.choice_valid   = policy_choice.valid;
    policy_probe_o.choice_rule    = policy_choice.rule;
  end

  // ---- What the optimum would miss --------------------------------------------------------------------------------
  tarn_pool_optimum_pkg::settings_t optimum_settings;
  tarn_pool_optimum_pkg::result_t optimum_result;
  logic optimum_listening;
  logic [26:0] optimum_epochs;
  logic [3:0] optimum_sampling;
  if (Optimum) begin : gen_optimum
    tarn_pool_optimum #(
      .NumSlots(NumSlots), .SegmentsPerHost(SegmentsPerHost), .SlotsMax(OptimumSlots), .History(OptimumHistory), .Sets(OptimumSets),
      .Ecc(TableEcc)
    ) u_optimum (
      .clk_i, .rst_ni,
`ifdef TARN_PLANT
      .plant_i(plant_i == 5'd15 ? 4'd1 : 4'd0),
`endif
      .slots_i(slots), .settings_i(optimum_settings), .probe_i(probe_o),
      .listening_o(optimum_listening), .epochs_o(optimum_epochs),
      .log2_sampling_o(optimum_sampling), .result_o(optimum_result), .trace_o(optimum_probe_o),
      .inject_i(table_inject[TableOptimum]), .report_o(optimum_report)
    );
  end else begin : gen_no_optimum
    logic unused;
    assign unused            = ^{optimum_settings, table_inject[TableOptimum]};
    assign optimum_listening = 1'b0;
    assign optimum_epochs    = '0;
    assign optimum_sampling  = '0;
    assign optimum_result    = '0;
    assign optimum_probe_o   = '0;
    assign optimum_report    = '0;
  end

  // ---- Bulk, class bulk, notices ----------------------------------------------------------------------------------
  tarn_pool_fill #(
    .NumEngines(NumEngines), .NumEvictors(NumEvictors), .SegmentBytes(SegmentBytes)
  ) u_fill (
    .clk_i, .rst_ni,
    .rdata_valid_i(bulk_rdata_valid_i), .rdata_i(bulk_rdata_i), .rdata_ready_o(bulk_rdata_ready_o),
    .beat_room_i(sum_in_room), .filling_i(filling), .tag_i(engine_tag), .hold_i(engine_hold), .slot_i(engine_slot), .beat_o(beat), .beat_poison_o(beat_poison),
    .make_valid_i(make_valid), .make_poison_i(make_poison), .make_line_i(make_line), .make_take_o(make_take),
    .written_o(fill_written), .written_line_o(written_line), .written_bad_o(fill_written_bad),
    .read_room_i(sum_out_room), .read_valid_i(read_valid), .read_slot_i(line_slot), .read_page_i(read_page), .read_line_i(read_line),
    .read_take_o(read_take), .line_valid_o(line_valid), .line_o(out_line),
    .copy_valid_i(copy_valid), .copy_i(copy), .copy_slot_i(mover_to), .copy_take_o(copy_take), .copied_o(copied),
    .map_valid_i(table_valid), .map_i(table_access), .map_take_o(table_take),
    .slot_req_valid_o(slot_req_valid_o[ClassBulk]), .slot_req_o(slot_req_o[ClassBulk]),
    .slot_req_ready_i(slot_req_ready[ClassBulk]), .slot_rsp_valid_i(slot_rsp_taken), .slot_rsp_i
  );
  // ---- A checksum per page ----------------------------------------------------------------------------------------
  logic sums_idle, page_corrupt;
  logic [31:0] corrupt_count;
  logic [39:0] corrupt_lpn;
  if (PageChecksum) begin : gen_checksum
    tarn_pool_checksum #(
      .NumEngines(NumEngines), .NumEvictors(NumEvictors), .Pages(Pages), .SegmentsPerHost(SegmentsPerHost),
      .FirstLine(SumFirstLine), .Serial(SerialChecksum)
    ) u_checksum (
      .clk_i, .rst_ni,
`ifdef TARN_PLANT
      .plant_i(plant_i[3:0]),
`endif
      .begin_valid_i(begin_valid[NumEngines-1:0]), .begin_i(begin_what), .engine_hold_i(engine_hold), .start_i(cmd_take),
      .beat_i(beat), .beat_req_i(slot_req_o[ClassBulk]), .wait_o(check_wait), .bad_o(check_bad),
      .corrupt_i(corrupt), .corrupt_o(page_corrupt), .corrupt_count_o(corrupt_count), .corrupt_lpn_o(corrupt_lpn),
      .evictor_hold_i(evictor_hold), .evictor_page_i(out_page), .page_start_i(sum_start), .page_line_i(line_valid[NumEvictors-1:0]),
      .page_store_i(sum_store), .store_busy_o(sum_busy), .idle_o(sums_idle),
      .in_room_o(sum_in_room), .out_room_o(sum_out_room), .page_asked_i(read_take[NumEvictors-1:0]),
      .map_valid_i(map_valid), .map_i(map_access), .map_take_o(map_take),
      .access_valid_o(table_valid), .access_o(table_access), .access_take_i(table_take), .slot_rsp_valid_i(slot_rsp_taken), .slot_rsp_i
    );
  end else begin : gen_no_checksum
    assign check_wait   = '0;
    assign check_bad    = '0;
    assign sum_busy     = '0;
    assign sums_idle    = 1'b1;
    assign sum_in_room  = 1'b1;
    assign sum_out_room = 1'b1;
    assign page_corrupt = 1'b0;
    assign corrupt_count = '0;
    assign corrupt_lpn  = '0;
    assign table_valid  = map_valid;
    assign table_access = map_access;
    assign map_take     = table_take;
  end
  tarn_pool_bulk_port #(.NumHosts(NumHosts), .NumEngines(NumEngines), .NumEvictors(NumEvictors), .Pages(Pages)) u_bulk (
    .clk_i, .rst_ni, .weight_i(host_weight),
    .engine_valid_i(cmd_valid), .engine_tag_i(engine_tag), .engine_hold_i(engine_hold), .engine_line_i(first_line),
    .engine_take_o(cmd_take), .engine_cpl_o(engine_cpl),
    .evictor_valid_i(out_cmd_valid), .evictor_trim_i(out_trim), .evictor_tag_i(out_tag), .evictor_hold_i(evictor_hold),
    .evictor_page_i(out_page), .evictor_take_o(out_cmd_take), .evictor_sent_o(out_cmd_sent), .evictor_cpl_o(out_cpl),
    .beat_valid_i(out_beat_valid), .beat_i(out_beat), .beat_ready_o(out_beat_ready),
    .flush_valid_i(flush_valid), .flush_take_o(flush_take), .flush_cpl_o(flush_cpl),
    .cpl_tag_o(cpl_tag), .cpl_status_o(cpl_status), .notice_o(bulk_notice),
    .bulk_cmd_valid_o, .bulk_cmd_o, .bulk_cmd_ready_i, .bulk_wdata_valid_o, .bulk_wdata_o, .bulk_wdata_ready_i,
    .bulk_cpl_valid_i, .bulk_cpl_i, .bulk_cpl_ready_o, .bulk_notice_valid_i, .bulk_notice_ready_o
  );
  tarn_pool_notices #(.NumSources(NumHolders), .Pages(Pages)) u_notices (
    .clk_i, .rst_ni, .timeout_i(notice_timeout), .late_o(notice_late),
    .valid_i(notice_valid), .hold_i(notice_hold), .change_i(notice_change),
    .posted_o(notice_posted), .taken_o(notice_taken), .forget_i(notice_forget),
    .change_valid_o, .change_o, .change_ready_i
  );

  // ---- Class ports and answers: [0] hosts, [1] walks --------------------------------------------------------------
  logic [1:0] class_rsp_valid, class_slot_rsp;
  logic [NumRequesters-1:0] answer_room;
  id_t class_rsp_id[2];
  line_rsp_t class_rsp[2];
  logic [1:0] class_epoch[2];

  assign class_slot_rsp[0] = slot_rsp_i.tag[11:10] == TagHost;
  assign class_slot_rsp[1] = slot_rsp_i.tag[11:10] == TagWalk;
  always_comb begin
    slot_rsp_ready_o = 1'b1;
    for (int unsigned r = 0; r < NumRequesters; r++) begin
      if (class_slot_rsp[r/NumHosts] && slot_rsp_i.tag[EntryBits+:HostBits] == HostBits'(r % NumHosts)) slot_rsp_ready_o = answer_room[r];
    end
  end
  assign slot_rsp_taken = slot_rsp_valid_i && slot_rsp_ready_o;
  assign retire            = class_rsp_valid != '0;
  assign retire_epoch      = class_rsp_valid[1] ? class_epoch[1] : class_epoch[0];

  tarn_pool_class_port #(
    .NumHosts(NumHosts), .HostEntries(HostEntries), .Atomics(HostAtomics), .TagKind(TagHost)
  ) u_host_class (
    .clk_i, .rst_ni,
    .accept_i(request_take[0]), .accept_id_i(request_txn[0].id), .accept_host_i(request_host[0]), .req_i(host_req_i),
    .issue_valid_i(issue_valid && !issue_walk), .issue_i(issued),
    .slot_req_ready_i(slot_req_ready[ClassHost]), .slot_rsp_valid_i(class_slot_rsp[0] && slot_rsp_taken), .slot_rsp_i,
    .slot_req_valid_o(slot_req_valid_o[ClassHost]), .slot_req_o(slot_req_o[ClassHost]),
    .rsp_valid_o(class_rsp_valid[0]), .rsp_id_o(class_rsp_id[0]), .rsp_o(class_rsp[0]), .rsp_epoch_o(class_epoch[0]),
    .atomic_busy_o(atomic_busy[0]), .atomic_done_o(atomic_done[0])
  );
  tarn_pool_class_port #(
    .NumHosts(NumHosts), .HostEntries(HostEntries), .Atomics(WalkAtomics), .EqualHalves(WalkHalves), .TagKind(TagWalk)
  ) u_walk_class (
    .clk_i, .rst_ni,
    .accept_i(request_take[1]), .accept_id_i(request_txn[1].id), .accept_host_i(request_host[1]), .req_i(walk_req_i),
    .issue_valid_i(issue_valid && issue_walk), .issue_i(issued),
    .slot_req_ready_i(slot_req_ready[ClassWalk]), .slot_rsp_valid_i(class_slot_rsp[1] && slot_rsp_taken), .slot_rsp_i,
    .slot_req_valid_o(slot_req_valid_o[ClassWalk]), .slot_req_o(slot_req_o[ClassWalk]),
    .rsp_valid_o(class_rsp_valid[1]), .rsp_id_o(class_rsp_id[1]), .rsp_o(class_rsp[1]), .rsp_epoch_o(class_epoch[1]),
    .atomic_busy_o(atomic_busy[1]), .atomic_done_o(atomic_done[1])
  );

  logic [NumRequesters-1:0] answer_released;
  logic [EntryBits-1:0] answer_entry[NumRequesters];
  line_rsp_t answer[NumRequesters];
  tarn_pool_answers #(.NumHosts(NumHosts), .HostEntries(HostEntries), .Walks(Walks[NumHosts-1:0]), .OneAnswer(OneAnswer)) u_answers (
    .clk_i, .rst_ni, .slot_ready_o(answer_room), .slot_offer_i(class_slot_rsp & {2{slot_rsp_valid_i}}), .slot_valid_i(class_rsp_valid), .slot_id_i(class_rsp_id), .slot_i(class_rsp),
    .own_valid_i(own_valid), .own_txn_i(own_txn), .own_tag_i(own_tag), .own_status_i(own_status), .own_paged_i(own_paged),
    .rsp_ready_i({walk_rsp_ready, host_rsp_ready}), .rsp_valid_o({walk_rsp_valid, host_rsp_valid}), .rsp_o(answer),
    .release_o(answer_released), .release_entry_o(answer_entry)
  );
  assign entry_release = '{answer_released[NumHosts-1:0], answer_released[NumHosts+:NumHosts]};
  for (genvar h = 0; h < NumHosts; h++) begin : gen_answers
    assign host_rsp_o[h]        = answer[h];
    assign walk_rsp_o[h]        = answer[NumHosts+h];
    assign entry_released[0][h] = answer_entry[h];
    assign entry_released[1][h] = answer_entry[NumHosts+h];
    assign released_host[h]     = released && counted.host == host_t'(h);
  end

  // ---- Registers and counters -------------------------------------------------------------------------------------
  assign host_busy = intake_busy[0] | intake_busy[1];
  assign all_idle  = engine_idle == '1 && evictor_idle == '1 && host_busy == '0 && drain_idle && victim_idle && map_idle && sums_idle && mover_idle && !candidate_valid;
  tarn_pool_control #(
    .NumHosts(NumHosts), .SegmentBytes(SegmentBytes), .SegmentsPerHost(SegmentsPerHost), .NumSlots(NumSlots),
    .NumEngines(NumEngines), .ReserveSlots(ReserveSlots), .Hotness(Hotness), .Optimum(Optimum), .Latencies(Latencies), .Prefetch(PrefetchStreams != 0)
  ) u_control (
    .clk_i, .rst_ni,
    .reg_req_valid_i, .reg_req_i, .reg_req_ready_o, .reg_rsp_valid_o, .reg_rsp_o,
    .host_reg_req_valid_i(host_reg_req_valid), .host_reg_req_i, .host_reg_req_ready_o(host_reg_req_ready),
    .host_reg_rsp_valid_o(host_reg_rsp_valid), .host_reg_rsp_o,
    .irq_o, .host_irq_o(host_irq),
    .enable_o(enable), .open_o(open), .base_o(base), .segments_o(segments), .next_segments_o(next_segments), .slots_o(slots), .floor_o(slots_floor),
    .share_o(slots_share), .windows_o(has_window), .engine_floor_o(engine_floor), .engine_floors_valid_i(engine_floors_valid),
    .eviction_cap_o(eviction_cap), .eviction_window_o(eviction_window), .weight_o(host_weight),
    .timeout_o(timeout), .offline_delay_o(offline_delay), .offline_limit_o(offline_limit), .retry_limit_o(retry_limit),
    .notice_timeout_o(notice_timeout),
    .pass_valid_o(control_valid), .pass_o(control_pass), .pass_take_i(control_take), .outcome_valid_i(control_outcome),
    .outcome_i(outcome), .word_o(word), .load_on_bulk_o(load_on_bulk), .load_lost_pages_o(load_lost_pages),
    .read_resident_i(read_resident), .read_pinned_i(read_pinned), .read_lost_i(read_lost), .read_slot_i(read_slot),
    .read_valid_pages_i(read_valid_pages), .read_dirty_i(read_dirty), .read_on_bulk_i(read_on_bulk), .read_lost_pages_i(read_lost_pages),
    .first_mark_o(first_mark), .page_out_mark_o(page_out_mark), .low_mark_o(low_mark),
    .first_passed_i(first_passed), .page_out_passed_i(page_out_passed),
    .idle_i(all_idle), .scan_o(scan), .scan_done_i(scan_done), .evictors_idle_i(evictor_idle == '1),
    .evictors_out_i(evictor_quarantine == '1), .engines_idle_i(engine_idle == '1), .host_busy_i(host_busy),
    .flush_misses_i(scan_misses), .flush_moves_i((victim_outcome && outcome.result == ResultDone) || (outcome_valid && outcome_kind == PassUnload)),
    .notice_late_i(notice_late), .bulk_late_i(engine_quarantine != '0 || evictor_quarantine != '0),
    .flush_valid_o(flush_valid), .flush_take_i(flush_take), .flush_cpl_i(flush_cpl),
    .flush_ok_i(cpl_status == tarn_bulk_pkg::BulkOk),
    .policy_rule_i(policy_rule), .sample_dropped_i(policy_sample_dropped), .sample_passed_by_i(policy_passed_by),
    .prefetch_depth_o(prefetch_depth), .prefetch_begins_i(prefetch_begins),
    .optimum_settings_o(optimum_settings), .optimum_listening_i(optimum_listening), .optimum_epochs_i(optimum_epochs), .optimum_sampling_i(optimum_sampling),
    .optimum_result_i(optimum_result),
    .map_ready_i(map_ready), .map_fetched_i(map_fetched), .map_lost_i(map_lost), .map_parity_error_i(map_parity_error),
    .table_inject_o(table_inject), .table_report_i(table_report),
    .slots_free_i(slots_free), .free_fast_i(class_free[0]), .fast_slots_o(fast_slots), .moves_o(moves), .fast_reserve_o(fast_reserve),
    .resident_i(resident), .unload_abort_i(unload_abort),
    .page_corrupt_i(page_corrupt), .corrupt_count_i(corrupt_count), .corrupt_lpn_i(corrupt_lpn),
    .bulk_notice_i(bulk_notice), .count_i(counted), .released_i(released_host),
    .released_whole_i(released_whole),
    .counter_read_o(counter_read), .counter_index_o(counter_index), .counter_i(counter_value),
    .latency_read_o(latency_read), .latency_host_o(latency_host), .latency_bin_o(latency_bin), .latency_valid_i(latency_valid),
    .latency_i(latency_count)
  );
  if (Latencies) begin : gen_latencies
    tarn_pool_latency #(.NumHosts(NumHosts), .HostEntries(HostEntries)) u_latency (
      .clk_i, .rst_ni, .ready_o(latency_ready),
      .accept_i(request_take), .accept_id_i('{request_txn[0].id, request_txn[1].id}),
      .slot_valid_i(class_rsp_valid != '0), .slot_txn_i({class_rsp_valid[1], class_rsp_id[class_rsp_valid[1]]}),
      .own_valid_i(own_valid), .own_txn_i(own_txn),
      .read_i(latency_read), .read_host_i(latency_host), .read_bin_i(latency_bin), .read_valid_o(latency_valid),
      .read_count_o(latency_count)
    );
  end else begin : gen_no_latencies
    logic unused;
    assign unused        = ^{latency_host, latency_bin};
    assign latency_ready = 1'b1;
    assign latency_valid = latency_read;
    assign latency_count = '0;
  end
  tarn_pool_counters #(.NumHosts(NumHosts), .Pages(Pages)) u_counters (
    .clk_i, .rst_ni, .count_i(counted), .notice_i(change_valid_o && change_ready_i),
    .notice_host_i(change_o.host[HostBits-1:0]), .release_i(released), .release_host_i(counted.host[HostBits-1:0]),
    .stall_i(host_req_valid & ~host_req_ready), .walk_stall_i(walk_req_valid & ~walk_req_ready),
    .read_i(counter_read), .index_i(counter_index), .value_o(counter_value)
  );

  `TARN_ASSERT(OneBegins, (begin_valid & (begin_valid - 1'b1)) == '0)
  `TARN_ASSERT(OnePassUnderWay, !(pass_valid && !map_ready))
endmodule : tarn_pool
