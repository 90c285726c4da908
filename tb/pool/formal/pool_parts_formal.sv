// The parts of tarn_pool that own segments, slots and pages, put together as there, with everything else free within its
// protocol: lookup with slots, lists, holds and fate; schedule; drain; engines, evictors, the mover; notices.
// Two hosts with two segments each, two engines, two evictors; a host's port and its walk port have HostEntries transactions each.
// Around them:
// - The map is an array of entries, in the code that memory holds. Any pass may miss it; memory may lose any entry at any time.
// - The policy, the cold list and a flush propose any slot for any segment; software orders anything; floors and shares change at will.
// - The channel answers each request and line once, at any time, with any status. Data is left out, but for "zero or not".
// - Bulk takes commands and beats at any time, completes each command once, or never, with any status; time passes at will.
// - Change notices are taken at any time, or late.
// fault_i: a part is faulty (those of the lookup with TARN_PLANT alone).
module pool_parts_formal
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;
  import pool_formal_pkg::*;
#(
  parameter int unsigned SegmentBytes = 4096,
  parameter int unsigned NumSlots     = 3,
  parameter int unsigned FastSlots    = 2,
  parameter int unsigned HostEntries  = 1,  // 1 or 2
  parameter int unsigned PageLines    = 2
) (
  input logic       clk_i,
  input logic       rst_ni,
  input free_t      free_i,
  input fault_e     fault_i
);
  localparam int unsigned Pages         = SegmentBytes / PageBytes;
  localparam int unsigned SlotBits      = $clog2(NumSlots);
  localparam int unsigned NumHolders    = Engines + Evictors + 1;
  localparam int unsigned Mover         = NumHolders - 1;
  localparam int unsigned NumPassers    = NumHolders + Fetches;
  localparam int unsigned NumRequesters = 2 * Hosts;
  localparam int unsigned NumLists      = Engines + NumRequesters + Fetches;
  localparam int unsigned StoredBits    = map_entry_bits(SlotBits, Pages);
  localparam int unsigned WideBits      = StoredBits + 2 * Pages;

  function automatic page_t page_of(place_t place);
    return Pages > 1 ? page_t'(place.page) : '0;
  endfunction
  function automatic info_t info_of(place_t place);
    info_t info;
    info         = '0;
    info.host    = host_t'(place.host);
    info.segment = segment_t'(place.segment);
    info.page    = page_of(place);
    return info;
  endfunction
  // A time-out, or a limit: reached now, or never.
  function automatic logic [31:0] reached(logic now);
    return now ? '0 : '1;
  endfunction

  logic ready, pass_valid, outcome_valid;
  pass_t pass;
  pass_e outcome_kind;
  holder_t outcome_holder;
  outcome_t outcome;
  logic [NumPassers-1:0] holder_valid, holder_take, holder_outcome;
  pass_t holder_pass[NumPassers];
  hold_t hold[NumPassers];
  logic [NumHolders-1:0] begin_valid;
  begin_t begin_what;
  evict_e begin_evict;
  logic [Pages-1:0] begin_valid_pages, begin_dirty, begin_on_bulk;
  logic [Engines-1:0] joined, engine_idle;
  logic [LinesPerPage-1:0] early[Engines];
  logic [Evictors-1:0] evictor_idle, quarantine;
  logic [Pages-1:0] written_pages[Evictors];
  logic [Pages-1:0] zeroed_pages[Evictors];
  logic [NumLists-1:0] list_filled;
  txn_t list_head[NumLists];
  logic issue_valid, issue_walk, own_valid;
  issue_t issued;
  txn_t own_txn;
  logic [1:0] epoch, ended_epoch;
  logic ended;
  logic [NumHolders-1:0] drain_wanted;
  logic mover_idle, move_begin, page_changes, slot_free;
  logic [SlotBits-1:0] move_to;
  slot_t mover_from, mover_to;
  hold_t mover_hold;
  logic [1:0] atomic_busy_q, atomic_done;
  logic [NumRequesters-1:0] engine_free;

  // ---- The map ----------------------------------------------------------------------------------------------------
  logic [StoredBits-1:0] stored_q[4];
  logic [StoredBits-1:0] stored, stored_new;
  logic [WideBits-1:0] entry, entry_new;
  logic [1:0] at_q, lose_at;
  logic map_hit, map_write;
  assign lose_at = {free_i.lose_at.host, free_i.lose_at.segment};
  assign stored  = stored_q[at_q];
  assign map_hit = free_i.hit;
  always_ff @(posedge clk_i) begin
    if (pass_valid) at_q <= {pass.info.host[0], pass.info.segment[0]};
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned i = 0; i < 4; i++) stored_q[i] <= '0;
    end else begin
      if (free_i.lose) stored_q[lose_at] <= StoredBits'(1) << (StoredBits - 1);
      if (map_write) stored_q[at_q] <= stored_new;
    end
  end
  tarn_pool_map_code #(.SlotBits(SlotBits), .Pages(Pages)) u_map_code (
    .clk_i, .rst_ni, .stored_i(stored), .entry_o(entry), .write_i(map_write), .entry_i(entry_new), .stored_o(stored_new)
  );

  // ---- Passes that others send ------------------------------------------------------------------------------------
  logic [Fetches-1:0] fetch_sent_q;
  pass_t control_pass, victim_pass, prefetch_pass;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fetch_sent_q <= '0;
    else fetch_sent_q <= holder_take[NumHolders+:Fetches];
  end
  always_comb begin
    for (int unsigned f = 0; f < Fetches; f++) begin
      holder_pass[NumHolders+f]      = '0;
      holder_pass[NumHolders+f].kind = free_i.fetch_install[f] ? PassInstall : PassReplay;
      hold[NumHolders+f]             = '0;
      hold[NumHolders+f].host        = host_t'(free_i.fetch_at.host);
      hold[NumHolders+f].segment     = segment_t'(free_i.fetch_at.segment);
      holder_valid[NumHolders+f]     = free_i.fetch_valid[f] && !fetch_sent_q[f]
                                       && (free_i.fetch_install[f] || list_filled[Engines+NumRequesters+f]);
    end
    control_pass         = '0;
    control_pass.order   = order_e'(free_i.control_order);
    control_pass.gave_up = free_i.control_began;
    control_pass.info    = info_of(free_i.control_at);
    unique case (free_i.control_kind)
      2'd0: control_pass.kind = PassRead;
      2'd1: control_pass.kind = PassLoad;
      2'd2: control_pass.kind = PassRelease;
      default: control_pass.kind = PassOrder;
    endcase
    victim_pass      = '0;
    victim_pass.kind = free_i.victim_kind == 2'd0 ? PassVictim : free_i.victim_kind == 2'd1 ? PassColdOut : PassFlush;
    victim_pass.slot = slot_t'(free_i.victim_slot);
    victim_pass.info = info_of(free_i.victim_at);
    prefetch_pass      = '0;
    prefetch_pass.kind = PassPrefetch;
    prefetch_pass.info = info_of(free_i.prefetch_at);
  end

  // ---- Requests: a transaction is busy from when it is taken until it is answered ------------------------------------
  localparam int unsigned Txns = 8;  // {walk, host, entry}
  logic [1:0] request_valid, request_take;
  txn_t request_txn[2];
  info_t request_info[2];
  logic [Txns-1:0] busy_q, in_flight_q;
  logic [1:0] epoch_q[Txns];
  logic [2:0] taken, issues, owns;
  logic retire;
  always_comb begin
    for (int unsigned c = 0; c < 2; c++) begin
      request_txn[c].walk   = 1'(c);
      request_txn[c].id     = id_t'({free_i.request_at[c].host, free_i.request_entry[c] && HostEntries == 2});
      request_info[c]       = info_of(free_i.request_at[c]);
      request_info[c].line  = line_t'(free_i.request_line[c]);
      request_info[c].op    = op_e'(free_i.request_op[c]);
      request_info[c].error = free_i.request_error[c];
      request_valid[c]      = free_i.request_valid[c] && !busy_q[{request_txn[c].walk, request_txn[c].id[1:0]}];
    end
  end
  assign taken  = {request_take[1], request_txn[request_take[1]].id[1:0]};
  assign issues = {issue_walk, issued.id[1:0]};
  assign owns   = {own_txn.walk, own_txn.id[1:0]};
  assign retire = free_i.retire && in_flight_q[free_i.retire_txn];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q      <= '0;
      in_flight_q <= '0;
    end else begin
      if (retire) begin
        busy_q[free_i.retire_txn]      <= 1'b0;
        in_flight_q[free_i.retire_txn] <= 1'b0;
      end
      if (own_valid) busy_q[owns] <= 1'b0;
      if (issue_valid) in_flight_q[issues] <= 1'b1;
      if (request_take != '0) busy_q[taken] <= 1'b1;
    end
  end
  always_ff @(posedge clk_i) if (issue_valid) epoch_q[issues] <= issued.epoch;

  // One atomic at a time in each class.
  assign atomic_done = free_i.atomic_done & atomic_busy_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      atomic_busy_q <= '0;
    end else begin
      for (int unsigned c = 0; c < 2; c++) begin
        if (issue_valid && issued.atomic && issue_walk == 1'(c)) atomic_busy_q[c] <= 1'b1;
        else if (atomic_done[c]) atomic_busy_q[c] <= 1'b0;
      end
    end
  end

  // ---- The parts --------------------------------------------------------------------------------------------------
  tarn_pool_schedule #(
    .NumHosts(Hosts), .NumEngines(Engines), .NumHolders(NumHolders), .NumFetches(Fetches), .HostEntries(HostEntries)
  ) u_schedule (
    .clk_i, .rst_ni, .ready_i(ready && !free_i.stall), .write_room_i(free_i.write_room),
    .control_valid_i(free_i.control_valid), .control_i(control_pass), .control_take_o(),
    .holder_valid_i(holder_valid), .holder_i(holder_pass), .hold_i(hold), .holder_take_o(holder_take),
    .victim_valid_i(free_i.victim_valid && 32'(free_i.victim_slot) < NumSlots), .victim_i(victim_pass), .victim_take_o(),
    .prefetch_valid_i(free_i.prefetch_valid), .prefetch_i(prefetch_pass), .prefetch_take_o(),
    .request_valid_i(request_valid), .request_txn_i(request_txn), .request_info_i(request_info),
    .request_take_o(request_take), .requests_wait_i(free_i.requests_wait), .list_filled_i(list_filled), .list_head_i(list_head),
    .engine_free_i(engine_free),
    .retry_failed_i(outcome_valid && outcome_kind == PassRetry && outcome.result inside {ResultNotNow, ResultMapMiss}),
    .map_missed_i(outcome_valid && outcome.result == ResultMapMiss), .host_retried_o(),
    .pass_valid_o(pass_valid), .pass_o(pass)
  );

  logic [SlotBits:0] floor[Hosts];
  always_comb begin
    for (int unsigned h = 0; h < Hosts; h++) floor[h] = (SlotBits + 1)'(free_i.floor[h]);
    engine_free = engine_idle != '0 ? free_i.engine_free : '0;
  end
`ifdef TARN_PLANT
  logic [4:0] plant;
  always_comb begin
    unique case (fault_i)
      FaultSwappedHost:  plant = 5'd3;
      FaultDirtyLost:    plant = 5'd4;
      FaultFloorIgnored: plant = 5'd6;
      FaultWriteUnnoted: plant = 5'd17;
      default: plant = '0;
    endcase
  end
`endif
  tarn_pool_lookup #(
    .NumHosts(Hosts), .HostEntries(HostEntries), .SegmentBytes(SegmentBytes),
    .NumSlots(NumSlots), .NumEngines(Engines), .NumEvictors(Evictors), .NumFetches(Fetches), .MapEntryBits(WideBits),
    .TableEcc(1'b0)
  ) u_lookup (
    .clk_i, .rst_ni, .ready_o(ready),
`ifdef TARN_PLANT
    .plant_i(plant),
`endif
    .pass_valid_i(pass_valid), .pass_i(pass),
    .map_hit_i(map_hit), .map_entry_i(entry), .map_write_o(map_write), .map_entry_o(entry_new), .map_install_o(), .map_room_i(1'b1),
    .fetching_i(free_i.fetching), .serving_i(free_i.serving), .fetch_held_i(free_i.fetch_held), .fetch_i(free_i.fetch),
    .fetch_free_i(free_i.fetch_free), .fetch_begin_o(), .fetch_linger_o(), .fetch_touched_o(),
    .outcome_valid_o(outcome_valid), .outcome_kind_o(outcome_kind), .outcome_holder_o(outcome_holder), .outcome_o(outcome),
    .unload_abort_o(), .released_o(), .released_whole_o(),
    .issue_valid_o(issue_valid), .issue_walk_o(issue_walk), .issue_o(issued), .epoch_i(epoch), .atomic_busy_i(atomic_busy_q),
    .own_valid_o(own_valid), .own_txn_o(own_txn), .own_tag_o(), .own_status_o(), .own_paged_o(),
    .engine_idle_i(engine_idle), .engine_free_i(engine_free), .evictor_idle_i(evictor_idle), .hold_i(hold[0:NumHolders-1]), .early_i(early),
    .quarantine_i(quarantine), .written_i(written_pages), .zeroed_i(zeroed_pages),
    .begin_valid_o(begin_valid), .begin_o(begin_what), .begin_evict_o(begin_evict),
    .begin_valid_pages_o(begin_valid_pages), .begin_dirty_o(begin_dirty), .begin_on_bulk_o(begin_on_bulk),
    .mover_idle_i(mover_idle), .mover_from_i(mover_from[SlotBits-1:0]), .mover_to_i(mover_to[SlotBits-1:0]),
    .move_begin_o(move_begin), .move_to_o(move_to), .page_changes_o(page_changes),
    .joined_o(joined), .list_filled_o(list_filled), .list_head_o(list_head),
    .slots_i((SlotBits + 1)'(NumSlots)), .fast_slots_i((SlotBits + 1)'(FastSlots)), .slots_spare_i(free_i.slots_spare),
    .slot_free_o(slot_free), .slots_free_o(), .assigned_o(),
    .owner_read_i(1'b0), .owner_slot_i('0), .owner_used_o(), .owner_host_o(), .owner_segment_o(), .owner_lost_o(),
    .owner_inject_i('0), .owner_report_o(), .free_inject_i('0), .free_report_o(),
    .floor_i(floor), .share_keeps_i(free_i.share_keeps), .staying_o(), .resident_o(),
    .word_i('0), .load_on_bulk_i(32'(free_i.load_on_bulk)), .load_lost_pages_i(32'(free_i.load_lost)),
    .read_resident_o(), .read_pinned_o(), .read_lost_o(), .read_slot_o(), .read_valid_pages_o(), .read_dirty_o(), .read_on_bulk_o(),
    .read_lost_pages_o(), .policy_event_valid_o(), .policy_event_o(), .count_o(), .probe_o()
  );
  always_comb begin
    holder_outcome = '0;
    if (outcome_valid && outcome_kind inside {PassReplay, PassFail, PassAssign, PassPageValid, PassSetDirty, PassUnload, PassInstall, PassMoveBegin, PassMoveHold,
                                               PassMoveSwitch, PassMoveFinish}) begin
      for (int unsigned i = 0; i < NumPassers; i++) holder_outcome[i] = outcome_holder == holder_t'(i);
    end
  end

  tarn_pool_drain #(.CountBits($clog2(NumRequesters * HostEntries + 1))) u_drain (
    .clk_i, .rst_ni, .issue_i(issue_valid && fault_i != FaultUncounted), .retire_i(retire && fault_i != FaultUncounted),
    .retire_epoch_i(epoch_q[free_i.retire_txn]),
    .wanted_i(drain_wanted != '0), .epoch_o(epoch), .ended_o(ended), .ended_epoch_o(ended_epoch), .idle_o()
  );

  // ---- Notices ----------------------------------------------------------------------------------------------------
  logic [NumHolders-1:0] notice_valid, notice_posted, notice_taken, notice_forget;
  logic notice_late, notice_stands, late_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) late_q <= 1'b0;
    else late_q <= notice_stands && !free_i.notice_ready && (late_q || free_i.notice_late);
  end
  hold_t notice_hold[NumHolders];
  tarn_pool_msg_pkg::change_e notice_change[NumHolders];
  always_comb begin
    for (int unsigned i = 0; i < NumHolders; i++) begin
      notice_hold[i]   = '0;
      notice_change[i] = tarn_pool_msg_pkg::ChangeMoved;
    end
  end
  tarn_pool_notices #(.NumSources(NumHolders), .Pages(Pages)) u_notices (
    .clk_i, .rst_ni, .timeout_i(reached(late_q)), .late_o(notice_late),
    .valid_i(notice_valid), .hold_i(notice_hold), .change_i(notice_change), .posted_o(notice_posted), .taken_o(notice_taken), .forget_i(notice_forget),
    .change_valid_o(notice_stands), .change_o(), .change_ready_i(free_i.notice_ready)
  );

  // ---- Engines ----------------------------------------------------------------------------------------------------
  slot_t engine_slot[Engines];
  logic [3:0] fetching_q[Engines];  // tags for which bulk owes a completion
  logic [1:0] engine_tag[Engines];
  logic [6:0] filling_q[Engines];   // writes of lines that the channel owes an answer
  logic [Engines-1:0] cmd_valid, cmd_take, filling, engine_cpl, beat, make_valid, make_take, fill_written;
  tarn_bulk_pkg::bulk_status_e cpl_status;
  always_comb begin
    unique case (free_i.cpl_status)
      2'd0: cpl_status = tarn_bulk_pkg::BulkOk;
      2'd1: cpl_status = tarn_bulk_pkg::BulkError;
      2'd2: cpl_status = tarn_bulk_pkg::BulkPoison;
      default: cpl_status = tarn_bulk_pkg::BulkOffline;
    endcase
  end
  outcome_t engine_outcome;
  always_comb begin
    engine_outcome = outcome;
    if (fault_i == FaultFillsOther) engine_outcome.slot[0] = !outcome.slot[0];
  end
  for (genvar e = 0; e < Engines; e++) begin : gen_engines
    assign cmd_take[e]     = cmd_valid[e] && free_i.cmd_take[e];
    assign beat[e]         = filling[e] && free_i.beat[e];
    assign make_take[e]    = make_valid[e] && free_i.make_take[e] && !beat[e];
    assign fill_written[e] = free_i.written[e] && filling_q[e] != '0;
    assign engine_cpl[e]   = free_i.cpl[e] && fetching_q[e][free_i.cpl_tag];
    tarn_pool_engine #(.PageLines(PageLines)) u_engine (
      .clk_i, .rst_ni, .timeout_i(reached(free_i.engine_timeout[e])), .offline_delay_i(reached(free_i.engine_timeout[e])),
      .offline_limit_i({8{!free_i.engine_away[e]}}),
      .begin_valid_i(begin_valid[e]), .begin_i(begin_what), .idle_o(engine_idle[e]), .walk_o(), .stuck_o(), .quarantine_o(),
      .hold_o(hold[e]), .slot_o(engine_slot[e]), .first_line_o(),
      .list_filled_i(list_filled[e]), .joined_i(joined[e]), .head_walk_i(list_head[e].walk),
      .slot_free_i(slot_free && free_i.slot_turn[e]), .waits_slot_o(),
      .pass_valid_o(holder_valid[e]), .pass_o(holder_pass[e]), .pass_take_i(holder_take[e]),
      .outcome_valid_i(holder_outcome[e]), .outcome_i(engine_outcome),
      .cmd_valid_o(cmd_valid[e]), .cmd_tag_o(engine_tag[e]), .cmd_take_i(cmd_take[e]),
      .filling_o(filling[e]), .beat_i(beat[e]), .beat_poison_i(free_i.beat_poison), .early_o(early[e]),
      .cpl_valid_i(engine_cpl[e]), .cpl_tag_i(free_i.cpl_tag), .cpl_status_i(cpl_status),
      .make_valid_o(make_valid[e]), .make_poison_o(), .make_line_o(), .make_take_i(make_take[e]),
      .written_i(fill_written[e]), .written_line_i(line_t'(free_i.written_line)), .written_bad_i(free_i.written_bad),
      .check_wait_i(free_i.check_wait[e]), .check_bad_i(free_i.check_bad[e]), .corrupt_o(),
      .notice_valid_o(notice_valid[e]), .notice_posted_i(notice_posted[e]), .notice_taken_i(notice_taken[e]), .notice_late_i(notice_late),
      .drain_wanted_o(drain_wanted[e]), .epoch_i(epoch), .ended_i(ended), .ended_epoch_i(ended_epoch),
      .atomic_busy_i(atomic_busy_q), .atomic_done_i(atomic_done)
    );
    assign notice_forget[e] = 1'b0;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        fetching_q[e] <= '0;
        filling_q[e]  <= '0;
      end else begin
        if (engine_cpl[e]) fetching_q[e][free_i.cpl_tag] <= 1'b0;
        if (cmd_take[e]) fetching_q[e][engine_tag[e]] <= 1'b1;
        if ((beat[e] || make_take[e]) != fill_written[e]) filling_q[e] <= fill_written[e] ? filling_q[e] - 1'b1 : filling_q[e] + 1'b1;
      end
    end
  end

  // ---- Evictors ---------------------------------------------------------------------------------------------------
  slot_t evictor_slot[Evictors];
  page_t read_page[Evictors];
  page_t out_page[Evictors];
  logic [3:0] writing_q[Evictors];  // tags for which bulk owes a completion
  logic [6:0] reading_q[Evictors];  // lines that the channel owes
  logic [1:0] out_tag[Evictors];
  logic [Evictors-1:0] read_valid, read_take, line_valid, sum_start, out_valid, out_trim, out_take, out_cpl;
  slot_rsp_t line;
  always_comb begin
    line        = '0;
    line.status = free_i.line_status == 2'd0 ? StatusOk : free_i.line_status == 2'd1 ? StatusPoison : StatusTimeout;
    line.data   = 512'(free_i.line_data);
  end
  for (genvar v = 0; v < Evictors; v++) begin : gen_evictors
    localparam int unsigned Holder = Engines + v;
    pass_t unload;
    logic evictor_ended;
    always_comb begin
      holder_pass[Holder] = unload;
      if (fault_i == FaultForgetsFailure) holder_pass[Holder].gave_up = 1'b0;
      if (fault_i == FaultOtherSlot) holder_pass[Holder].slot[0] = !unload.slot[0];
      evictor_ended = ended || fault_i == FaultEvictsAtOnce;
    end
    assign read_take[v]  = read_valid[v] && free_i.read_take[v];
    assign line_valid[v] = free_i.line_valid[v] && reading_q[v] != '0;
    assign out_take[v]   = out_valid[v] && free_i.out_take[v];
    assign out_cpl[v]    = free_i.out_cpl[v] && writing_q[v][free_i.cpl_tag];
    tarn_pool_evictor #(.Pages(Pages), .PageLines(PageLines)) u_evictor (
      .clk_i, .rst_ni, .timeout_i(reached(free_i.evictor_timeout[v])), .offline_delay_i(32'(free_i.evictor_timeout[v])),
      .offline_limit_i({8{!free_i.evictor_away[v]}}), .retry_limit_i({8{!free_i.evictor_retry[v]}}),
      .begin_valid_i(begin_valid[Holder]), .begin_kind_i(begin_evict), .begin_i(begin_what),
      .begin_valid_pages_i(begin_valid_pages), .begin_dirty_i(begin_dirty), .begin_on_bulk_i(begin_on_bulk),
      .idle_o(evictor_idle[v]), .quarantine_o(quarantine[v]), .freeing_o(), .hold_o(hold[Holder]), .slot_o(evictor_slot[v]),
      .pass_valid_o(holder_valid[Holder]), .pass_o(unload), .written_o(written_pages[v]), .zeroed_o(zeroed_pages[v]),
      .pass_take_i(holder_take[Holder]), .outcome_valid_i(holder_outcome[Holder]), .result_i(outcome.result),
      .read_valid_o(read_valid[v]), .read_page_o(read_page[v]), .read_line_o(), .read_take_i(read_take[v]),
      .line_valid_i(line_valid[v]), .line_i('0), .line_rsp_i(line),
      .sum_start_o(sum_start[v]), .sum_store_o(), .sum_busy_i(free_i.sum_busy[v]),
      .cmd_valid_o(out_valid[v]), .cmd_trim_o(out_trim[v]), .cmd_tag_o(out_tag[v]), .cmd_page_o(out_page[v]),
      .cmd_take_i(out_take[v]), .cmd_sent_i(free_i.out_sent[v]), .beat_valid_o(), .beat_o(), .beat_ready_i(free_i.out_beat[v]),
      .cpl_valid_i(out_cpl[v]), .cpl_tag_i(free_i.cpl_tag),
      .cpl_status_i(fault_i == FaultErrorIsDone ? tarn_bulk_pkg::BulkOk : cpl_status),
      .notice_valid_o(notice_valid[Holder]), .notice_page_o(), .notice_posted_i(notice_posted[Holder]),
      .notice_taken_i(notice_taken[Holder]), .notice_late_i(notice_late), .notice_forget_o(notice_forget[Holder]), .notice_released_o(),
      .drain_wanted_o(drain_wanted[Holder]), .epoch_i(epoch), .ended_i(evictor_ended),
      .ended_epoch_i(fault_i == FaultEvictsAtOnce ? u_evictor.target_q : ended_epoch)
    );
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        writing_q[v] <= '0;
        reading_q[v] <= '0;
      end else begin
        if (out_cpl[v]) writing_q[v][free_i.cpl_tag] <= 1'b0;
        if (out_take[v]) writing_q[v][out_tag[v]] <= 1'b1;
        if (read_take[v] != line_valid[v]) reading_q[v] <= line_valid[v] ? reading_q[v] - 1'b1 : reading_q[v] + 1'b1;
      end
    end
  end

  // ---- The mover --------------------------------------------------------------------------------------------------
  move_t candidate;
  logic move_read_valid, move_read_take, move_line_valid, copy_valid, copy_take, copied, evicts;
  logic [3:0] move_reading_q, copying_q;  // lines that the channel owes
  pass_t move_pass;
  logic move_pass_valid, move_forgets;
  assign move_forgets        = fault_i == FaultMoveForgets && move_pass.kind == PassMoveFinish;
  assign holder_valid[Mover] = move_pass_valid && !move_forgets;
  always_comb begin
    holder_pass[Mover] = move_pass;
    if (fault_i == FaultMoveUndone && move_pass.kind == PassMoveFinish) holder_pass[Mover].gave_up = 1'b1;
  end
  assign candidate       = '{slot: slot_t'(free_i.move_slot), host: host_t'(free_i.move_at.host), segment: segment_t'(free_i.move_at.segment)};
  assign evicts          = begin_valid[Engines+:Evictors] != '0;
  assign move_read_take  = move_read_valid && free_i.move_read_take;
  assign move_line_valid = free_i.move_line_valid && move_reading_q != '0;
  assign copy_take       = copy_valid && free_i.copy_take;
  assign copied          = free_i.copied && copying_q != '0;
  tarn_pool_mover #(.Pages(Pages), .PageLines(PageLines)) u_mover (
    .clk_i, .rst_ni, .timeout_i(reached(free_i.move_timeout)),
    .candidate_valid_i(free_i.move_valid), .candidate_i(candidate), .candidate_take_o(), .candidate_passes_o(),
    .begin_valid_i(move_begin), .begin_i(begin_what), .begin_to_i(slot_t'(move_to)), .begin_valid_pages_i(begin_valid_pages),
    .idle_o(mover_idle), .hold_o(mover_hold), .from_o(mover_from), .to_o(mover_to), .page_changes_i(page_changes), .evicts_i(evicts),
    .pass_valid_o(move_pass_valid), .pass_o(move_pass), .pass_take_i(holder_take[Mover]),
    .outcome_valid_i(holder_outcome[Mover] || move_forgets), .result_i(move_forgets ? ResultDone : outcome.result),
    .read_valid_o(move_read_valid), .read_page_o(), .read_line_o(), .read_take_i(move_read_take),
    .line_valid_i(move_line_valid), .line_i('0), .line_rsp_i(line), .copy_valid_o(copy_valid), .copy_o(), .copy_take_i(copy_take),
    .copied_i(copied), .copied_bad_i(free_i.written_bad),
    .notice_valid_o(notice_valid[Mover]), .notice_page_o(), .notice_posted_i(notice_posted[Mover]),
    .notice_taken_i(notice_taken[Mover]), .notice_late_i(notice_late), .notice_forget_o(notice_forget[Mover]),
    .drain_wanted_o(drain_wanted[Mover]), .epoch_i(epoch), .ended_i(ended || fault_i == FaultMovesAtOnce),
    .ended_epoch_i(fault_i == FaultMovesAtOnce ? u_mover.target_q : ended_epoch)
  );
  assign hold[Mover] = mover_hold;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      move_reading_q <= '0;
      copying_q      <= '0;
    end else begin
      if (move_read_take != move_line_valid) move_reading_q <= move_line_valid ? move_reading_q - 1'b1 : move_reading_q + 1'b1;
      if (copy_take != copied) copying_q <= copied ? copying_q - 1'b1 : copying_q + 1'b1;
    end
  end
endmodule : pool_parts_formal
