// The pool's promises on a small configuration, over the composition of its parts (pool_parts_formal):
//   OneOwner, OwnerKnows, EachSlotHasOnePlace   no slot has two owners, and none is lost: it is owned, free or in the mover's hand
//   IssuedToItsOwn, InFlightToItsOwn            a host's accesses reach its own slots alone, which stay its own until they are answered
//   NewestIsKept, NewestMoves                   no page is dropped, or left behind by a move, while memory alone has its newest version
//   FilledIsItsOwn, WrittenOutIsItsOwn, MovedToWhatItHolds   nor do lines reach another's slot that engines, evictors and the mover move
//   FloorKept, StayingCounts                    no proposal takes a host below its floor
// Those of the parts come with them. The others are what these rest on: all together hold from any cycles to the next, so that depth is
// no question. Nothing is assumed: whoever stands around the parts is built (pool_parts_formal).
// Guided (with TARN_PLANT): runs to what takes long, and faults, each of which breaks the promise that its cover names.
// Registers and memories without a reset start at 0.
`include "tarn_assert.svh"
module pool_formal
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;
  import pool_formal_pkg::*;
#(
  parameter int unsigned SegmentBytes = 4096,
  parameter int unsigned NumSlots     = 3,
  parameter int unsigned FastSlots    = 2,
  parameter int unsigned HostEntries  = 1,
  parameter int unsigned PageLines    = 2,
  parameter bit          Guided       = 1'b0
) (
  input logic       clk_i,
  input free_t      free_i,
  input place_t     page_i,
  input fault_e     fault_i
);
  localparam int unsigned Pages      = SegmentBytes / PageBytes;
  localparam int unsigned SlotBits   = $clog2(NumSlots);
  localparam int unsigned StoredBits = map_entry_bits(SlotBits, Pages);
  localparam int unsigned Lists      = Engines + 2 * Hosts + Fetches;
  localparam int unsigned Txns       = 8;  // {walk, host, entry}
  localparam int unsigned Step       = HostEntries > 1 ? 1 : 2;  // from one that is used to the next
  localparam int unsigned Holders    = Engines + Evictors + 1;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  // Guided: one fault in each run, any of them, from any cycle on; or none.
  fault_e fault_q;
  logic sound;
  free_t free;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) fault_q <= FaultNone;
    else if (Guided && fault_q == FaultNone) fault_q <= fault_i;
  end
  assign sound = fault_q == FaultNone && fault_i == FaultNone;
  if (Guided) begin : gen_guided
    pool_guide_formal u_guide (.clk_i, .rst_ni, .more_i(fault_q == FaultOtherSlot), .free_i, .free_o(free));
  end else begin : gen_free
    assign free = free_i;
  end
  pool_parts_formal #(
    .SegmentBytes(SegmentBytes), .NumSlots(NumSlots), .FastSlots(FastSlots), .HostEntries(HostEntries), .PageLines(PageLines)
  ) p (.clk_i, .rst_ni, .free_i(free), .fault_i(fault_q));

  // ---- What is looked at ------------------------------------------------------------------------------------------
  typedef logic [1:0] segment_index_t;  // {host, segment}
  typedef logic [SlotBits-1:0] slot_index_t;
  function automatic segment_index_t index_of(host_t host, segment_t segment);
    return {host[0], segment[0]};
  endfunction

  // Map entries.
  logic lost[4], resident[4];
  slot_index_t slot_of[4];
  logic [Pages-1:0] valid[4], dirty[4];
  for (genvar i = 0; i < 4; i++) begin : gen_entries
    logic [StoredBits-1:0] stored;
    logic marked_lost, stored_resident;
    logic [Pages-1:0] stored_valid, stored_dirty, stored_on_bulk, marks;
    assign stored = p.stored_q[i];
    assign {marked_lost, stored_resident, slot_of[i], stored_valid, stored_dirty, stored_on_bulk} = stored;
    assign marks       = stored_dirty & ~stored_valid;
    assign lost[i]     = marked_lost && !stored_resident && stored_dirty == '0;
    assign resident[i] = stored_resident;
    assign valid[i]    = stored_valid | (marks & ~stored_on_bulk);
    assign dirty[i]    = stored_dirty & stored_valid;
  end

  // Owners, free slots.
  function automatic logic [1:0] wrapped(logic [2:0] place);
    return 32'(place) >= NumSlots ? 2'(place - 3'(NumSlots)) : place[1:0];
  endfunction
  logic [NumSlots-1:0] used, free_fast, free_slow, in_hand;
  segment_index_t owner[NumSlots];
  logic [1:0] fast_times[NumSlots], slow_times[NumSlots];  // how often a slot is in a list of free ones
  logic [NumSlots-1:0] fast_in, slow_in;                   // places of the lists that hold something
  logic [SlotBits-1:0] fast_items[NumSlots], slow_items[NumSlots];
  logic [1:0] fast_count, slow_count, fast_rd, slow_rd, fast_wr, slow_wr;
  logic [SlotBits:0] fast_fresh, slow_fresh;
  assign fast_count = p.u_lookup.u_slots.u_fast.u_used.count_q;
  assign slow_count = p.u_lookup.u_slots.u_slow.u_used.count_q;
  assign fast_rd    = p.u_lookup.u_slots.u_fast.u_used.rd_q;
  assign slow_rd    = p.u_lookup.u_slots.u_slow.u_used.rd_q;
  assign fast_wr    = p.u_lookup.u_slots.u_fast.u_used.wr_q;
  assign slow_wr    = p.u_lookup.u_slots.u_slow.u_used.wr_q;
  assign fast_fresh = p.u_lookup.u_slots.u_fast.fresh_q;
  assign slow_fresh = p.u_lookup.u_slots.u_slow.fresh_q;
  for (genvar s = 0; s < NumSlots; s++) begin : gen_slots
    logic [28:0] owner_word;
    assign owner_word    = p.u_lookup.u_slots.u_owner.u_ram.gen_ram.mem_q[s];
    assign used[s]       = owner_word[28];
    assign owner[s]      = {owner_word[24], owner_word[0]};
    assign fast_items[s] = p.u_lookup.u_slots.u_fast.u_used.gen_flops.mem_q[s];
    assign slow_items[s] = p.u_lookup.u_slots.u_slow.u_used.gen_flops.mem_q[s];
    assign fast_in[s]    = (s >= 32'(fast_rd) ? s - 32'(fast_rd) : s + NumSlots - 32'(fast_rd)) < 32'(fast_count);
    assign slow_in[s]    = (s >= 32'(slow_rd) ? s - 32'(slow_rd) : s + NumSlots - 32'(slow_rd)) < 32'(slow_count);
  end
  // Places of each slot: in a list, owned, in the mover's hand.
  logic [2:0] places[NumSlots];
  logic [2:0] move_state;
  logic move_given_up, move_held;
  slot_index_t move_from, move_to;
  assign move_state    = 3'(p.u_mover.state_q);
  assign move_given_up = p.u_mover.given_up_q;
  assign move_held     = p.u_mover.held_q;
  assign move_from     = p.mover_from[SlotBits-1:0];
  assign move_to       = p.mover_to[SlotBits-1:0];
  localparam logic [2:0] MoveIdle = 3'd0, MoveDrain = 3'd1, MoveCopy = 3'd2, MoveHold = 3'd3, MoveNotify = 3'd4, MoveSwitch = 3'd5,
                         MoveFinish = 3'd6;
  logic move_active, move_switched;
  segment_index_t move_segment;
  assign move_active   = move_state != MoveIdle;
  assign move_switched = move_state == MoveFinish && !move_given_up;
  assign move_segment  = index_of(p.u_mover.segment_q.host, p.u_mover.segment_q.segment);
  always_comb begin
    for (int unsigned s = 0; s < NumSlots; s++) begin
      in_hand[s] = move_active && !move_switched && 32'(move_to) == s;
      places[s]  = 3'(used[s]) + 3'(in_hand[s]);
      if (s < FastSlots) places[s] += 3'(32'(fast_fresh) <= s);
      else places[s] += 3'(32'(slow_fresh) <= s - FastSlots);
      for (int unsigned i = 0; i < NumSlots; i++) begin
        if (fast_in[i] && 32'(fast_items[i]) == s) places[s] += 3'd1;
        if (slow_in[i] && 32'(slow_items[i]) + FastSlots == s) places[s] += 3'd1;
      end
    end
  end

  // The pass that is decided.
  logic deciding;
  pass_t pass;
  segment_index_t pass_segment;
  logic pass_page;
  logic [2:0] pass_txn;
  assign deciding     = p.u_lookup.valid_q;
  assign pass         = p.u_lookup.pass_q;
  assign pass_segment = index_of(pass.info.host, pass.info.segment);
  assign pass_page    = pass.info.page[0];
  assign pass_txn     = {pass.txn.walk, pass.txn.id[1:0]};

  // The order of epochs: from the oldest one that is not quiet.
  logic [1:0] epoch, oldest;
  assign epoch  = p.u_drain.epoch_q;
  assign oldest = p.u_drain.oldest_q;
  function automatic logic [1:0] position(logic [1:0] some);
    return some - oldest;
  endfunction

  // ---- Facts: the map, owners, slots -------------------------------------------------------------------------------
  logic ready;
  assign ready = p.ready;
  for (genvar i = 0; i < 4; i++) begin : gen_segment
    logic owns;
    assign owns = 32'(slot_of[i]) < NumSlots && used[slot_of[i]] && owner[slot_of[i]] == segment_index_t'(i);
    `TARN_ASSERT(OwnerKnows, !resident[i] || owns)
    `TARN_ASSERT(LostHasNothing, !lost[i] || (!resident[i] && valid[i] == '0 && dirty[i] == '0))
    `TARN_ASSERT(PagesInSlots, resident[i] || valid[i] == '0)
    `TARN_ASSERT(DirtyIsThere, (dirty[i] & ~valid[i]) == '0)
    for (genvar j = i + 1; j < 4; j++) begin : gen_other
      `TARN_ASSERT(OneOwner, !(resident[i] && resident[j] && slot_of[i] == slot_of[j]))
    end
  end
  logic [NumSlots-1:0] misplaced;
  for (genvar s = 0; s < NumSlots; s++) begin : gen_slot
    assign misplaced[s] = places[s] != 3'd1;
    `TARN_ASSERT(EachSlotHasOnePlace, !misplaced[s])
  end
  `TARN_ASSERT(FastInRange, 32'(fast_fresh) <= FastSlots && 32'(fast_rd) < NumSlots && 32'(fast_count) <= NumSlots
               && fast_wr == wrapped(3'(fast_rd) + 3'(fast_count)))
  `TARN_ASSERT(SlowInRange, 32'(slow_fresh) <= NumSlots - FastSlots && 32'(slow_rd) < NumSlots && 32'(slow_count) <= NumSlots
               && slow_wr == wrapped(3'(slow_rd) + 3'(slow_count)))
  for (genvar i = 0; i < NumSlots; i++) begin : gen_items
    `TARN_ASSERT(FastItems, !fast_in[i] || 32'(fast_items[i]) < FastSlots)
    `TARN_ASSERT(SlowItems, !slow_in[i] || 32'(slow_items[i]) < NumSlots - FastSlots)
  end

  // ---- Facts: requests and lists -----------------------------------------------------------------------------------
  // Where a transaction waits, and who came to his list before whom.
  logic [Txns-1:0] busy, in_flight, waits_q, writes, astray;
  logic [Txns-1:0][2:0] where_q;
  logic [Txns-1:0][Txns-1:0] before_q;  // [t][u]: t before u
  info_t info[Txns];
  segment_index_t segment_of[Txns];
  logic [Txns-1:0] page_of;
  logic [1:0] epoch_of[Txns];
  logic [Txns-1:0][SlotBits-1:0] issued_slot_q;
  logic [Lists-1:0] filled;
  logic [2:0] head[Lists], tail[Lists], next[Txns];
  logic push, pop;
  logic [2:0] push_list, pop_list;
  assign busy      = p.busy_q;
  assign in_flight = p.in_flight_q;
  assign filled    = p.u_lookup.u_lists.filled_q;
  assign push      = p.u_lookup.push;
  assign pop       = p.u_lookup.pop;
  assign push_list = p.u_lookup.push_list;
  assign pop_list  = p.u_lookup.pop_list;
  for (genvar t = 0; t < Txns; t++) begin : gen_txns
    assign info[t]       = p.u_schedule.info_q[t];
    assign segment_of[t] = index_of(info[t].host, info[t].segment);
    assign page_of[t]    = info[t].page[0];
    assign writes[t]     = info[t].op != OpRead;
    assign epoch_of[t]   = p.epoch_q[t];
    assign next[t]       = p.u_lookup.u_lists.next_q[t];
  end
  for (genvar l = 0; l < Lists; l++) begin : gen_lists
    assign head[l] = p.u_lookup.u_lists.head_q[l];
    assign tail[l] = p.u_lookup.u_lists.tail_q[l];
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      waits_q <= '0;
    end else begin
      if (pop) waits_q[head[pop_list]] <= 1'b0;
      if (push) waits_q[pass_txn] <= 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (push) begin
      where_q[pass_txn]  <= push_list;
      before_q[pass_txn] <= '0;
      for (int unsigned t = 0; t < Txns; t++) if (pass_txn != 3'(t)) before_q[t][pass_txn] <= 1'b1;
    end
    if (p.issue_valid) issued_slot_q[pass_txn] <= SlotBits'(p.issued.line >> $clog2(SegmentBytes / LineBytes));
  end

  // Bits that nothing here sets.
  function automatic logic narrow_info(info_t some);
    return some.host[3:1] == '0 && some.segment[23:1] == '0 && some.page[8:1] == '0 && (Pages > 1 || !some.page[0]) && some.line[5:1] == '0
           && some.op[3:2] == '0 && !some.exclusive && some.exclusive_id == '0 && some.tag == '0 && some.qos == '0;
  endfunction
  function automatic logic narrow_begin(begin_t some);
    return some.host[3:1] == '0 && some.segment[23:1] == '0 && some.page[8:1] == '0 && (Pages > 1 || !some.page[0]) && some.line[5:1] == '0
           && some.slot[19:SlotBits] == '0;
  endfunction
  function automatic logic narrow_txn(txn_t some);
    return some.id[9:2] == '0 && (HostEntries > 1 || !some.id[0]);
  endfunction
  `TARN_ASSERT(PassIsNarrow, narrow_info(pass.info) && narrow_txn(pass.txn) && pass.slot[19:SlotBits] == '0 && 32'(pass.kind) <= 32'(PassMoveFinish))

  typedef logic [2:0] list_index_t;
  function automatic list_index_t parked_list(logic [2:0] txn);
    return 3'(Engines) + {1'b0, txn[2:1]};
  endfunction
  logic from_list;
  list_index_t pass_list;
  always_comb begin
    from_list = deciding && (pass.kind inside {PassRetry, PassReplay} || (pass.kind == PassFail && !pass.nobody));
    pass_list = pass.kind == PassRetry ? parked_list(pass_txn)
              : 32'(pass.holder) >= Holders ? 3'(32'(pass.holder) - Holders + Engines + 2 * Hosts) : pass.holder[2:0];
  end
  `TARN_ASSERT(PassOfItsList, !from_list || (filled[pass_list] && head[pass_list] == pass_txn && waits_q[pass_txn] && where_q[pass_txn] == pass_list))
  `TARN_ASSERT(PassHasItsInfo, !(from_list || (deciding && pass.kind == PassRequest)) || pass.info == info[pass_txn])
  `TARN_ASSERT(NewOnesWaitNowhere, !(deciding && pass.kind == PassRequest) || (busy[pass_txn] && !waits_q[pass_txn] && !in_flight[pass_txn]))
  `TARN_ASSERT(InstallOfAFetch, !(deciding && pass.kind == PassInstall) || 32'(pass.holder) inside {[Holders:Holders+Fetches-1]})
  `TARN_ASSERT(PassAtItsEntry, !deciding || p.at_q == pass_segment)
  `TARN_ASSERT(PlainPasses, !(deciding && (pass.kind inside {PassRequest, PassRetry} || (pass.kind == PassReplay && 32'(pass.holder) >= Holders)))
               || (!pass.early && !pass.atomic_ready))
  `TARN_ASSERT(ReplayHasSomebody, !(deciding && pass.kind == PassReplay) || !pass.nobody)
  `TARN_ASSERT(RetryIsKnown, !(deciding && pass.kind == PassRetry) || p.u_schedule.retrying_q[pass_txn[2:1]])
  `TARN_ASSERT(FetchIsKnown, !(deciding && pass.kind inside {PassReplay, PassInstall} && 32'(pass.holder) >= Holders)
               || p.fetch_sent_q[1'(32'(pass.holder) - Holders)])
  `TARN_ASSERT(HolderInRange, !(deciding && pass.kind inside {PassReplay, PassFail}) || 32'(pass.holder) < Engines
               || (pass.kind == PassReplay && 32'(pass.holder) inside {[Holders:Holders+Fetches-1]}))
  for (genvar t = 0; t < Txns; t += Step) begin : gen_txn
    `TARN_ASSERT(InfoIsNarrow, narrow_info(info[t]))
    `TARN_ASSERT(OfItsHost, !busy[t] || info[t].host == host_t'((t / 2) % 2))
    `TARN_ASSERT(WaitsOrIsInFlight, busy[t] ? 32'(waits_q[t]) + 32'(in_flight[t]) + 32'(deciding && pass.kind == PassRequest && pass_txn == 3'(t)) == 1
                                            : !waits_q[t] && !in_flight[t])
    `TARN_ASSERT(ListHasItsEnds, !waits_q[t] || (filled[where_q[t]] && (head[where_q[t]] == 3'(t) || before_q[head[where_q[t]]][t])
                                                 && (tail[where_q[t]] == 3'(t) || before_q[t][tail[where_q[t]]])))
    `TARN_ASSERT(NextIsOfItsList, !waits_q[t] || tail[where_q[t]] == 3'(t)
                 || (waits_q[next[t]] && where_q[next[t]] == where_q[t] && before_q[t][next[t]]))
    `TARN_ASSERT(NotBeforeItself, !before_q[t][t])
    `TARN_ASSERT(ParkedInItsOwn, !(waits_q[t] && where_q[t] inside {[Engines:Engines+2*Hosts-1]}) || where_q[t] == parked_list(3'(t)))
    for (genvar u = 0; u < Txns; u += Step) begin : gen_pair
      if (u > t) begin : gen_order
        `TARN_ASSERT(OneIsBefore, !(waits_q[t] && waits_q[u]) || before_q[t][u] != before_q[u][t])
      end
      if (u != t) begin : gen_next
        `TARN_ASSERT(NoneBetween, !(waits_q[t] && waits_q[u] && where_q[t] == where_q[u]) || tail[where_q[t]] == 3'(t)
                     || next[t] == 3'(u) || !(before_q[t][u] && before_q[u][next[t]]))
      end
      for (genvar w = 0; w < Txns; w += Step) begin : gen_triple
        if (u != t && w != t && w != u) begin : gen_transitive
          `TARN_ASSERT(OrderIsOne, !(waits_q[t] && waits_q[u] && waits_q[w] && before_q[t][u] && before_q[u][w]) || before_q[t][w])
        end
      end
    end
    assign astray[t] = in_flight[t] && !(32'(issued_slot_q[t]) < NumSlots && used[issued_slot_q[t]] && owner[issued_slot_q[t]] == segment_of[t]);
    `TARN_ASSERT(InFlightToItsOwn, !astray[t])
    `TARN_ASSERT(InFlightEpoch, !in_flight[t] || position(epoch_of[t]) <= position(epoch))
  end
  if (Step > 1) begin : gen_unused
    for (genvar t = 1; t < Txns; t += Step) begin : gen_txn
      assign astray[t] = 1'b0;
    end
  end
  for (genvar l = 0; l < Lists; l++) begin : gen_list
    `TARN_ASSERT(HeadWaits, !filled[l] || (waits_q[head[l]] && where_q[head[l]] == 3'(l) && waits_q[tail[l]] && where_q[tail[l]] == 3'(l)))
  end
  for (genvar r = 0; r < 2 * Hosts; r++) begin : gen_requester
    for (genvar g = 0; g < 2; g++) begin : gen_group  // of 2 entries
      logic [1:0] waiting;
      always_comb begin
        waiting = '0;
        for (int unsigned e = 0; e < 2; e++) begin
          if (waits_q[2*r+e] && where_q[2*r+e] == parked_list(3'(2 * r + e))
              && ((32'(info[2*r+e].segment) << $clog2(Pages)) ^ 32'(info[2*r+e].page)) % 2 == g) waiting += 2'd1;
        end
      end
      `TARN_ASSERT(ParkedCount, 32'(p.u_lookup.u_parked.count_q[2*r+g]) == 32'(waiting))
    end
  end

  // ---- Facts: epochs -----------------------------------------------------------------------------------------------
  for (genvar e = 0; e < 4; e++) begin : gen_epoch
    logic [3:0] count;
    always_comb begin
      count = '0;
      for (int unsigned t = 0; t < Txns; t++) count += 4'(in_flight[t] && epoch_of[t] == 2'(e));
    end
    `TARN_ASSERT(EpochCount, 4'(p.u_drain.count_q[e]) == count)
  end

  // ---- Facts: engines ----------------------------------------------------------------------------------------------
  localparam logic [3:0] EngineIdle = 4'd0, EngineAssign = 4'd1, EngineCommand = 4'd2, EngineFill = 4'd3, EngineAwaitReads = 4'd4, EngineMake = 4'd5,
                         EngineSettle = 4'd6, EnginePageValid = 4'd7, EngineNotice = 4'd8, EngineNoticeLate = 4'd9, EngineSetDirty = 4'd10,
                         EngineDrain = 4'd11, EngineReplay = 4'd12, EngineDelay = 4'd14, EngineFail = 4'd15;
  logic [Evictors-1:0] evictor_holds, evictor_going;
  segment_index_t evictor_segment[Evictors];
  logic [3:0] engine_state[Engines];
  begin_t engine_page[Engines];
  segment_index_t engine_segment[Engines];
  logic [Engines-1:0] engine_passing, engine_early_passing, engine_active;
  for (genvar e = 0; e < Engines; e++) begin : gen_engines
    assign engine_state[e]         = 4'(p.gen_engines[e].u_engine.state_q);
    assign engine_page[e]          = p.gen_engines[e].u_engine.page_q;
    assign engine_segment[e]       = index_of(engine_page[e].host, engine_page[e].segment);
    assign engine_passing[e]       = p.gen_engines[e].u_engine.passing_q;
    assign engine_early_passing[e] = p.gen_engines[e].u_engine.early_passing_q;
    assign engine_active[e]        = engine_state[e] != EngineIdle;
    logic has_slot, owns, passes;
    slot_index_t engine_slot;
    assign engine_slot = engine_page[e].slot[SlotBits-1:0];
    assign has_slot    = engine_state[e] inside {EngineCommand, EngineFill, EngineAwaitReads, EngineMake, EngineSettle, EnginePageValid, EngineDelay};
    assign owns        = 32'(engine_slot) < NumSlots && used[engine_slot] && owner[engine_slot] == engine_segment[e];
    assign passes      = deciding && pass.holder == holder_t'(e) && pass.kind inside {PassReplay, PassFail, PassAssign, PassPageValid, PassSetDirty};
    `TARN_ASSERT(EngineIsNarrow, narrow_begin(engine_page[e]))
    `TARN_ASSERT(FillsItsOwn, !has_slot || (owns && (lost[engine_segment[e]] || (resident[engine_segment[e]] && slot_of[engine_segment[e]] == engine_slot))))
    `TARN_ASSERT(LinesUnderWay, p.filling_q[e] == p.gen_engines[e].u_engine.in_flight_q
                 && (p.filling_q[e] == '0 || engine_state[e] inside {EngineFill, EngineAwaitReads, EngineMake, EngineSettle, EngineDelay}))
    `TARN_ASSERT(EnginePasses, engine_passing[e] == passes)
    `TARN_ASSERT(EnginePassesFor, !passes || (engine_active[e] && pass_segment == engine_segment[e] && pass.info.page == engine_page[e].page))
    `TARN_ASSERT(EnginePassesIn, !passes
                 || (pass.kind == PassAssign && engine_state[e] == EngineAssign) || (pass.kind == PassPageValid && engine_state[e] == EnginePageValid)
                 || (pass.kind == PassSetDirty && engine_state[e] == EngineSetDirty)
                 || (pass.kind == PassFail && engine_state[e] inside {EngineFail, EngineNoticeLate})
                 || (pass.kind == PassReplay && !pass.early && engine_state[e] == EngineReplay)
                 || (pass.kind == PassReplay && pass.early && engine_state[e] inside {EngineFill, EngineAwaitReads, EngineMake, EngineSettle,
                                                                                      EnginePageValid, EngineDelay, EngineFail}))
    `TARN_ASSERT(WaitsForSomebody, engine_state[e] != EngineDrain || filled[e])
    `TARN_ASSERT(FailsForNobody, !passes || p.gen_engines[e].u_engine.nobody_q == pass.nobody)
    `TARN_ASSERT(EarlyPasses, engine_early_passing[e] == (passes && pass.early))
    for (genvar t = 0; t < Txns; t += Step) begin : gen_waiting
      `TARN_ASSERT(WaitsForItsPage, !(waits_q[t] && where_q[t] == 3'(e))
                   || (engine_active[e] && segment_of[t] == engine_segment[e] && info[t].page == engine_page[e].page))
    end
    for (genvar o = e + 1; o < Engines; o++) begin : gen_other
      `TARN_ASSERT(OnePageOneEngine, !(engine_active[e] && engine_active[o] && engine_segment[e] == engine_segment[o] && engine_page[e].page == engine_page[o].page))
    end
    for (genvar v = 0; v < Evictors; v++) begin : gen_evictor
      `TARN_ASSERT(EngineOrEvictor, !(engine_active[e] && evictor_holds[v] && engine_segment[e] == evictor_segment[v]))
    end
    `TARN_ASSERT(EngineOrMover, !(engine_active[e] && move_held && engine_segment[e] == move_segment))
  end

  // ---- Facts: evictors ---------------------------------------------------------------------------------------------
  localparam logic [2:0] EvictorIdle = 3'd0, EvictorDrain = 3'd1, EvictorWork = 3'd2, EvictorUnload = 3'd3, EvictorQuarantine = 3'd4;
  localparam logic [2:0] BufferIdle = 3'd0, BufferRead = 3'd1, BufferCommand = 3'd2, BufferSend = 3'd4;
  logic [2:0] evictor_state[Evictors];
  logic [2:0] buffer_state[Evictors];
  evict_e evictor_kind[Evictors];
  begin_t evictor_what[Evictors];
  logic [Pages-1:0] evictor_written[Evictors];
  for (genvar v = 0; v < Evictors; v++) begin : gen_evictors
    assign evictor_state[v]   = 3'(p.gen_evictors[v].u_evictor.state_q);
    assign buffer_state[v]    = 3'(p.gen_evictors[v].u_evictor.move_q);
    assign evictor_kind[v]    = p.gen_evictors[v].u_evictor.kind_q;
    assign evictor_what[v]    = p.gen_evictors[v].u_evictor.segment_q;
    assign evictor_segment[v] = index_of(evictor_what[v].host, evictor_what[v].segment);
    assign evictor_holds[v]   = evictor_state[v] inside {EvictorDrain, EvictorWork, EvictorUnload};
    assign evictor_written[v] = p.gen_evictors[v].u_evictor.written_q;
    // Its slot does not stay.
    assign evictor_going[v]   = evictor_holds[v] && evictor_kind[v] != EvictFlush && (evictor_kind[v] == EvictOut || evictor_what[v].resident);
    logic passes, passing, gave_up;
    logic [1:0] target;
    logic [6:0] asked, got;
    slot_index_t evictor_slot;
    assign evictor_slot = evictor_what[v].slot[SlotBits-1:0];
    assign passing      = p.gen_evictors[v].u_evictor.passing_q;
    assign gave_up      = p.gen_evictors[v].u_evictor.abort_q;
    assign target       = p.gen_evictors[v].u_evictor.target_q;
    assign asked        = p.gen_evictors[v].u_evictor.asked_q;
    assign got          = p.gen_evictors[v].u_evictor.got_q;
    assign passes       = deciding && pass.kind == PassUnload && pass.holder == holder_t'(Engines + v);
    `TARN_ASSERT(EvictorIsNarrow, narrow_begin(evictor_what[v]) && evictor_state[v] <= EvictorQuarantine && buffer_state[v] <= BufferSend
                 && 32'(evictor_kind[v]) <= 2)
    `TARN_ASSERT(EmptiesItsOwn, !(evictor_holds[v] && (evictor_kind[v] != EvictRelease || evictor_what[v].resident))
                 || (32'(evictor_slot) < NumSlots && used[evictor_slot] && owner[evictor_slot] == evictor_segment[v]))
    `TARN_ASSERT(ReleasesItsOwn, !(evictor_holds[v] && evictor_kind[v] == EvictRelease) || !resident[evictor_segment[v]]
                 || (evictor_what[v].resident && slot_of[evictor_segment[v]] == evictor_slot))
    // Pages that it writes are dirty, and dirty ones are written, unless memory lost the entry meanwhile.
    logic [Pages-1:0] under_way, pages;
    logic [31:0] write_page[4];
    always_comb begin
      under_way = p.gen_evictors[v].u_evictor.todo_q | evictor_written[v];
      for (int unsigned i = 0; i < Pages; i++) begin
        if (buffer_state[v] inside {BufferRead, BufferCommand} && 32'(p.gen_evictors[v].u_evictor.move_page_q) == i) under_way[i] = 1'b1;
        for (int unsigned k = 0; k < 4; k++) begin
          if (p.gen_evictors[v].u_evictor.busy_q[k] && write_page[k] == 32'(i)) under_way[i] = 1'b1;
        end
      end
      pages = under_way | p.gen_evictors[v].u_evictor.notify_q;
      if (p.gen_evictors[v].u_evictor.notice_q) pages[p.gen_evictors[v].u_evictor.notice_page_q] = 1'b1;
    end
    for (genvar k = 0; k < 4; k++) begin : gen_writes
      assign write_page[k] = 32'(p.gen_evictors[v].u_evictor.page_q[k]);
      `TARN_ASSERT(WritesInRange, !p.gen_evictors[v].u_evictor.busy_q[k] || write_page[k] < Pages)
    end
    `TARN_ASSERT(WritesDirtyPages, !(evictor_holds[v] && evictor_kind[v] != EvictRelease) || lost[evictor_segment[v]]
                 || (pages & ~dirty[evictor_segment[v]]) == '0)
    `TARN_ASSERT(MutedGivesUp, !(evictor_holds[v] && evictor_kind[v] != EvictRelease && p.gen_evictors[v].u_evictor.mute_q) || gave_up)
    `TARN_ASSERT(WritesAllDirtyPages, !(evictor_holds[v] && evictor_kind[v] == EvictOut && !gave_up && resident[evictor_segment[v]]
                 && slot_of[evictor_segment[v]] == evictor_slot) || (dirty[evictor_segment[v]] & ~under_way) == '0)
    `TARN_ASSERT(EvictorPasses, passing == passes)
    `TARN_ASSERT(EvictorPassesFor, !passes || (evictor_state[v] == EvictorUnload && pass_segment == evictor_segment[v] && pass.slot == evictor_what[v].slot
                 && pass.evict == evictor_kind[v] && pass.gave_up == gave_up && pass.had_slot == evictor_what[v].resident))
    `TARN_ASSERT(AnnouncesAtWork, !p.gen_evictors[v].u_evictor.notice_q || evictor_state[v] == EvictorWork)
    `TARN_ASSERT(UnloadsWhenDone, !(evictor_state[v] == EvictorUnload && !gave_up)
                 || (buffer_state[v] == BufferIdle && p.gen_evictors[v].u_evictor.busy_q == '0 && p.gen_evictors[v].u_evictor.todo_q == '0))
    `TARN_ASSERT(IdleEvictorHasNothing, evictor_state[v] inside {EvictorWork, EvictorUnload, EvictorQuarantine}
                 || (buffer_state[v] == BufferIdle && p.gen_evictors[v].u_evictor.busy_q == '0))
    `TARN_ASSERT(EvictorReads, p.reading_q[v] == (buffer_state[v] == BufferRead ? asked - got : 7'd0) && (buffer_state[v] != BufferRead
                 || (evictor_state[v] == EvictorWork && evictor_kind[v] != EvictRelease && got <= asked && 32'(asked) <= PageLines)))
    `TARN_ASSERT(EvictorWrites, p.writing_q[v] == p.gen_evictors[v].u_evictor.busy_q)
    `TARN_ASSERT(BufferHasATag, !(buffer_state[v] inside {BufferRead, BufferCommand})
                 || !p.gen_evictors[v].u_evictor.busy_q[p.gen_evictors[v].u_evictor.move_write_q])
    `TARN_ASSERT(EvictorEpoch, evictor_state[v] != EvictorDrain || position(target) <= position(epoch))
    for (genvar t = 0; t < Txns; t += Step) begin : gen_txn
      `TARN_ASSERT(EmptiedWhenQuiet, !(in_flight[t] && evictor_holds[v] && segment_of[t] == evictor_segment[v])
                   || (evictor_state[v] == EvictorDrain && position(epoch_of[t]) <= position(target)))
    end
    for (genvar o = v + 1; o < Evictors; o++) begin : gen_other
      `TARN_ASSERT(OneSegmentOneEvictor, !(evictor_holds[v] && evictor_holds[o] && evictor_segment[v] == evictor_segment[o]))
    end
    `TARN_ASSERT(EvictorOrMover, !(evictor_holds[v] && move_active && evictor_segment[v] == move_segment) || (!move_held && move_given_up))
  end
  `TARN_ASSERT(UnloadOfAnEvictor, !(deciding && pass.kind == PassUnload) || 32'(pass.holder) inside {[Engines:Engines+Evictors-1]})
  `TARN_ASSERT(StepOfAnEngine, !(deciding && pass.kind inside {PassAssign, PassPageValid, PassSetDirty}) || 32'(pass.holder) < Engines)
  // What a proposal's pass hears of the owner is so.
  logic proposed;
  assign proposed = deciding && pass.kind inside {PassVictim, PassColdOut, PassFlush};
  `TARN_ASSERT(OwnerIsHeard, !proposed || (32'(pass.slot) < NumSlots && p.u_lookup.owner_used_o == used[pass.slot[SlotBits-1:0]]
               && index_of(p.u_lookup.owner_host_o, p.u_lookup.owner_segment_o) == owner[pass.slot[SlotBits-1:0]]))
  for (genvar s = 0; s < NumSlots; s++) begin : gen_owner_words
    `TARN_ASSERT(OwnerIsNarrow, gen_slots[s].owner_word[27:25] == '0 && gen_slots[s].owner_word[23:1] == '0)
  end

  // ---- Facts: the mover --------------------------------------------------------------------------------------------
  logic move_passing, move_candidate, move_copying;
  logic [1:0] move_target;
  logic [6:0] move_asked, move_copied;
  logic [Pages-1:0] move_todo, move_changed;
  assign move_passing   = p.u_mover.passing_q;
  assign move_candidate = p.u_mover.candidate_passes_q;
  assign move_copying   = p.u_mover.copying_q;
  assign move_target    = p.u_mover.target_q;
  assign move_asked     = p.u_mover.asked_q;
  assign move_copied    = p.u_mover.copied_q;
  assign move_todo      = p.u_mover.todo_q;
  assign move_changed   = p.u_mover.changed_q;
  logic move_passes;
  assign move_passes = deciding && pass.holder == holder_t'(Holders - 1) && pass.kind inside {PassMoveBegin, PassMoveHold, PassMoveSwitch, PassMoveFinish};
  `TARN_ASSERT(MoverIsNarrow, !move_active || (narrow_begin(p.u_mover.segment_q) && move_state <= MoveFinish && p.mover_to[19:SlotBits] == '0))
  `TARN_ASSERT(MoveSlots, !move_active || (32'(move_from) < NumSlots && 32'(move_to) < NumSlots && move_from != move_to))
  `TARN_ASSERT(MoveFromItsOwn, !move_active || move_given_up || (used[move_from] && owner[move_from] == move_segment))
  `TARN_ASSERT(MovedIsThere, !move_switched || (used[move_to] && owner[move_to] == move_segment && (!resident[move_segment] || slot_of[move_segment] != move_from)))
  `TARN_ASSERT(MoveHolds, move_state inside {MoveIdle, MoveHold} ? !move_held : !(move_state inside {MoveNotify, MoveSwitch}) || (move_held && !move_given_up))
  `TARN_ASSERT(CopiedBeforeTheHold, !(move_state == MoveHold && !move_given_up) || move_todo == '0)
  `TARN_ASSERT(HeldIsCopied, !(move_held && !move_given_up) || (move_changed == '0 && (move_todo == '0 || !(move_state inside {MoveNotify, MoveSwitch}))))
  `TARN_ASSERT(SwitchedHolds, !move_switched || move_held)
  `TARN_ASSERT(MovePasses, move_passing == move_passes)
  `TARN_ASSERT(MovePassIsItsOwn, !(deciding && pass.kind inside {PassMoveBegin, PassMoveHold, PassMoveSwitch, PassMoveFinish})
               || pass.holder == holder_t'(Holders - 1))
  `TARN_ASSERT(MovePassesFor, !move_passes || (pass.kind == PassMoveBegin
               ? move_candidate && move_state inside {MoveIdle, MoveDrain}
               : !move_candidate && pass_segment == move_segment && (pass.kind != PassMoveFinish || pass.gave_up == move_given_up)
                 && ((pass.kind == PassMoveHold && move_state == MoveHold) || (pass.kind == PassMoveSwitch && move_state == MoveSwitch)
                     || (pass.kind == PassMoveFinish && move_state == MoveFinish))))
  logic [3:0] move_under_way;
  assign move_under_way = p.u_mover.under_way_q;
  `TARN_ASSERT(MoveLines, 6'(p.move_reading_q) + 6'(p.u_mover.u_lines.count_q) + 6'(p.copying_q) == 6'(move_under_way) && move_under_way <= 4'd8)
  `TARN_ASSERT(MoveLinesInOrder, 3'(p.u_mover.u_lines.wr_q - p.u_mover.u_lines.rd_q) == 3'(p.u_mover.u_lines.count_q))
  `TARN_ASSERT(MoveCopies, move_copying ? move_state == MoveCopy && move_asked - move_copied == 7'(move_under_way) && 32'(move_asked) <= PageLines
               && move_copied <= move_asked : move_under_way == '0)
  `TARN_ASSERT(MoveEpoch, move_state != MoveDrain || position(move_target) <= position(epoch))
  for (genvar t = 0; t < Txns; t += Step) begin : gen_moved
    `TARN_ASSERT(HeldIsQuiet, !(in_flight[t] && move_held && segment_of[t] == move_segment)
                 || (move_state == MoveDrain && position(epoch_of[t]) <= position(move_target)))
  end

  `TARN_ASSERT(NotReadyIsEmpty, ready || (!deciding && used == '0 && !move_active && evictor_holds == '0 && engine_active == '0 && busy == '0))

  // ---- Accesses ----------------------------------------------------------------------------------------------------
  slot_index_t issue_slot;
  assign issue_slot = SlotBits'(p.issued.line >> $clog2(SegmentBytes / LineBytes));
  // The port that asked: of its transaction's number.
  logic issued_astray;
  assign issued_astray = p.issue_valid && !(32'(issue_slot) < NumSlots && used[issue_slot] && owner[issue_slot] == {p.issued.id[1], pass.info.segment[0]});
  `TARN_ASSERT(IssuedToItsOwn, !issued_astray)

  logic [Engines-1:0] filled_astray;
  for (genvar e = 0; e < Engines; e++) begin : gen_fills
    slot_index_t slot;
    assign slot = engine_page[e].slot[SlotBits-1:0];
    assign filled_astray[e] = (p.beat[e] || p.make_take[e]) && !(32'(slot) < NumSlots && used[slot] && owner[slot] == engine_segment[e]);
    `TARN_ASSERT(FilledIsItsOwn, !filled_astray[e])
  end
  for (genvar v = 0; v < Evictors; v++) begin : gen_reads
    slot_index_t slot;
    assign slot = evictor_what[v].slot[SlotBits-1:0];
    `TARN_ASSERT(WrittenOutIsItsOwn, !p.read_take[v] || (32'(slot) < NumSlots && used[slot] && owner[slot] == evictor_segment[v]))
  end
  `TARN_ASSERT(MovedToWhatItHolds, !p.copy_take || in_hand[move_to])

  // ---- Floors ------------------------------------------------------------------------------------------------------
  logic [Hosts-1:0] below_floor;
  for (genvar h = 0; h < Hosts; h++) begin : gen_host
    logic [2:0] has, going;
    always_comb begin
      has   = '0;
      going = '0;
      for (int unsigned s = 0; s < NumSlots; s++) has += 3'(used[s] && owner[s][1] == 1'(h) && !(move_switched && 32'(move_from) == s));
      for (int unsigned v = 0; v < Evictors; v++) going += 3'(evictor_going[v] && evictor_segment[v][1] == 1'(h));
    end
    `TARN_ASSERT(StayingCounts, 3'(p.u_lookup.u_slots.staying_q[h]) + going == has)
    `TARN_ASSERT(ResidentCounts, 3'(p.u_lookup.u_slots.resident_q[h]) == has)
    assign below_floor[h] = deciding && p.u_lookup.start_evictor && pass.kind inside {PassVictim, PassColdOut} && pass.info.host == host_t'(h)
                            && 4'(has) <= 4'(going) + 4'(free.floor[h]);
    `TARN_ASSERT(FloorKept, !below_floor[h])
  end

  // ---- The newest version of any page ------------------------------------------------------------------------------
  place_t page_q;
  segment_index_t at;
  logic at_page;
  always_ff @(posedge clk_i) if (!rst_ni) page_q <= Guided ? '0 : page_i;
  assign at      = {page_q.host, page_q.segment};
  assign at_page = Pages > 1 && page_q.page;
  logic written, unloaded, released, was_lost, becomes_valid;
  logic [Txns-1:0] writing;  // writes to it under way
  logic newest_q;
  logic [Evictors-1:0] buffered_q;  // the evictor's buffer has the newest version, as far as it was read
  logic [Evictors-1:0][3:0] sent_q;     // so has the write under way with this tag
  always_comb begin
    written       = p.issue_valid && p.u_lookup.writes && pass_segment == at && pass.info.page[0] == at_page;
    becomes_valid = deciding && pass.kind == PassPageValid && pass_segment == at && pass.info.page[0] == at_page && p.map_hit;
    unloaded      = p.u_lookup.unloads && pass_segment == at;
    released      = unloaded && pass.evict == EvictRelease && p.u_lookup.written[at_page];
    was_lost      = free.lose && p.lose_at == at && !(p.map_write && p.at_q == at);
    for (int unsigned t = 0; t < Txns; t++) writing[t] = in_flight[t] && writes[t] && segment_of[t] == at && page_of[t] == at_page;
  end
  function automatic logic at_page_is(logic [31:0] some);
    return some == 32'(at_page);
  endfunction
  logic [Evictors-1:0] stored;
  for (genvar v = 0; v < Evictors; v++) begin : gen_versions
    logic mine, reads, sends;
    logic [1:0] tag;
    assign mine      = evictor_segment[v] == at && evictor_kind[v] != EvictRelease;
    assign reads     = p.sum_start[v] && mine && at_page_is(32'(p.gen_evictors[v].u_evictor.todo_page));
    assign sends     = p.out_take[v] && mine && at_page_is(32'(p.out_page[v]));
    assign tag       = p.out_tag[v];
    assign stored[v] = p.out_cpl[v] && p.cpl_status == tarn_bulk_pkg::BulkOk && sent_q[v][free.cpl_tag];
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        buffered_q[v] <= 1'b0;
        sent_q[v]     <= '0;
      end else begin
        if (p.sum_start[v]) buffered_q[v] <= reads && writing == '0;
        if (p.out_take[v]) sent_q[v][tag] <= sends && buffered_q[v];
        if (written) begin
          buffered_q[v] <= 1'b0;
          sent_q[v]     <= '0;
        end
      end
    end
    logic works;
    assign works = mine && evictor_state[v] == EvictorWork;
    `TARN_ASSERT(BufferIsNewest, !(works && buffer_state[v] inside {BufferRead, BufferCommand}
                 && at_page_is(32'(p.gen_evictors[v].u_evictor.move_page_q))) || buffered_q[v])
    for (genvar k = 0; k < 4; k++) begin : gen_tags
      logic its_page;
      assign its_page = at_page_is(32'(p.gen_evictors[v].u_evictor.page_q[k]));
      `TARN_ASSERT(SentIsNewest, !(works && p.gen_evictors[v].u_evictor.busy_q[k] && its_page) || sent_q[v][k])
    end
    `TARN_ASSERT(WrittenIsStored, !(mine && evictor_holds[v] && evictor_written[v][at_page]) || !newest_q)
    `TARN_ASSERT(PagesInRange, 32'(p.gen_evictors[v].u_evictor.move_page_q) < Pages && 32'(p.gen_evictors[v].u_evictor.notice_page_q) < Pages)
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) newest_q <= 1'b0;
    else if (was_lost) newest_q <= 1'b0;
    else if (written) newest_q <= 1'b1;
    else if (released || stored != '0) newest_q <= 1'b0;
  end
  logic dropped;
  assign dropped = newest_q && !(resident[at] && valid[at][at_page] && dirty[at][at_page]);
  `TARN_ASSERT(NewestIsKept, !dropped)

  // Has it changed since the mover copied it?
  logic stale_q, begins, copy_begins;
  assign begins      = p.u_lookup.move_begin && deciding && pass_segment == at;
  assign copy_begins = p.u_mover.page_begins && move_segment == at && at_page_is(32'(p.u_mover.todo_page));
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) stale_q <= 1'b0;
    else if (begins || written || becomes_valid) stale_q <= 1'b1;
    else if (copy_begins && writing == '0) stale_q <= 1'b0;
    else if (p.u_mover.page_done && p.u_mover.bad_q && at_page_is(32'(p.u_mover.page_q)) && move_segment == at) stale_q <= 1'b1;
  end
  logic moving;
  assign moving = move_active && !move_given_up && move_state != MoveFinish && move_segment == at;
  logic left_behind;
  assign left_behind = deciding && p.u_lookup.move_switch && pass_segment == at && valid[at][at_page] && (stale_q || move_copying);
  `TARN_ASSERT(NewestMoves, !left_behind)
  `TARN_ASSERT(StaleIsKnown, !(moving && stale_q && valid[at][at_page]) || move_todo[at_page] || move_changed[at_page])
  for (genvar t = 0; t < Txns; t += Step) begin : gen_moved_writes
    `TARN_ASSERT(WriteIsKnown, !(moving && writing[t]) || move_changed[at_page]
                 || (move_state == MoveDrain && position(epoch_of[t]) <= position(move_target)))
  end

  // ---- Legal runs, and planted faults -------------------------------------------------------------------------------
  if (Guided) begin : gen_guided_runs
    // The page at {0, 0, 0} is host 0's; segment 2 is host 1's.
    logic quiet, write_waits, sends_page, comes_back, error_q;
    logic [NumSlots-1:0][Hosts-1:0] had_q;  // who had the slot in this run
    logic [NumSlots-1:0] leaked;
    logic two_owners;
    always_comb begin
      quiet       = !deciding && busy == '0 && engine_active == '0 && evictor_state[0] == EvictorIdle && evictor_state[1] == EvictorIdle && !move_active;
      write_waits = 1'b0;
      for (int unsigned t = 0; t < Txns; t++) write_waits |= waits_q[t] && writes[t] && segment_of[t] == at;
      sends_page = 1'b0;
      comes_back = 1'b0;
      for (int unsigned e = 0; e < Engines; e++) comes_back |= engine_state[e] == EngineFill && engine_segment[e] == at;
      for (int unsigned v = 0; v < Evictors; v++) begin
        sends_page |= evictor_state[v] == EvictorWork && evictor_segment[v] == at && buffer_state[v] inside {BufferCommand, BufferSend};
      end
      for (int unsigned s = 0; s < NumSlots; s++) leaked[s] = places[s] == '0;
      two_owners = resident[1] && resident[2] && slot_of[1] == slot_of[2];
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        error_q <= 1'b0;
        had_q   <= '0;
      end else begin
        if (p.out_cpl != '0 && p.cpl_status != tarn_bulk_pkg::BulkOk) error_q <= 1'b1;
        for (int unsigned s = 0; s < NumSlots; s++) if (used[s]) had_q[s][owner[s][1]] <= 1'b1;
      end
    end
    `TARN_COVER(APageIsDirty, sound && quiet && !error_q && newest_q)
    `TARN_COVER_AFTER(AWriteOutIsDone, APageIsDirty, sound && quiet && !newest_q && !error_q && !resident[at])
    `TARN_COVER_AFTER(AWriteOutIsDoneAfterAnError, APageIsDirty, sound && quiet && !newest_q && error_q && !resident[at])
    `TARN_COVER_AFTER(ASlotChangesHands, AWriteOutIsDone, sound && p.issue_valid && pass.info.host[0] && had_q[issue_slot][0])
    `TARN_COVER_AFTER(AWriteComesDuringAWriteOut, APageIsDirty, sound && sends_page && write_waits)
    `TARN_COVER_AFTER(ItsPageComesBack, AWriteComesDuringAWriteOut, sound && comes_back && !error_q)
    `TARN_COVER_AFTER(ThatWriteIsServed, ItsPageComesBack, sound && written && !error_q)
    `TARN_COVER_AFTER(AMoveHasCopied, APageIsDirty, sound && move_state == MoveHold && move_segment == at && !move_given_up)
    `TARN_COVER_AFTER(AMoveIsDone, AMoveHasCopied, sound && deciding && pass.kind == PassMoveFinish && !pass.gave_up)
    `TARN_COVER_AFTER(AWriteComesDuringACopy, APageIsDirty, sound && written && moving && move_copying)
    `TARN_COVER_AFTER(ThatWriteMoves, AWriteComesDuringACopy, sound && deciding && p.u_lookup.move_switch && pass_segment == at)
    `TARN_COVER_AFTER(BothHaveASlot, APageIsDirty, sound && quiet && newest_q && resident[2] && !resident[1] && 3'(slot_of[at]) + 3'(slot_of[2]) == 3'd1)
    // Of the drain, the lookup, an engine.
    `TARN_COVER_AFTER(UncountedRequestsBreakInFlightToItsOwn, APageIsDirty, fault_q == FaultUncounted && astray != '0)
    `TARN_COVER_AFTER(ASwappedHostBreaksIssuedToItsOwn, BothHaveASlot, fault_q == FaultSwappedHost && issued_astray)
    `TARN_COVER_AFTER(ALostDirtyBitBreaksNewestIsKept, APageIsDirty, fault_q == FaultDirtyLost && dropped)
    `TARN_COVER_AFTER(AnIgnoredFloorBreaksFloorKept, APageIsDirty, fault_q == FaultFloorIgnored && below_floor != '0)
    `TARN_COVER_AFTER(AWriteGoesUnnoted, AMoveHasCopied, fault_q == FaultWriteUnnoted && written && moving)
    `TARN_COVER_AFTER(AnUnnotedWriteBreaksNewestMoves, AWriteGoesUnnoted, fault_q == FaultWriteUnnoted && left_behind)
    `TARN_COVER(AnothersSlotTakenBreaksFilledIsItsOwn, fault_q == FaultFillsOther && filled_astray != '0)
    // Of an evictor.
    `TARN_COVER_AFTER(EvictingAtOnceBreaksInFlightToItsOwn, APageIsDirty, fault_q == FaultEvictsAtOnce && astray != '0)
    `TARN_COVER_AFTER(AnErrorTakenForDoneBreaksNewestIsKept, APageIsDirty, fault_q == FaultErrorIsDone && dropped)
    `TARN_COVER_AFTER(AForgottenFailureBreaksNewestIsKept, APageIsDirty, fault_q == FaultForgetsFailure && dropped)
    `TARN_COVER_AFTER(AnothersSlotIsFreed, BothHaveASlot, fault_q == FaultOtherSlot && quiet && resident[2] && !used[slot_of[2]])
    `TARN_COVER_AFTER(AnothersSlotFreedBreaksOneOwner, AnothersSlotIsFreed, fault_q == FaultOtherSlot && two_owners)
    // Of the mover.
    `TARN_COVER_AFTER(ACopyBeginsDuringAWrite, APageIsDirty, fault_q == FaultMovesAtOnce && moving && move_copying && writing != '0)
    `TARN_COVER_AFTER(MovingAtOnceBreaksNewestMoves, ACopyBeginsDuringAWrite, fault_q == FaultMovesAtOnce && left_behind)
    `TARN_COVER_AFTER(AMoveUndoneBreaksOwnerKnows, AMoveHasCopied, fault_q == FaultMoveUndone && resident[at] && !used[slot_of[at]])
    `TARN_COVER_AFTER(AMoveGivesUp, AMoveHasCopied, sound && move_active && move_given_up)
    `TARN_COVER_AFTER(AForgottenSlotBreaksEachSlotHasOnePlace, AMoveGivesUp, fault_q == FaultMoveForgets && leaked != '0)
  end else begin : gen_sound
    `TARN_COVER(TwoPagesComeIn, engine_state[0] == EngineFill && engine_state[1] == EngineFill && p.filling_q[0] != '0 && p.filling_q[1] != '0)
  end
endmodule : pool_formal
